"""Before each upgrade to another version: have all locks at once, or none.

An upgrade changes the addon's tables. Since the addon extends all models, Odoo also
goes through theirs, and looks for the index of ``analytic`` with a lock on the table of
order lines. Whoever saves an order has that table first and the addon's next, so that
each could wait for the other, and PostgreSQL would break off the upgrade. With all
locks in hand, orders that are saved meanwhile wait until it is done.
"""

import logging
import random
import time

import psycopg2

_logger = logging.getLogger(__name__)

#: Seconds until the upgrade goes on without.
PATIENCE_S = 120
#: For one table. It is less than PostgreSQL's ``deadlock_timeout``: whoever waits for a
#: table that is already locked here is not broken off.
LOCK_TIMEOUT = "400ms"
#: The most seconds between two tries, in which others go on.
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
    """Lock all tables, or none; return whether that was possible now."""
    try:
        with cr.savepoint(flush=False):
            cr.execute("SELECT set_config('lock_timeout', %s, TRUE)", (LOCK_TIMEOUT,))
            for query, mode in ((OTHERS, "SHARE"), (OURS, "ACCESS EXCLUSIVE")):
                cr.execute(query)
                for (table,) in cr.fetchall():
                    # names that the database has quoted itself
                    cr.execute(
                        f"LOCK TABLE {table} IN {mode} MODE",  # pylint: disable=sql-injection
                        log_exceptions=False,
                    )
            cr.execute("SET LOCAL lock_timeout TO DEFAULT")
    except psycopg2.errors.LockNotAvailable:
        return False
    return True
