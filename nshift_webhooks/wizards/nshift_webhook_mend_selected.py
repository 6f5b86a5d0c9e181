from collections import Counter

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..models.nshift_webhook_given_up import MOST_COUNTED
from ..models.nshift_webhook_mending import states_sent_again
from ..tables import add_columns
from ..writing import number
from .nshift_webhook_dialog import shown

#: Most messages that are sent at once, and not in the background.
MOST_AT_ONCE = 100


class NshiftWebhookMend(models.TransientModel):
    """The dialog on events that were selected in a list.

    The ids of the events and of their webhooks are in columns without fields, and never
    leave the database, since there may be a million.
    """

    _inherit = "nshift.webhook.mend"

    def init(self):
        numbers = SQL("int[]")
        add_columns(self.env.cr, self._table, event_ids=numbers, webhook_ids=numbers)

    @api.model
    def _open(self, query):
        """Return the action that opens the dialog on events.

        :param Query query: query of the selected events
        """
        dialog = self.create({})
        # by SQL, since the columns are no fields
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_mend "
                "SET event_ids = found.ids, webhook_ids = found.webhook_ids "
                "FROM (SELECT COALESCE(array_agg(id ORDER BY id), '{}') AS ids, "
                "array_agg(DISTINCT webhook_id) AS webhook_ids FROM (%s) AS event) "
                "AS found WHERE nshift_webhook_mend.id = %s",
                query.select(
                    SQL.identifier(query.table, "id"),
                    SQL.identifier(query.table, "webhook_id"),
                ),
                dialog.id,
            )
        )
        return shown(dialog, self.env._("Send again"))

    def _has_events(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT event_ids IS NOT NULL FROM nshift_webhook_mend "
                "WHERE id = %s AND create_uid = %s",
                self._origin.id or 0,
                self.env.uid,
            )
        )
        return rows == [(True,)]

    def _selected_sql(self, limit=None):
        """Return the SQL of the ids of selected events that the user may still see.

        :param int limit: most ids
        :raises AccessError: the user may not see events, or not manage webhooks
        """
        self.env["nshift.webhook"].check_access("write")
        seen = self.env["nshift.webhook.event"]._search([])
        return SQL(
            "SELECT chosen.id FROM (SELECT unnest(event_ids) AS id "
            "FROM nshift_webhook_mend WHERE id = %s LIMIT %s) AS chosen "
            "WHERE chosen.id IN (%s)",
            self._origin.id,
            limit,
            seen.select(SQL.identifier(seen.table, "id")),
        )

    def _count(self):
        if not self._has_events():
            return super()._count()
        self.has_selection = True
        self.reasons = "[]"
        self.env["nshift.webhook.event"].flush_model()
        selected = self._selected_sql(MOST_COUNTED + 1)
        rows = self.env.execute_query(
            SQL(
                "SELECT webhook_id, state, is_wiped IS TRUE, count(*) "
                "FROM nshift_webhook_event WHERE id IN (%s) "
                "GROUP BY webhook_id, state, is_wiped IS TRUE",
                selected,
            )
        )
        webhooks = self.env["nshift.webhook"].browse({row[0] for row in rows})
        open_ids = self._open_webhooks(webhooks).ids
        states = states_sent_again(self.with_received)
        self._say(
            [
                (is_wiped, count)
                for webhook_id, state, is_wiped, count in rows
                if webhook_id in open_ids and state in states
            ],
            self._condition(selected, open_ids),
        )
        self.left_text = " ".join(filter(None, self._left_out(rows, webhooks)))
        return None

    def _left_out(self, rows, webhooks):
        """Yield sentences on the selected events that are not sent, with reasons."""
        counts = Counter()
        for _webhook_id, state, _is_wiped, count in rows:
            counts[state] += count
        if sum(counts.values()) > MOST_COUNTED:
            yield self.env._("Among the first %s:", number(self.env, MOST_COUNTED))
        yield self.left_text
        if waiting := counts["pending"]:
            yield self.env._(
                "Waiting already: %s.", number(self.env, waiting, MOST_COUNTED)
            )
        if (received := counts["delivered"]) and not self.with_received:
            yield self.env._("Received: %s.", number(self.env, received, MOST_COUNTED))
        if silent := webhooks._silent():
            yield silent._silence()

    def _open_webhooks(self, webhooks):
        """Return those webhooks that send messages now, and that the user may see."""
        webhooks = webhooks.exists()._filtered_access("read")
        return webhooks - webhooks._silent()

    def _condition(self, selected, webhook_ids):
        """Return the SQL condition of the selected messages that are sent."""
        return SQL(
            "event.id IN (%s) AND event.webhook_id = ANY(%s) "
            "AND event.state = ANY(%s) AND event.is_wiped IS NOT TRUE",
            selected,
            webhook_ids,
            states_sent_again(self.with_received),
        )

    def _send(self):
        if not self._has_events():
            return super()._send()
        webhooks = self._open_webhooks(self._webhooks_selected())
        condition = self._condition(self._selected_sql(), webhooks.ids)
        events = self._first(condition, MOST_AT_ONCE + 1).sorted("id")
        if not events:
            raise UserError(self.env._("There is nothing of that to send again."))
        webhooks._check_sent_from_here()
        batches = self.env["nshift.webhook.batch"]
        if len(events) > MOST_AT_ONCE or batches._waits_for(webhooks):
            return self._send_later(webhooks, condition)
        return self._send_at_once(events.sudo(False)._as_manager())

    def _webhooks_selected(self):
        rows = self.env.execute_query(
            SQL(
                "SELECT unnest(webhook_ids) FROM nshift_webhook_mend WHERE id = %s",
                self.id,
            )
        )
        return self.env["nshift.webhook"].browse(id_ for [id_] in rows)

    def _send_later(self, webhooks, condition):
        """Have the messages sent again in the background, webhook by webhook."""
        count = 0
        for webhook in webhooks:
            mine = SQL("event.webhook_id = %s AND %s", webhook.id, condition)
            if self._first(mine, 1):
                count += webhook._send_messages_again(
                    mine, self.old, self.env._("A selection"), self.with_received
                )
            else:
                webhooks -= webhook
        return self.env["nshift.webhook.load"]._said_again(webhooks, count)

    def _send_at_once(self, events):
        """Send a few messages again, or the current state of their records."""
        newer = {} if self.old == "again" else events._newer()
        told = events.browse()
        if self.old == "current":
            told = events._with_current_state(newer)
            if told:
                told.sudo(False)._tell_current_state()
        again = events - events.browse(newer)
        if again:
            again._send_again()
        left_out = len(newer) - len(told)
        loads = self.env["nshift.webhook.load"]
        return loads._said_at_once(len(again), len(told), left_out)
