"""Work in a transaction of another part of Odoo, without disturbing it."""

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

#: Seconds until the same failure is logged again.
TELL_AGAIN_AFTER_S = 3600

#: By kind of failure: when the failure was last logged, and how often since omitted.
_told: dict[tuple, tuple[float, int]] = {}


@contextmanager
def harmless(complaint, *args):
    """Log a failure instead of raising it, so that an order can still be saved.

    Conflicts between transactions are raised, since Odoo answers these by running the
    whole transaction again. Queries also need a :func:`savepoint`, because catching an
    error does not repair the transaction.

    :param str complaint: log message on the failure's consequence, with ``%s`` for the
        ``args``
    """
    try:
        yield
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except Exception as error:
        complain(error, complaint, *args)


@contextmanager
def guest(env, complaint, *args):
    """Query the database in another part's transaction; log a failure.

    Pending writes of the transaction are flushed first, outside of the savepoint.

    :param str complaint: see :func:`harmless`
    """
    env.flush_all()
    with harmless(complaint, *args), savepoint(env.cr):
        yield


def complain(error, complaint, *args):
    """Log a failure with its traceback, and failures of one cause once an hour only.

    :param str complaint: log message on the failure's consequence, with ``%s`` for the
        ``args``
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
    """Return a key that is equal for failures with the same cause.

    One cause can make every save of an order fail, in several places each.
    """
    if isinstance(error, psycopg2.ProgrammingError):
        # the message names a table or a column, and no value
        return type(error), error.diag.message_primary
    if isinstance(error, psycopg2.Error):
        return type(error), error.diag.table_name, error.diag.constraint_name
    *_, (frame, line) = traceback.walk_tb(error.__traceback__)
    return type(error), frame.f_code, line


def savepoint(cr):
    """Return a savepoint that keeps failed queries from the rest of the transaction.

    The savepoint is made before the first query in its ``with`` block, and costs
    nothing without a query. Odoo's cursor does not log queries that fail in the block:
    the code that catches the exception does.

    Neither entering nor leaving flushes, because a flush would run the settlement.
    Nothing may flush within the block either: a rollback would undo writes that the ORM
    takes for done. See :func:`past_env` and :func:`select_stored`.
    """
    return _LazySavepoint(cr)


class _LazySavepoint:
    _NAME = "nshift_webhooks"

    def __init__(self, cr):
        self._cr = cr
        self._around = None
        self._is_made = False

    def __enter__(self):
        # the method of an enclosing savepoint, None if there is none
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
                # a query failed, and code within the block caught the exception
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
    """Return a superuser's environment without context, equal for all users."""
    return api.Environment(cr, SUPERUSER_ID, {})


@contextmanager
def committed(registry):
    """Yield a clean environment on a cursor of its own, and commit at the end.

    The transaction is READ COMMITTED, to see commits by others after its first query.
    """
    with registry.cursor() as cr:
        cr.connection.set_isolation_level(ISOLATION_LEVEL_READ_COMMITTED)
        yield clean_env(cr)


@contextmanager
def looking(registry, seconds):
    """Yield a clean environment that reads a single snapshot and writes nothing.

    The cursor is new, and never a replica's, which may lag behind.

    :param registry: registry of the database
    :param float seconds: time limit of each query
    :raises psycopg2.errors.QueryCanceled: a query has exceeded the limit
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
    """Yield a clean environment with the values from the start of a transaction.

    The cache of the environment was filled with the old values before each change;
    unchanged values are read from the database.

    :param ledger: Ledger of the transaction, which keeps the cache
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
    """Return the ids of matching records as stored, without flushing pending writes.

    :param model: model to search, as superuser and including archived records
    :param domain: the search domain
    """
    query = model.sudo().with_context(active_test=False)._search(domain)
    # execute_query would flush
    model.env.cr.execute(query.select(SQL.identifier(query.table, "id")))
    return [id_ for (id_,) in model.env.cr.fetchall()]
