from odoo import fields, models


class NshiftWebhookEnable(models.TransientModel):
    """Asks what becomes of what waits, when a webhook is enabled again."""

    _name = "nshift.webhook.enable"
    _description = "Enable a webhook"

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")
    waiting_count = fields.Integer(related="webhook_id.waiting_count")

    def action_send(self):
        """Enable the webhook, and send what waits."""
        self.webhook_id.active = True

    def action_drop(self):
        """Enable the webhook, and give up what waits."""
        self.webhook_id.event_ids.action_cancel()
        self.webhook_id.active = True
