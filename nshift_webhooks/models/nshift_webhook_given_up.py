from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..labels import labels
from ..writing import number

#: Up to how many messages are counted while a person waits.
MOST_COUNTED = 100_000
#: A trouble was over if nothing was given up for so long: longer than a weekend, on
#: which no orders come.
TROUBLE_PAUSE = timedelta(days=3)


class NshiftWebhook(models.Model):
    """Messages that a webhook's receiving system did not get, to be sent again."""

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
        """Return the SQL condition of this webhook's events that may be sent again.

        :param bool with_cancelled: whether events count that somebody cancelled
        :param datetime since: only events from then on
        :param reason: only events with this (response code, failure), from
            :meth:`_count_sendable`
        """
        states = ["failed", "cancelled"] if with_cancelled else ["failed"]
        conditions = [
            SQL("event.webhook_id = %s", self.id),
            # in the words of the index
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

        Lately is since the last pause of days in which nothing was given up. The pause
        is looked for among the latest messages.
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
        """Refuse to send messages that would not be sent, or not now.

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

        :param SQL condition: the condition of the events
        :param str old: what becomes of old messages, a value of ``old`` of the load
        :param str said: which messages they are, for the audit log
        :param bool with_received: whether received messages are sent, too
        :return: number of messages
        :raises AccessError: the user does not manage webhooks, or may not see this one
        :raises UserError: there are no such messages, or they would not be sent
        """
        self.ensure_one()
        self.check_access("write")
        self._check_can_send_again()
        # sudo: nobody may write loads, but the caller may have messages sent
        loads = self.env["nshift.webhook.load"].sudo()
        load = loads._start_resending(self, condition, old, with_received)
        count = self.env._("Messages: %s", number(self.env, load.total))
        self._note("events_sent", subject=said, new=count)
        return load.total

    def action_mend(self):
        """Ask which messages to send again.

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
    """Counts messages that may be sent again, as long as a person can wait."""

    _inherit = "nshift.webhook.event"

    _given_up_index = models.Index(
        "(webhook_id, happened_at) WHERE state IN ('failed', 'cancelled')"
    )

    @api.model
    def _count_sendable(self, condition):
        """Count messages by their outcome, up to a limit.

        :param SQL condition: the condition of the events
        :return: rows of response code, failure, whether the messages are wiped, and
            their number
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
        """Return why messages were given up, such as “Refused (503)”."""
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
