from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..payload.values import moment, seconds_of
from ..position import Snapshot
from ..store.body import HAS_MESSAGE, body
from ..tables import add_columns, add_index

#: The most bytes of messages in an answer; a single message may be larger.
MOST_BYTES = 10_000_000

#: A message's place in the list, in the words of its index.
PLACE = SQL("COALESCE(place, id)")
#: The events in the list: they have a message, had a message, or will never have any.
IS_LISTED = SQL("(%s OR is_wiped OR state = 'failed')", HAS_MESSAGE)

#: The list's words for the states of messages.
STATUSES = {
    "pending": "waiting",
    "delivered": "received",
    "failed": "given_up",
    "cancelled": "not_sent",
    "superseded": "replaced",
}


class Row(NamedTuple):
    """An event in the list, without its message."""

    id: int
    message_id: str
    place: int
    size: int


class NshiftWebhookEvent(models.Model):
    """The list of a webhook's messages: their order, and how they are read on."""

    _inherit = "nshift.webhook.event"

    def init(self):
        # `place` is for messages that were built after their event was written; for
        # other messages, the id is the place. `placed_by` is the transaction that
        # placed the event.
        result = super().init()
        cr = self.env.cr
        if add_columns(cr, self._table, place=SQL("int"), placed_by=SQL("xid8")):
            # for events from now on: earlier events were read in the order of their ids
            cr.execute(
                "ALTER TABLE nshift_webhook_event "
                "ALTER COLUMN placed_by SET DEFAULT pg_current_xact_id()"
            )
        add_index(
            cr,
            "nshift_webhook_event_place_index",
            SQL("nshift_webhook_event (webhook_id, COALESCE(place, id))"),
        )
        return result

    def _set_payload(self, payload):
        result = super()._set_payload(payload)
        self._place_last()
        return result

    def _give_up_building(self, error=None):
        result = super()._give_up_building(error)
        self._place_last()
        return result

    def _place_last(self):
        """Move events that have just got a message, or never will, to the end."""
        self.flush_recordset()
        self.env.cr.execute(
            """
            UPDATE nshift_webhook_event
               SET place = nextval('nshift_webhook_event_id_seq'),
                   placed_by = pg_current_xact_id()
             WHERE id = ANY(%s)
            """,
            (self.ids,),
        )

    @api.model
    def _snapshot(self):
        """Return the Snapshot of transactions, as this transaction sees them."""
        [row] = self.env.execute_query(
            SQL(
                # age() counts from the next number, or else from the transaction's own
                """
                SELECT pg_current_snapshot()::text,
                       CASE WHEN pg_current_xact_id_if_assigned() IS NULL
                            THEN age(pg_snapshot_xmax(pg_current_snapshot())::xid)
                       END
                """
            )
        )
        return Snapshot.of(*row)

    @api.model
    def _is_of(self, webhook):
        """Return the SQL condition of a webhook's events.

        Events of the company that the webhook was for before remain that company's.
        """
        company = webhook.company_id
        if not company:
            return SQL("webhook_id = %s", webhook.id)
        return SQL(
            "webhook_id = %s AND (company_id = %s OR company_id IS NULL)",
            webhook.id,
            company.id,
        )

    @api.model
    def _read_on(self, webhook, position, limit):
        """Return the messages after a position.

        :param Position position: how far the receiver has read
        :param int limit: how many messages, at the most
        :return: the events, the Position after them, and whether there are more by now
        """
        is_continued = position.late_upto is not None
        now = position.late_snapshot if is_continued else self._snapshot()
        late = self._late_rows(webhook, position, limit)
        rows = _page(late, limit)
        if len(rows) < len(late):
            more = True
            after = position._replace(late_upto=rows[-1].place, late_snapshot=now)
        else:
            over = position.snapshot.is_over(now)
            after = position._replace(
                snapshot=now,
                read_at=position.read_at
                if is_continued
                else seconds_of(fields.Datetime.now()),
                floor=position.upto if over else position.floor,
                late_upto=None,
                late_snapshot=None,
            )
            # Messages that came while late ones were read in parts are read next.
            more = is_continued
            if not is_continued:
                new = self._rows(webhook, SQL("%s > %s", PLACE, position.upto), limit)
                rows = _page(late + new, limit)
                more = len(rows) < len(late) + len(new)
                if rows[len(late) :]:
                    after = after._replace(upto=rows[-1].place)
        if rows and (last := max(rows)).id > position.last_id:
            after = after._replace(last_id=last.id, last_message=last.message_id)
        return self.browse(row.id for row in rows), after, more

    @api.model
    def _late_rows(self, webhook, position, limit):
        """Return Rows of the messages that have appeared below a position since."""
        snapshot, now = position.snapshot, self._snapshot()
        condition = SQL(
            "%s > %s AND %s <= %s "
            "AND (placed_by >= %s::xid8 OR placed_by = ANY(%s::xid8[]))",
            PLACE,
            position.floor if position.late_upto is None else position.late_upto,
            PLACE,
            position.upto,
            str(snapshot.next),
            [str(number) for number in snapshot.running],
        )
        if snapshot.next <= now.next:
            # A higher number is from another server, from which the database was moved,
            # and so not late. If the position itself is from there, it may be late.
            condition = SQL("%s AND placed_by < %s::xid8", condition, str(now.next))
        return self._rows(webhook, condition, limit)

    @api.model
    def _rows(self, webhook, condition, limit):
        """Return Rows of listed events that meet a condition, one above the limit."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, message_id, %s,
                       CASE WHEN %s THEN payload_size ELSE 0 END
                  FROM nshift_webhook_event
                 WHERE %s AND %s AND %s
                 ORDER BY %s LIMIT %s
                """,
                PLACE,
                HAS_MESSAGE,
                self._is_of(webhook),
                IS_LISTED,
                condition,
                PLACE,
                limit + 1,
            )
        )
        return [Row(*row) for row in rows]

    @api.model
    def _place_at(self, webhook, begin):
        """Return the place after which all messages since a moment come.

        The list is nearly in the order of time, so the place is found by halving, and
        a long list need not be read.

        :param datetime begin: the moment, in naive UTC
        """
        [[last]] = self.env.execute_query(
            SQL("SELECT last_value FROM nshift_webhook_event_id_seq")
        )
        before, after = 0, last + 1
        while after - before > 1:
            middle = (before + after) // 2
            rows = self.env.execute_query(
                SQL(
                    "SELECT %s, happened_at FROM nshift_webhook_event "
                    "WHERE webhook_id = %s AND %s >= %s ORDER BY %s LIMIT 1",
                    PLACE,
                    webhook.id,
                    PLACE,
                    middle,
                    PLACE,
                )
            )
            if rows and rows[0][1] < begin:
                before = rows[0][0]
            else:
                after = middle
        return before

    @api.model
    def _is_of_another_past(self, position):
        """Tell whether a position is from a later state of this database.

        After a backup was restored, new events get the same numbers as the lost ones.
        """
        [[last, message]] = self.env.execute_query(
            SQL(
                "SELECT last_value, "
                "(SELECT message_id FROM nshift_webhook_event WHERE id = %s) "
                "FROM nshift_webhook_event_id_seq",
                position.last_id,
            )
        )
        return position.last_id > last or (message or "") not in (
            "",
            position.last_message,
        )

    def _listed(self):
        """Return these events as the list has them.

        :return: for each a dict of the message's ``id``, ``type`` and ``timestamp``,
            its ``status`` (see STATUSES), its ``body``, a text, byte for byte as signed
            and sent, and the reason for a missing body (``missing``)
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, message_id, event, happened_at, state,
                       received_at IS NOT NULL,
                       CASE WHEN is_wiped THEN 'wiped'
                            WHEN failure = 'size' THEN 'too_large'
                            ELSE 'not_built' END,
                       %s
                  FROM nshift_webhook_event
                 WHERE id = ANY(%s)
                """,
                body(self._table),
                self.ids,
            )
        )
        listed = {}
        for id_, message_id, event, at, state, is_received, reason, text in rows:
            listed[id_] = {
                "id": message_id,
                "type": event,
                "timestamp": moment(at),
                "status": "received" if is_received else STATUSES[state],
                "body": text,
                "missing": None if text else reason,
            }
        return [listed[id_] for id_ in self.ids]


def _page(rows, limit):
    """Return as many of the rows as an answer may have, but at least the first."""
    size = 0
    for count, row in enumerate(rows[:limit]):
        size += row.size or 0
        if count and size > MOST_BYTES:
            return rows[:count]
    return rows[:limit]
