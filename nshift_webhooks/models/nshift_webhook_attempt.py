from odoo import api, fields, models

from ..labels import labels
from .nshift_webhook_event import FAILURES
from .nshift_webhook_situation import beginning


class NshiftWebhookAttempt(models.Model):
    """An HTTP request for an event, and its answer."""

    _name = "nshift.webhook.attempt"
    _inherit = ["nshift.webhook.export", "nshift.webhook.named"]
    _description = "Webhook attempt"
    _order = "id desc"
    _rec_name = "attempted_at"
    # delivery writes attempts, always as the same user, and they have their own time
    _log_access = False

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
    result = fields.Char(compute="_compute_result")
    answer_beginning = fields.Char(
        "Answer or technical detail", compute="_compute_answer_beginning"
    )

    @api.depends("failure")
    @api.depends_context("lang")
    def _compute_result(self):
        failures = labels(self, "failure")
        for attempt in self:
            failure = failures.get(attempt.failure, attempt.failure)
            attempt.result = failure or self.env._("Received")

    @api.depends("response_code", "response_body", "error")
    def _compute_answer_beginning(self):
        """Compute the answer's first words; without an answer, the technical detail."""
        for attempt in self:
            answered = attempt.response_code
            said = beginning(attempt.response_body) if answered else attempt.error
            attempt.answer_beginning = said
