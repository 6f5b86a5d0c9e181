"""Working in somebody else's transaction without getting in the way."""

import logging
import time
import traceback
from contextlib import contextmanager

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import SUPERUSER_ID, api
from odoo.orm.environments import Transaction
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: Seconds until the log tells of the same failure again.
TELL_AGAIN_AFTER_S = 3600

#: By kind of failure: when the log told of it, and how often it has happened since.
_told = {}


@contextmanager
def harmless(complaint, *args):
    """Log a failure instead of passing it on to whoever saves an order.

    Only conflicts between transactions are passed on: Odoo answers them by running the
    whole transaction again. What asks the database is in a :func:`savepoint` besides,
    because a swallowed error does not heal the transaction.

    :param str complaint: what follows from the failure, with its ``args``
    """
    try:
        yield
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except Exception as error:
        complain(error, complaint, *args)


@contextmanager
def guest(env, complaint, *args):
    """Ask the database something in the course of what others do, harmlessly.

    What others have left to write is written before: not within the savepoint.

    :param str complaint: see :func:`harmless`
    """
    env.flush_all()
    with harmless(complaint, *args), savepoint(env.cr):
        yield


def complain(error, complaint, *args):
    """Log a failure with its traceback, but failures of one cause once an hour only.

    :param str complaint: what follows from the failure, with its ``args``
    """
    kind = _kind_of(error)
    told_at, untold = _told.get(kind, (None, 0))
    if told_at and time.monotonic() < told_at + TELL_AGAIN_AFTER_S:
        _told[kind] = told_at, untold + 1
        return
    _told[kind] = time.monotonic(), 0
    if untold:
        complaint, args = f"{complaint} (and %s times before)", (*args, untold)
    _logger.error(complaint, *args, exc_info=error)


def _kind_of(error):
    """Return what failures have in common that have the same cause.

    One cause makes many things fail: each saved order, and each thing that is done in
    the course of that.
    """
    if isinstance(error, psycopg2.ProgrammingError):
        # names a table or a column, and no value
        return type(error), error.diag.message_primary
    if isinstance(error, psycopg2.Error):
        return type(error), error.diag.table_name, error.diag.constraint_name
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return type(error), frame.f_code, line


def savepoint(cr):
    """Return a savepoint that keeps failed queries from the rest of the transaction.

    It is made before the first query in it, so that it costs nothing where there is
    none. Queries that fail in it are not logged by Odoo's cursor: whoever catches the
    exception logs it.

    It does not flush, since that settles. Nothing of others may be flushed in it
    either, because it would be taken back with the savepoint, though the ORM takes it
    for written: see :func:`past_env` and :func:`select_stored`.
    """
    return _LazySavepoint(cr)


class _LazySavepoint:
    _NAME = "nshift_webhooks"

    def __init__(self, cr):
        self._cr = cr
        self._around = None
        self._is_made = False

    def __enter__(self):
        # that of the savepoint around this one, if there is one
        self._around = vars(self._cr).get("execute")
        self._cr.execute = self._execute
        return self

    def __exit__(self, exc_type, _exc_value, _traceback):
        if self._around:
            self._cr.execute = self._around
        else:
            del self._cr.execute
        if not self._is_made:
            return
        if exc_type is None:
            try:
                self._cr.execute(f"RELEASE SAVEPOINT {self._NAME}", None, False)
            except psycopg2.Error:
                # a query has failed, and the exception was swallowed inside
                self._roll_back()
                raise
        else:
            self._roll_back()

    def _roll_back(self):
        self._cr.execute(f"ROLLBACK TO SAVEPOINT {self._NAME}", None, False)
        self._cr.execute(f"RELEASE SAVEPOINT {self._NAME}", None, False)

    def _execute(self, query, params=None, log_exceptions=True):
        execute = self._around or type(self._cr).execute.__get__(self._cr)
        if not self._is_made:
            execute(f"SAVEPOINT {self._NAME}", None, False)
            self._is_made = True
        return execute(query, params, log_exceptions=False)


def clean_env(cr):
    """Return an environment in which payloads are the same whoever is at work."""
    return api.Environment(cr, SUPERUSER_ID, {})


@contextmanager
def committed(registry):
    """Yield a clean environment on a cursor of its own, and commit at the end.

    Its transaction is READ COMMITTED: Odoo's isolation level would see the past only.
    """
    with registry.cursor() as cr:
        cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        yield clean_env(cr)


@contextmanager
def looking(registry, seconds):
    """Yield a clean environment that reads all as of one moment, and writes nothing.

    Its cursor is one of its own, and never a replica's, which may be behind.

    :param registry: of the database
    :param float seconds: how long a query may take
    :raises psycopg2.errors.QueryCanceled: one has taken longer
    """
    with registry.cursor() as cr:
        cr.execute("SET TRANSACTION READ ONLY")
        cr.execute("SET LOCAL statement_timeout TO %s", (int(seconds * 1000),))
        try:
            yield clean_env(cr)
        finally:
            cr.rollback()


@contextmanager
def past_env(ledger, cr):
    """Yield a clean environment that sees what a transaction has found.

    Its cache has the old values of what was changed, which were put there before; what
    was not changed it reads from the database.

    :param ledger: the transaction's Ledger, which keeps the cache
    """
    transaction = cr.transaction
    if ledger.past is None:
        ledger.past = Transaction(transaction.registry)
    cr.transaction = ledger.past
    try:
        yield clean_env(cr)
    finally:
        cr.transaction = transaction


def select_stored(model, domain):
    """Return the ids of the records that the database has.

    What is not written yet is not looked at, and not written for that either.

    :param model: is searched as superuser, archived records included
    """
    query = model.sudo().with_context(active_test=False)._search(domain)
    # not by execute_query, which flushes
    model.env.cr.execute(query.select(SQL.identifier(query.table, "id")))
    return [id_ for (id_,) in model.env.cr.fetchall()]
