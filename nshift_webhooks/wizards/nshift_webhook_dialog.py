from odoo import api, fields, models
from odoo.exceptions import UserError


class NshiftWebhookDialog(models.AbstractModel):
    """A dialog on one webhook: for whoever may manage it, and for nobody else.

    The webhook is checked when the dialog is made and at each act, and never changes:
    a record rule keeps dialogs to their users, and this keeps the webhook to the
    dialog.
    """

    _name = "nshift.webhook.dialog"
    _description = "Dialog on a webhook"

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        for vals in vals_list:
            vals = self._add_missing_default_values(vals)
            field = self._fields["webhook_id"]
            webhook = field.convert_to_cache(vals.get("webhook_id"), self.browse())
            self._check_webhook(self.env["nshift.webhook"].browse(webhook or ()))
        return super().create(vals_list)

    def write(self, vals):
        self._check_dialog()
        if "webhook_id" in vals:
            raise UserError(
                self.env._("A dialog stays with its webhook: open another one.")
            )
        return super().write(vals)

    def _check_dialog(self):
        """Refuse who has not opened the dialog, or may not manage its webhook any more.

        :raises AccessError: so it is
        """
        self.check_access("write")
        self._check_webhook(self.webhook_id)

    def _check_webhook(self, webhook):
        webhook.ensure_one()
        webhook.check_access("write")
        webhook._check_reach()
