from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..labels import labels
from ..writing import number

#: How many messages are looked at to count them while a person waits.
MOST_COUNTED = 100_000
#: As long as nothing was given up for so long, a trouble was over: for longer than a
#: weekend, on which no orders come.
TROUBLE_PAUSE = timedelta(days=3)


class NshiftWebhook(models.Model):
    """Messages that a webhook's receiving system has not got, and may be sent again."""

    _inherit = "nshift.webhook"

    can_send_again = fields.Boolean(
        "Messages can be sent again", compute="_compute_can_send_again"
    )

    @api.depends("status")
    def _compute_can_send_again(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT webhook.id FROM unnest(%s::int[]) AS webhook (id)
                 WHERE EXISTS (
                   SELECT FROM nshift_webhook_event AS event
                    WHERE event.webhook_id = webhook.id
                      AND event.state IN ('failed', 'cancelled')
                 ) AND NOT EXISTS (
                   SELECT FROM nshift_webhook_load AS load
                    WHERE load.webhook_id = webhook.id AND load.state = 'running'
                 )
                """,
                self._origin.ids,
            )
        )
        found = {id_ for [id_] in rows}
        is_here = self.env["nshift.webhook.home"]._is_here()
        silent = self._silent()
        for webhook in self:
            webhook.can_send_again = (
                is_here and webhook._origin.id in found and webhook not in silent
            )

    def _given_up_sql(self, with_cancelled=False, since=None, reason=None):
        """Return the SQL condition of what may be sent again of this webhook's events.

        :param bool with_cancelled: whether what somebody decided not to send counts
        :param datetime since: only what happened from then on
        :param reason: only this: a (response code, failure) of :meth:`_count_sendable`
        """
        states = ["failed", "cancelled"] if with_cancelled else ["failed"]
        conditions = [
            SQL("event.webhook_id = %s", self.id),
            # as the index has it
            SQL("event.state IN ('failed', 'cancelled')"),
            SQL("event.state = ANY(%s)", states),
        ]
        if self.company_id:
            conditions.append(SQL("event.company_id = %s", self.company_id.id))
        if since:
            conditions.append(SQL("event.happened_at >= %s", since))
        if reason:
            conditions.append(_has_reason(*reason))
        return SQL(" AND ").join(conditions)

    def _trouble_began(self):
        """Return when the first of the messages happened that were given up lately.

        They are lately up to the last time at which nothing was given up for days,
        which is looked for among the latest ones.
        """
        given_up = self._given_up_sql()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT happened_at FROM (
                  SELECT happened_at,
                         happened_at - lag(happened_at) OVER (ORDER BY happened_at)
                           AS pause
                    FROM (
                      SELECT happened_at FROM nshift_webhook_event AS event
                       WHERE %s ORDER BY happened_at DESC LIMIT %s
                    ) AS latest
                ) AS latest
                 WHERE pause > %s
                 ORDER BY happened_at DESC LIMIT 1
                """,
                given_up,
                MOST_COUNTED,
                TROUBLE_PAUSE,
            )
        ) or self.env.execute_query(
            SQL(
                "SELECT happened_at FROM nshift_webhook_event AS event "
                "WHERE %s ORDER BY happened_at LIMIT 1",
                given_up,
            )
        )
        return rows[0][0] if rows else None

    def _check_can_send_again(self):
        """Refuse what would not be sent, or not now.

        :raises UserError: the webhook is archived, paused, stopped or being deleted,
            this database is a copy, or something is being sent in the background
        """
        self._check_sent_from_here()
        self._check_not_being_deleted()
        if silent := self._silent():
            raise UserError(silent._silence())
        if running := self._running_loads()[:1]:
            raise UserError(
                self.env._(
                    "%s Wait until it has ended, or stop it on the webhook's form.",
                    running._text(),
                )
            )

    def _check_sent_from_here(self):
        if not self.env["nshift.webhook.home"]._is_here():
            raise UserError(
                self.env._("This database is a copy: no webhook is sent from it.")
            )

    def _send_messages_again(self, condition, old, said, with_received=False):
        """Have messages sent again, in the background.

        :param SQL condition: of the events
        :param str old: what becomes of old ones, a value of ``old`` of the load
        :param str said: which they are, for the audit log
        :param bool with_received: whether those are sent that have been received
        :return: how many there are
        :raises AccessError: the user does not manage webhooks, or may not see this one
        :raises UserError: there are none, or they would not be sent
        """
        self.ensure_one()
        self.check_access("write")
        self._check_can_send_again()
        # sudo: the caller may have them sent, but nobody may write down what is sent
        loads = self.env["nshift.webhook.load"].sudo()
        load = loads._start_resending(self, condition, old, with_received)
        count = self.env._("Messages: %s", number(self.env, load.total))
        self._note("events_sent", subject=said, new=count)
        return load.total

    def action_mend(self):
        """Ask which messages are to be sent again.

        :raises AccessError: the user may not change the webhook
        :raises UserError: nothing can be sent now
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        self._check_can_send_again()
        return self._open_dialog(
            "nshift.webhook.mend",
            self.env._("Send messages of “%(name)s” again", name=self.name),
        )


class NshiftWebhookEvent(models.Model):
    """Counts messages that may be sent again, as long as a person can wait for it."""

    _inherit = "nshift.webhook.event"

    _given_up_index = models.Index(
        "(webhook_id, happened_at) WHERE state IN ('failed', 'cancelled')"
    )

    @api.model
    def _count_sendable(self, condition):
        """Count messages by what became of them: the oldest ones, up to a limit.

        :param SQL condition: of the events
        :return: rows of response code, failure, whether it is wiped, and number
        """
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT response_code, failure, is_wiped, count(*)
                  FROM (
                    SELECT COALESCE(response_code, 0) AS response_code, failure,
                           is_wiped IS TRUE AS is_wiped
                      FROM nshift_webhook_event AS event
                     WHERE %s LIMIT %s
                  ) AS event
                 GROUP BY response_code, failure, is_wiped
                 ORDER BY count(*) DESC, response_code, failure
                """,
                condition,
                MOST_COUNTED + 1,
            )
        )

    @api.model
    def _reason_text(self, response_code, failure):
        """Say why messages were given up, such as “Refused (503)”."""
        said = labels(self, "failure").get(failure) or self.env._("Nothing failed")
        if response_code:
            return self.env._("%(reason)s (%(code)s)", reason=said, code=response_code)
        return said


def _has_reason(response_code, failure):
    return SQL(
        "COALESCE(event.response_code, 0) = %s "
        "AND event.failure IS NOT DISTINCT FROM %s",
        response_code,
        failure,
    )
