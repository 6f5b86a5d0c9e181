from odoo import fields, models

from ..models.ir_config_parameter import MONITORING_PARAMETER
from ..monitoring import token


class NshiftWebhookMonitoringToken(models.TransientModel):
    """Makes the token for monitoring, and shows the token once.

    The token is in no column: the context of an action carries it to the dialog, as
    with Odoo's own keys. A system parameter stores the token's digest.
    """

    _name = "nshift.webhook.monitoring.token"
    _description = "Token of monitoring"

    is_on = fields.Boolean("Switched on", compute="_compute_is_on")
    token = fields.Char(store=False, readonly=True, exportable=False)

    def _compute_is_on(self):
        parameters = self.env["ir.config_parameter"]
        for dialog in self:
            dialog.is_on = parameters._nshift_webhooks_monitoring()

    def action_make(self):
        """Make a token and show it; the previous token becomes invalid.

        :raises AccessError: the user is not a system administrator
        """
        self.check_access("write")
        made = token.new_token()
        self._keep(token.digest(made))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nshift_webhooks.nshift_webhook_monitoring_token_action"
        )
        return action | {"context": {"default_token": made}}

    def action_switch_off(self):
        """Switch the reading of health and metrics off.

        :raises AccessError: the user is not a system administrator
        """
        self.check_access("write")
        self._keep(False)
        return self.action_close()

    def action_close(self):
        """Close the dialog, and reload the settings."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _keep(self, value):
        self.env["ir.config_parameter"].set_param(MONITORING_PARAMETER, value)
