from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime

from ..store import parts
from .nshift_webhook_runner import CAUSES

#: How late the scheduled action of each minute may be while jobs are taken in time:
#: other scheduled actions may take their time.
SCHEDULE_DEAD_AFTER = timedelta(minutes=15)
#: How long due messages are not sent before this is reported.
STUCK_AFTER = timedelta(minutes=10)
#: All reasons, the most important first.
CODES = (
    "copy",
    "nothing_sent",
    *(f"runner_{cause}" for cause, _label in CAUSES),
    "schedule",
    "stuck",
)


class NshiftWebhookOverdue(models.AbstractModel):
    """Why messages are not sent in time, whichever webhook they are for.

    The banner, the overview and monitoring go by these reasons. A failing endpoint is
    no reason: its messages are sent in time.
    """

    _name = "nshift.webhook.overdue"
    _description = "What is overdue"

    @api.model
    def _reasons(self):
        """Return the reasons why messages are overdue: texts by their ``CODES``.

        To be called as superuser.
        """
        # in a copy, jobs and scheduled actions do nothing
        if not self.env["nshift.webhook.home"]._is_here():
            return self._copied()
        runner = self.env["nshift.webhook.runner"]
        return dict(filter(None, (runner._reason(), self._unattended(), self._stuck())))

    @api.model
    def _copied(self):
        active = [("active", "=", True)]
        if not self.env["nshift.webhook"].search_count(active, limit=1):
            return {}
        text = self.env._(
            "Nothing is sent from this database, since it is taken for a copy. If it "
            "is none, choose “Send from here” above the list of webhooks."
        )
        return {"copy": text}

    @api.model
    def _unattended(self):
        """Return a reason if the scheduled action that helps out is not run."""
        runner = self.env["nshift.webhook.runner"]
        # the next call is far ahead if the clock was ahead at the latest call
        far = fields.Datetime.now() + SCHEDULE_DEAD_AFTER
        is_run = not runner._schedule_is_late(SCHEDULE_DEAD_AFTER)
        if is_run and runner._schedule().nextcall <= far:
            return None
        return "schedule", self.env._(
            "The scheduled action “%(action)s” is not run: nobody is told of trouble, "
            "and nothing helps out where the job runner does not answer. Have "
            "“max_cron_threads” in Odoo's configuration at 1 or more and the action "
            "active.",
            action=runner._schedule_name(),
        )

    @api.model
    def _stuck(self):
        """Return a reason if due messages of a webhook are not sent, though nothing
        is known to keep them.
        """
        # reads the earliest entries of an index of waiting messages
        late = fields.Datetime.now() - STUCK_AFTER
        rows = self.env.execute_query(
            SQL(
                """
                SELECT due.since
                  FROM nshift_webhook AS webhook
                  JOIN nshift_webhook_health AS health ON health.webhook_id = webhook.id
                  JOIN LATERAL (
                    SELECT next_attempt_at AS since
                      FROM nshift_webhook_event
                     WHERE webhook_id = webhook.id AND state = 'pending'
                       AND next_attempt_at <= %(late)s
                     ORDER BY next_attempt_at
                     LIMIT 1
                  ) AS due ON TRUE
                 WHERE webhook.active AND health.deleted_at IS NULL
                   AND health.stopped_at IS NULL AND health.paused_at IS NULL
                   AND (health.backoff_until IS NULL OR health.backoff_until < %(late)s)
                   -- what waits is being cancelled
                   AND health.drop_up_to IS NULL
                   AND NOT (%(attempted)s)
                 ORDER BY due.since
                 LIMIT 1
                """,
                late=late,
                # each part of the log has an index of its own
                attempted=SQL(" OR ").join(
                    SQL(
                        """
                        EXISTS (
                          SELECT FROM nshift_webhook_event
                           WHERE webhook_id = webhook.id AND last_attempt_at >= %s
                             AND %s
                        )
                        """,
                        late,
                        part,
                    )
                    for part in parts.all_of("nshift_webhook_event")
                ),
            )
        )
        if not rows:
            return None
        return "stuck", self.env._(
            "Messages have been due since %(time)s and are not sent, though nothing is "
            "known that keeps them. Odoo's log may say why.",
            time=format_datetime(self.env, rows[0][0]),
        )
