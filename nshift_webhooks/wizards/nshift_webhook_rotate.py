from odoo import fields, models


class NshiftWebhookRotate(models.TransientModel):
    """Asks how a webhook's secret is to be replaced."""

    _name = "nshift.webhook.rotate"
    _description = "Replace a webhook's secret"

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")
    hours = fields.Integer(
        default=lambda self: self.env[
            "ir.config_parameter"
        ]._nshift_webhooks_rotation_hours(),
        readonly=True,
    )

    def action_rotate(self):
        """Have both secrets sign for a while."""
        parameters = self.env["ir.config_parameter"]
        return self._rotate(parameters._nshift_webhooks_rotation_hours())

    def action_replace(self):
        """Have only the new secret sign from now on."""
        return self._rotate(0)

    def _rotate(self, hours):
        self.webhook_id._rotate_keys(hours)
        return self.webhook_id.action_show_secret()
