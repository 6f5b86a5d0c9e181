"""Working in somebody else's transaction without getting in the way."""

import logging
from contextlib import contextmanager

from psycopg2.extensions import ISOLATION_LEVEL_READ_COMMITTED

from odoo import SUPERUSER_ID, api
from odoo.orm.environments import Transaction
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)


@contextmanager
def harmless(complaint, *args):
    """Log a failure instead of passing it on to whoever saves an order.

    Only conflicts between transactions are passed on: Odoo answers them by running the
    whole transaction again.

    :param str complaint: what follows from the failure, with its ``args``
    """
    try:
        yield
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except Exception:
        _logger.exception(complaint, *args)


def savepoint(cr):
    """Return a savepoint that keeps a failed query from the rest of the transaction.

    Not one that flushes: entering such a one settles.
    """
    return cr.savepoint(flush=False)


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
def stored_env(cr, flushing):
    """Yield a clean environment that sees what is in the database, and not what has
    been assigned or is to be computed but is not written yet.

    :param bool flushing: whether the ORM is just writing something, which it has taken
        off its list of what is to be written, but which is not in the database yet
    """
    transaction = cr.transaction
    if (
        flushing
        or any(transaction.field_dirty.values())
        or any(transaction.tocompute.values())
    ):
        cr.transaction = Transaction(transaction.registry)
    try:
        # usually nothing is waiting, and what is read here serves everybody
        yield clean_env(cr)
    finally:
        cr.transaction = transaction
