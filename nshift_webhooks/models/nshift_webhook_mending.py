from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..store.body import HAS_MESSAGE
from ..writing import number

#: The model of the parts that have messages instead of records.
MESSAGES = "nshift.webhook.event"
#: The states of messages that are sent again, except for received messages.
NOT_RECEIVED = ("failed", "cancelled", "superseded")
#: How often a part is tried at once that conflicts with other transactions.
TRIES = 5


class NshiftWebhookLoad(models.Model):
    """Messages that are sent again: in the background, as the current state is.

    Parts here have the ids of messages. The messages are set to waiting, a part in each
    transaction, only while few of them wait, and are sent when nothing else is due. So
    a receiving system that is just back gets new messages first, a user who stops the
    sending has little to take back, and no transaction locks many rows. Parts are
    worked on in the order of their messages, so that a record's messages stay in order.
    """

    _inherit = "nshift.webhook.load"

    old = fields.Selection(
        [
            ("current", "Send what their records are now instead"),
            ("skip", "Leave them out"),
            ("again", "Send them again, too"),
        ],
        string="Old messages",
    )
    with_received = fields.Boolean("Received messages, too")
    left_out_count = fields.Integer("Messages left out")
    stopped_by = fields.Char()

    @api.model
    def _start_resending(self, webhook, condition, old, with_received=False):
        """Have messages sent again.

        :param webhook: ``nshift.webhook``, without a running load
        :param SQL condition: the condition of the webhook's events
        :param str old: what becomes of old messages, a value of ``old``
        :param bool with_received: whether received messages are sent, too
        :return: the load
        :raises UserError: no message meets the condition
        """
        load = self.create(
            {
                "webhook_id": webhook.id,
                "what": "again",
                "old": old,
                "with_received": with_received,
                "started_at": self.env.cr.now(),
            }
        )
        self.env.flush_all()
        load.total = load._add_found(
            MESSAGES,
            SQL(
                "SELECT id FROM nshift_webhook_event AS event "
                "WHERE webhook_id = %s AND %s",
                webhook.id,
                condition,
            ),
        )
        if not load.total:
            raise UserError(self.env._("There is nothing of that to send again."))
        load.flush_recordset()
        self._trigger()
        return load

    @api.model
    def _said_again(self, webhooks, count):
        """Return a notification that messages are sent again in the background."""
        names = webhooks[:10]._quoted_names()
        return self._notification(
            self.env._(
                "One message is sent again in the background: %(names)s shows how far "
                "it is.",
                names=names,
            )
            if count == 1
            else self.env._(
                "%(count)s messages are sent again in the background: %(names)s shows "
                "how far it is.",
                count=number(self.env, count),
                names=names,
            )
        )

    @api.model
    def _said_at_once(self, count, told, left_out):
        """Return a notification that a few messages are sent again.

        :param int count: number of these messages
        :param int told: number of old messages instead of which the current state is
            sent
        :param int left_out: number of old messages that are left out
        """
        said = [self.env._("Messages that are sent again: %s.", count)]
        if told:
            said.append(
                self.env._(
                    "Old ones instead of which the current state is sent: %s.", told
                )
            )
        if left_out:
            said.append(self.env._("Old ones that were left out: %s.", left_out))
        return self._notification(" ".join(said))

    # in the background

    def _tell_patiently(self, part):
        if part.res_model != MESSAGES:
            return super()._tell_patiently(part)
        for _try in range(TRIES):
            try:
                self._make_ready(part)
                return len(part.record_ids)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # an answer is being recorded, or somebody stops the load
                self._start_again()
        return 0

    def _make_ready(self, part):
        """Set the messages of a part to waiting."""
        # stopping the load locks this row first, too
        rows = self.env.execute_query(
            SQL(
                "SELECT old, with_received, started_at FROM nshift_webhook_load "
                "WHERE id = %s AND state = 'running' FOR NO KEY UPDATE",
                part.load_id,
            )
        )
        if not rows:
            return
        [[old, with_received, started_at]] = rows
        events = self.env[MESSAGES]._lock_sendable(
            part.record_ids, with_received, started_at
        )
        newer = {} if old == "again" else events._newer()
        old_events = events.browse(newer)
        if old == "current":
            old_events -= self._add_records_of(part, old_events)
        ready = events - events.browse(newer)
        ready._wait_to_be_sent_again(part.load_id)
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_load "
                "SET left_out_count = COALESCE(left_out_count, 0) + %s WHERE id = %s",
                len(part.record_ids) - len(events) + len(old_events),
                part.load_id,
            )
        )
        self._count(part, told=len(ready), failed=0)

    def _add_records_of(self, part, old_events):
        """Have the current state of old messages' records told, after all messages.

        :return: the old messages for whose records this is possible
        """
        told, count = old_events.browse(), 0
        for by_model in old_events._records_told().values():
            for name, by_id in by_model.items():
                told += old_events.browse(
                    id_ for event_ids in by_id.values() for id_ in event_ids
                )
                count += self._add_records(part.load_id, name, list(by_id))
        # in the load's numbers, the records replace the messages
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_load "
                "SET total = total + %(count)s - %(instead)s, "
                "done_count = COALESCE(done_count, 0) - %(instead)s WHERE id = %(id)s",
                count=count,
                instead=len(told),
                id=part.load_id,
            )
        )
        return told

    def _add_records(self, load_id, name, ids):
        """Add records to a load once, however many old messages there are on them.

        :return: number of records
        """
        return self.browse(load_id)._add_found(
            name,
            SQL(
                """
                SELECT unnest(%(ids)s::int[])
                EXCEPT
                SELECT unnest(record_ids) FROM nshift_webhook_load_part
                 WHERE load_id = %(load_id)s AND res_model = %(model)s
                EXCEPT
                SELECT res_id FROM nshift_webhook_event
                 WHERE res_model = %(model)s AND res_id = ANY(%(ids)s)
                   AND load_id = %(load_id)s
                """,
                ids=ids,
                load_id=load_id,
                model=name,
            ),
        )

    # progress and end

    def _stop(self):
        self.stopped_by = self.env.user.sudo().name
        result = super()._stop()
        for load in self:
            load._resent("pending")._do_or_queue("give_up", load.webhook_id)
        return result

    def _may_be_stopped(self):
        return super()._may_be_stopped() or (
            # the last messages may still wait to be sent
            self.what == "again"
            and self.state == "done"
            and self._count_resent("pending") > 0
        )

    def _resent(self, state):
        """Return the events in a state that these loads have set to waiting."""
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM nshift_webhook_event "
                "WHERE resend_id = ANY(%s) AND state = %s",
                self.ids,
                state,
            )
        )
        # sudo: a user who manages the webhook may stop its messages
        return self.env[MESSAGES].sudo().browse(id_ for [id_] in rows)


class NshiftWebhookEvent(models.Model):
    """Messages that wait because they are sent again with many others."""

    _inherit = "nshift.webhook.event"

    # no many2one: see load_id
    resend_id = fields.Integer(
        "Number of the sending again", readonly=True, aggregator=None
    )

    _resend_index = models.Index("(resend_id, state) WHERE resend_id > 0")

    def _drop_waiting(self, webhooks):
        for load in webhooks._running_loads():
            if load.what == "again":
                load._stop()
        return super()._drop_waiting(webhooks)

    @api.model
    def _lock_sendable(self, ids, with_received, started_at):
        """Lock the events that are still to be sent again, and return them.

        Events that were tried since the request are not sent twice, and events of the
        company that the webhook was for before are not told to another company.

        :param datetime started_at: the time of the request
        """
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT event.id
                  FROM nshift_webhook_event AS event
                  JOIN nshift_webhook AS webhook ON webhook.id = event.webhook_id
                 WHERE event.id = ANY(%(ids)s) AND event.state = ANY(%(states)s)
                   AND event.is_wiped IS NOT TRUE
                   AND (event.last_attempt_at IS NULL
                        OR event.last_attempt_at <= %(started_at)s)
                   AND (webhook.company_id IS NULL
                        OR webhook.company_id = event.company_id)
                 ORDER BY event.id
                   FOR NO KEY UPDATE OF event
                """,
                ids=list(ids),
                states=states_sent_again(with_received),
                started_at=started_at,
            )
        )
        return self.browse(id_ for [id_] in rows)

    def _wait_to_be_sent_again(self, load_id):
        """Set these events to waiting: for sending or, without a message, for building.

        :param int load_id: the ``nshift.webhook.load`` of the events
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE nshift_webhook_event
                   SET state = 'pending', is_bulk = TRUE, resend_id = %(load_id)s,
                       next_attempt_at = CASE WHEN %(has)s THEN %(now)s END,
                       next_build_at = CASE WHEN NOT %(has)s THEN %(now)s END,
                       build_count = CASE WHEN %(has)s THEN build_count ELSE 1 END
                 WHERE id = ANY(%(ids)s)
                RETURNING NOT %(has)s
                """,
                load_id=load_id,
                now=fields.Datetime.now(),
                ids=self.ids,
                has=HAS_MESSAGE,
            )
        )
        if any(is_unbuilt for [is_unbuilt] in self.env.cr.fetchall()):
            # sudo: users who may send messages again may have them built for that
            self.env.ref("nshift_webhooks.cron_build").sudo()._trigger()
        self.invalidate_model(flush=False)


def states_sent_again(with_received):
    """Return the states of messages that are sent again on request."""
    return [*NOT_RECEIVED, "delivered"] if with_received else list(NOT_RECEIVED)
