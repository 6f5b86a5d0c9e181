from odoo import fields, models

from .nshift_webhook_event import FAILURES


class NshiftWebhookAttempt(models.Model):
    """One HTTP request for an event, and what came back."""

    _name = "nshift.webhook.attempt"
    _inherit = ["nshift.webhook.export", "nshift.webhook.named"]
    _description = "Webhook attempt"
    _order = "id desc"
    _rec_name = "attempted_at"

    event_id = fields.Many2one(
        "nshift.webhook.event",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    attempted_at = fields.Datetime("Time", required=True, readonly=True)
    duration_ms = fields.Integer("Duration (ms)", readonly=True)
    response_code = fields.Integer("Response code", readonly=True, aggregator=None)
    response_body = fields.Text("Answer", readonly=True)
    failure = fields.Selection(FAILURES, string="Reason", readonly=True)
    error = fields.Char("Technical detail", readonly=True)
    address = fields.Char(
        "Address inside",
        readonly=True,
        groups="base.group_system",
        help="The host's address, if it is not public.",
    )
