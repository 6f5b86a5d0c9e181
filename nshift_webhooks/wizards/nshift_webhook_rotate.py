from odoo import fields, models

from ..writing import duration


class NshiftWebhookRotate(models.TransientModel):
    """Asks how a webhook's secret is to be replaced."""

    _name = "nshift.webhook.rotate"
    _inherit = "nshift.webhook.dialog"
    _description = "Replace a webhook's secret"

    hours = fields.Integer("Hours that both secrets sign", compute="_compute_hours")
    time_text = fields.Char("How long both secrets sign", compute="_compute_hours")

    def _compute_hours(self):
        parameters = self.env["ir.config_parameter"]
        self.hours = parameters._nshift_webhooks_rotation_hours()
        self.time_text = duration(self.env, self.hours * 3600)

    def action_rotate(self):
        """Have both secrets sign for a while."""
        return self._rotate(self.hours)

    def action_replace(self):
        """Have only the new secret sign from now on."""
        return self._rotate(0)

    def _rotate(self, hours):
        self._check_dialog()
        self.webhook_id._rotate_keys(hours)
        return self.webhook_id.action_show_secret()
