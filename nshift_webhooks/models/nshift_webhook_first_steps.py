from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..delivery.forgery import verdict

FORGERY = [
    ("refused", "Refused, as it must be"),
    ("accepted", "Accepted, though it was not signed with the webhook's secret"),
]
#: How long a webhook that has not taken all steps shows them.
SHOWN_FOR = timedelta(days=14)


class NshiftWebhookHealth(models.Model):
    """Results of test messages."""

    _inherit = "nshift.webhook.health"

    tested_at = fields.Datetime()
    forgery = fields.Selection(FORGERY)


class NshiftWebhook(models.Model):
    """The steps left until a new webhook works, as both systems have seen."""

    _inherit = "nshift.webhook"

    tested_at = fields.Datetime(
        "Test event received", compute="_compute_health", help="The latest one."
    )
    forgery = fields.Selection(
        FORGERY,
        "Test with a wrong signature",
        compute="_compute_health",
        help="What the receiving system did with the latest one.",
    )
    has_received = fields.Boolean(
        "A message was received", compute="_compute_first_steps"
    )
    shows_first_steps = fields.Boolean(compute="_compute_first_steps")

    @api.depends("active", "create_date", "tested_at", "forgery")
    def _compute_first_steps(self):
        latest = fields.Datetime.now() - SHOWN_FOR
        receiving = {
            webhook_id
            for [webhook_id] in self.env.execute_query(
                SQL(
                    "SELECT DISTINCT webhook_id FROM nshift_webhook_hour "
                    "WHERE webhook_id = ANY(%s) AND received > 0",
                    self.ids,
                )
            )
        }
        for webhook in self:
            webhook.has_received = webhook._origin.id in receiving
            is_done = (
                webhook.has_received
                and webhook.tested_at
                and webhook.forgery == "refused"
            )
            webhook.shows_first_steps = (
                webhook.active
                and bool(webhook.create_date and webhook.create_date > latest)
                and not is_done
            )

    def _leave(self, url):
        """Forget the tests, too: another URL is another endpoint."""
        moved = self.filtered(lambda webhook: webhook.url != url)
        moved._write_health(tested_at=None, forgery=None)
        return super()._leave(url)

    def _note_test(self, answer, is_forged):
        """Record the result of a test.

        :param answer: the sender's Answer
        :param is_forged: whether the message was signed with another secret
        """
        if not is_forged and not answer.failure:
            self._write_health(tested_at=fields.Datetime.now())
        elif is_forged and verdict(answer):
            self._write_health(forgery=verdict(answer))
