"""Columns and indexes that the ORM does not know.

Each model makes its own in ``init()``, which runs at every upgrade. ``IF NOT EXISTS``
locks the table first, and asks then: orders that are saved meanwhile would wait until
the upgrade ends, or have PostgreSQL break it off, since each waits for the other. So
what is there is looked for before.
"""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, index_exists


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
