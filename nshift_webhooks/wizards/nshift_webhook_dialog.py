from odoo import fields, models
from odoo.exceptions import UserError


class NshiftWebhookDialog(models.AbstractModel):
    """A dialog about one webhook, for users who may manage it.

    The webhook is checked when the dialog is created and at each action, and cannot be
    changed, unless the dialog serves to choose a webhook. A record rule limits dialogs
    to their users; this model ties the dialog to its webhook.
    """

    _name = "nshift.webhook.dialog"
    _inherit = "nshift.webhook.input"
    _description = "Dialog on a webhook"

    #: Whether the user makes choices in the dialog, and may change these.
    _nshift_webhook_changes = False

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")

    def _check_value_of(self, field, value, kept):
        if field.name == "webhook_id" and kept:
            self._check_webhook(self.env["nshift.webhook"].browse(kept))
        return super()._check_value_of(field, value, kept)

    def write(self, vals):
        self._check_dialog()
        if vals and not self._nshift_webhook_changes:
            raise UserError(
                self.env._("A dialog cannot be changed: close it and open another one.")
            )
        return super().write(vals)

    def _check_dialog(self):
        """Refuse users who did not open the dialog, or may not manage its webhook.

        :raises AccessError: the user is refused
        """
        self.check_access("write")
        for dialog in self:
            self._check_webhook(dialog.webhook_id)

    def _check_webhook(self, webhook):
        webhook.check_access("write")
        webhook._check_reach()


def shown(dialog, title):
    """Return the action that shows an existing dialog.

    :param str title: title in the user's language
    """
    return {
        "type": "ir.actions.act_window",
        "name": title,
        "res_model": dialog._name,
        "res_id": dialog.id,
        "view_mode": "form",
        "target": "new",
    }
