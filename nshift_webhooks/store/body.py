"""The text of a message, stored with its event or once for several events.

The messages to several webhooks about one change differ only in the message ID, with
which they begin. The rest is stored once (``nshift_webhook_body``). The parts together
are the same bytes each time.
"""

from odoo.tools import SQL

from ..payload.envelope import BEGINNING

#: Whether an event has a message.
HAS_MESSAGE = SQL("(payload IS NOT NULL OR body_id IS NOT NULL)")


def body(table, payload=None):
    """Return the SQL expression of an event's message; NULL if there is none.

    :param str table: name or alias of the events' table
    :param SQL payload: the text stored with the event, by default its column
    """
    return SQL(
        "COALESCE(%s, %s || %s || "
        "(SELECT rest FROM nshift_webhook_body WHERE id = %s))",
        payload or SQL.identifier(table, "payload"),
        BEGINNING,
        SQL.identifier(table, "message_id"),
        SQL.identifier(table, "body_id"),
    )
