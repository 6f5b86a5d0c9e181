from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..delivery.backoff import JITTER
from ..delivery.health import LONGEST_BACKOFF_S
from ..delivery.retry_after import LONGEST_RETRY_AFTER_S
from .nshift_webhook_building import LAST_TRY_S
from .nshift_webhook_wiping import WIPE_AGAIN_FOR

HEALTH, RUNNER = "nshift_webhook_health", "nshift_webhook_runner"


class NshiftWebhookDelivery(models.AbstractModel):
    """The correction of times that were written while the server's clock was ahead.

    Once the clock is right, such times would keep messages waiting, old secrets in use
    and the job runner suspected for as long as the clock was ahead.
    """

    _inherit = "nshift.webhook.delivery"

    @api.model
    def _correct_times(self):
        """Correct times that are further in the future than any that the addon sets."""
        self.env.flush_all()
        now = fields.Datetime.now()
        parameters = self.env["ir.config_parameter"]
        delays = parameters._nshift_webhooks_retry_delays()
        self.env.cr.execute(
            # by webhook, so that the index is used, however many events are due
            "UPDATE nshift_webhook_event AS event SET next_attempt_at = %s "
            "FROM nshift_webhook AS webhook WHERE event.webhook_id = webhook.id "
            "AND event.state = 'pending' AND event.next_attempt_at > %s",
            (now, now + _jittered(max(*delays, LONGEST_RETRY_AFTER_S))),
        )
        self.env.cr.execute(
            "UPDATE nshift_webhook_event SET next_build_at = %s "
            "WHERE state = 'pending' AND next_build_at > %s",
            (now, now + _jittered(max(*delays, LAST_TRY_S))),
        )
        backoff = _jittered(max(LONGEST_BACKOFF_S, LONGEST_RETRY_AFTER_S))
        self._correct(HEALTH, "backoff_until", now + backoff, now)
        rotation = timedelta(hours=parameters._nshift_webhooks_rotation_hours())
        self._correct(HEALTH, "replaced_until", now + rotation, now + rotation)
        wiping = now + WIPE_AGAIN_FOR
        self._correct(HEALTH, "wipe_until", wiping, wiping)
        for column in ("failing_since", "failed_at", "doubted_at"):
            self._correct(HEALTH, column, now, now)
        for column in ("since", "in_time_since"):
            self._correct(RUNNER, column, now, now)
        self.env.invalidate_all(flush=False)

    def _correct(self, table, column, latest, instead):
        self.env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(column)s = %(instead)s "
                "WHERE %(column)s > %(latest)s",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                latest=latest,
                instead=instead,
            )
        )


def _jittered(seconds):
    """Return the longest time that a delay of so many seconds can take."""
    return timedelta(seconds=seconds * (1 + JITTER) + 1)
