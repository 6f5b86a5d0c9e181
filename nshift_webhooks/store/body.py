"""The text of a message, which is kept with its event, or once for several events.

The messages of several webhooks on one change differ in the message's ID, with which
they begin. So the rest is kept once (``nshift_webhook_body``), and put together here:
the same bytes each time.
"""

from odoo.tools import SQL

from ..payload.envelope import BEGINNING

#: Whether an event has a message.
HAS_MESSAGE = SQL("(payload IS NOT NULL OR body_id IS NOT NULL)")


def body(table, payload=None):
    """Return the SQL expression of an event's message; NULL if it has none.

    :param str table: the name or alias of the events
    :param SQL payload: the text that is kept with the event, by default its column
    """
    return SQL(
        "COALESCE(%s, %s || %s || "
        "(SELECT rest FROM nshift_webhook_body WHERE id = %s))",
        payload or SQL.identifier(table, "payload"),
        BEGINNING,
        SQL.identifier(table, "message_id"),
        SQL.identifier(table, "body_id"),
    )
