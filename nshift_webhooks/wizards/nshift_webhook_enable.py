from odoo import fields, models


class NshiftWebhookEnable(models.TransientModel):
    """Asks whether waiting events are sent when a webhook is enabled again."""

    _name = "nshift.webhook.enable"
    _inherit = "nshift.webhook.dialog"
    _description = "Enable a webhook"

    waiting_count = fields.Integer(
        "Number of waiting events", compute="_compute_waiting_count"
    )

    def _compute_waiting_count(self):
        for dialog in self:
            dialog._check_webhook(dialog.webhook_id)
            dialog.waiting_count = dialog.webhook_id._count_waiting()

    def action_send(self):
        """Enable the webhook, and send the waiting events."""
        self._check_dialog()
        self.webhook_id._enable()

    def action_drop(self):
        """Enable the webhook, and give up the waiting events."""
        self._check_dialog()
        self.webhook_id._enable(drop=True)
