from odoo import api, fields, models
from odoo.modules import Manifest

from ..delivery.histogram import STEP_ENDS_MS
from ..monitoring.state import State, Webhook
from ..payload.values import seconds_of
from .nshift_webhook_total import NOTHING

#: How many webhooks are reported, at the most: an answer's size must have a limit.
MOST_WEBHOOKS = 1000
#: How many waiting events of a webhook are counted, at the most.
MOST_WAITING = 10_000


class NshiftWebhookMonitoring(models.AbstractModel):
    """The State of all webhooks, for monitoring.

    The State is read from small tables and from indexes of waiting events, so that its
    cost does not depend on the log's length.
    """

    _name = "nshift.webhook.monitoring"
    _description = "Monitoring of webhooks"

    @api.model
    def _state(self):
        """Return the State of all webhooks. To be called as superuser."""
        active = [("active", "=", True)]
        webhooks = self.env["nshift.webhook"].search(
            active, order="id", limit=MOST_WEBHOOKS
        )
        runner = self.env["nshift.webhook.runner"]
        ran_at = runner._schedule().lastcall
        reasons = self.env["nshift.webhook.overdue"]._reasons()
        return State(
            version=Manifest.for_addon("nshift_webhooks").version,
            steps_ms=STEP_ENDS_MS,
            reasons=reasons,
            runner_seen=runner._runner_is_idle() is not None,
            schedule_ran_at=seconds_of(ran_at) if ran_at else None,
            webhooks=self._webhooks(webhooks, reasons),
            left_out=webhooks.search_count(active) - len(webhooks),
        )

    def _webhooks(self, webhooks, reasons):
        now = fields.Datetime.now()
        given_up = webhooks._count_given_up()
        delay = webhooks._delay_text(reasons)
        totals = self.env["nshift.webhook.total"]._read_totals(webhooks)
        waiting = {
            id_: (count, since)
            for id_, count, since in webhooks._read_waiting(MOST_WAITING)
        }
        found = []
        for webhook in webhooks:
            count, since = waiting[webhook.id]
            found.append(
                Webhook(
                    id=webhook.id,
                    name=webhook.name,
                    health=webhook._health(given_up.get(webhook.id, 0), delay),
                    waiting=count,
                    # clocks of servers differ
                    oldest_waiting_s=since and max((now - since).total_seconds(), 0),
                    totals=totals.get(webhook.id, NOTHING),
                )
            )
        return found
