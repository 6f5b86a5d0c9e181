from odoo import fields, models

from ..models.ir_config_parameter import MONITORING_PARAMETER
from ..monitoring import token


class NshiftWebhookMonitoringToken(models.TransientModel):
    """Makes the token of whoever watches webhooks from outside and shows it, once.

    It is in no column: it goes through the context of the action that shows it, as
    Odoo's own keys do. What is kept is its digest, in a system parameter.
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
        """Make a token and show it; the one before opens nothing any more.

        :raises AccessError: the user is no system administrator
        """
        self.check_access("write")
        made = token.new_token()
        self._keep(token.digest(made))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "nshift_webhooks.nshift_webhook_monitoring_token_action"
        )
        return action | {"context": {"default_token": made}}

    def action_switch_off(self):
        """Have nobody read what monitoring is told.

        :raises AccessError: the user is no system administrator
        """
        self.check_access("write")
        self._keep(False)
        return self.action_close()

    def action_close(self):
        """Close the dialog, and show the settings as they are now."""
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _keep(self, value):
        self.env["ir.config_parameter"].set_param(MONITORING_PARAMETER, value)
