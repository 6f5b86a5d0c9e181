"""Columns and indexes outside of the ORM.

Each model adds its own in ``init()``, which runs at every upgrade. These functions ask
the catalogue before they change a table. ``IF NOT EXISTS`` would lock the table first:
the saving of orders would wait until the upgrade ends, or PostgreSQL would abort the
upgrade because each waits for the other.
"""

from odoo.tools import SQL
from odoo.tools.sql import column_exists, index_exists

#: Storage parameter for the share of dead rows at which autovacuum begins, and its
#: value for tables of the log.
SCALE_FACTOR = "autovacuum_vacuum_scale_factor"
DEAD_SHARE = 0.05


def add_columns(cr, table, **columns):
    """Add the columns that a table lacks.

    :param str table: name of the table
    :param columns: by column name, an SQL type with default and constraints
    :return: list of the names of the added columns
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
    """Create an index, unless an index of this name exists.

    :param str name: name of the index
    :param SQL on: the table and the rest of ``CREATE INDEX … ON``
    """
    if not index_exists(cr, name):
        cr.execute(SQL("CREATE INDEX %s ON %s", SQL.identifier(name), on))


def clean_up_often(cr, table):
    """Have autovacuum clean up a table of the log often, unless an administrator has
    set the threshold.

    By default, autovacuum begins when a fifth of the rows are dead. Each event's row is
    written at least twice, so up to the same share of the indexes of waiting events
    points to delivered events. A share much below ``DEAD_SHARE`` would not help:
    PostgreSQL skips the indexes if at most 2 % of the table's pages have dead rows, and
    otherwise reads them whole.

    Source: https://www.postgresql.org/docs/current/routine-vacuuming.html

    :param str table: name of the table
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
