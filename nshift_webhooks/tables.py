"""Columns and indexes that the ORM does not know.

Each model makes its own in ``init()``, which runs at every upgrade. ``IF NOT EXISTS``
locks the table first, and asks then: orders that are saved meanwhile would wait until
the upgrade ends, or have PostgreSQL break it off, since each waits for the other. So
what is there is looked for before.
"""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, index_exists

#: PostgreSQL's setting of a table: the share of dead rows at which it is cleaned up.
SCALE_FACTOR = "autovacuum_vacuum_scale_factor"
DEAD_SHARE = 0.05


def add_columns(cr, table, **columns):
    """Add those columns that a table does not have.

    :param str table: its name
    :param columns: by name: an SQL type, with what else belongs to the column
    :return: the names of those that it had not
    """
    missing = [name for name in columns if not column_exists(cr, table, name)]
    for name in missing:
        cr.execute(
            SQL(
                "ALTER TABLE %s ADD COLUMN %s %s",
                SQL.identifier(table),
                SQL.identifier(name),
                columns[name],
            )
        )
    return missing


def add_index(cr, name, on):
    """Make an index, unless there is one of that name.

    :param str name: of the index
    :param SQL on: its table, and what else ``CREATE INDEX … ON`` is told
    """
    if not index_exists(cr, name):
        cr.execute(SQL("CREATE INDEX %s ON %s", SQL.identifier(name), on))


def clean_up_often(cr, table):
    """Have PostgreSQL's autovacuum clean up a table of the log, unless somebody has
    set when it does.

    By default it begins when a fifth of the rows are dead. Each event's row is written
    twice at least, and all that waits is found in indexes of which the same share is
    of what was delivered. Much less than this share would be of no use: PostgreSQL
    passes over the indexes where 2 % of the pages or fewer have something dead, and
    each time it reads all of them.

    :param str table: its name
    """
    cr.execute(
        "SELECT FROM pg_class, pg_options_to_table(reloptions) "
        "WHERE oid = %s::regclass AND option_name = %s",
        (table, SCALE_FACTOR),
    )
    if not cr.rowcount:
        cr.execute(
            SQL(
                "ALTER TABLE %s SET (%s = %s)",
                SQL.identifier(table),
                SQL(SCALE_FACTOR),
                DEAD_SHARE,
            )
        )
