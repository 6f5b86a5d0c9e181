"""Before each upgrade to another version: take all locks at once, or none.

An upgrade changes the addon's tables. Since the addon extends all models, Odoo also
processes theirs, and looks for the index of ``analytic`` with a lock on the table of
order lines. A transaction that saves an order locks this table first and the addon's
next. Each could wait for the other, and PostgreSQL would abort the upgrade. With all
locks taken first, orders saved in the meantime wait for the upgrade to end.
"""

import logging
import random
import time

import psycopg2

_logger = logging.getLogger(__name__)

#: Seconds after which the upgrade goes on without the locks.
PATIENCE_S = 120
#: Time-out for one table. This is less than PostgreSQL's ``deadlock_timeout``, so that
#: transactions that wait for a table locked here are not aborted.
LOCK_TIMEOUT = "400ms"
#: Most seconds between two tries, in which other transactions go on.
PAUSE_S = 1.0

OTHERS = """
    SELECT format('%I', tablename) FROM pg_indexes
     WHERE schemaname = current_schema
       AND indexname = tablename || '_analytic_distribution_accounts_gin_index'
     ORDER BY tablename
"""
OURS = """
    SELECT format('%I', tablename) FROM pg_tables
     WHERE schemaname = current_schema AND starts_with(tablename, 'nshift_webhook')
     ORDER BY tablename
"""


def migrate(cr, version):
    if not version:
        return
    deadline = time.monotonic() + PATIENCE_S
    while not _lock(cr):
        if time.monotonic() > deadline:
            _logger.warning(
                "Orders were saved all the time: if PostgreSQL finds a deadlock, run "
                "the upgrade again, at a quieter moment"
            )
            return
        time.sleep(random.uniform(0, PAUSE_S))  # noqa: S311


def _lock(cr):
    """Lock all tables, or none; return whether all could be locked."""
    try:
        with cr.savepoint(flush=False):
            cr.execute("SELECT set_config('lock_timeout', %s, TRUE)", (LOCK_TIMEOUT,))
            for query, mode in ((OTHERS, "SHARE"), (OURS, "ACCESS EXCLUSIVE")):
                cr.execute(query)
                for (table,) in cr.fetchall():
                    # the names are quoted by PostgreSQL's format()
                    cr.execute(
                        f"LOCK TABLE {table} IN {mode} MODE",  # pylint: disable=sql-injection
                        log_exceptions=False,
                    )
            cr.execute("SET LOCAL lock_timeout TO DEFAULT")
    except psycopg2.errors.LockNotAvailable:
        return False
    return True
