from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.nshift_webhook_keys import SECRET


class NshiftWebhookSecret(models.TransientModel):
    """Shows a webhook's secret, without storing a copy.

    The dialog shows the secret of the moment of its opening, which the audit log
    records, and no later secret.
    """

    _name = "nshift.webhook.secret"
    _inherit = "nshift.webhook.dialog"
    _description = "Webhook secret"

    secret = fields.Char("Signing secret", compute="_compute_keys", exportable=False)
    public_key = fields.Char("Public key", compute="_compute_keys")
    replaced_until = fields.Datetime(
        "The secret before signs until", compute="_compute_keys"
    )
    secret_number = fields.Integer(readonly=True)

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        for dialog in dialogs:
            number = self.env["nshift.webhook.vault"]._number(dialog.webhook_id, SECRET)
            # by SQL, since no user may write a dialog
            self.env.cr.execute(
                "UPDATE nshift_webhook_secret SET secret_number = %s WHERE id = %s",
                (number, dialog.id),
            )
            dialog.webhook_id._note("secret_shown")
        dialogs.invalidate_recordset(flush=False)
        return dialogs

    def _compute_keys(self):
        vault = self.env["nshift.webhook.vault"]
        for dialog in self:
            webhook = dialog.webhook_id
            # before the dialog is saved, the audit log has no entry
            if dialog.id:
                dialog._check_dialog()
            is_shown = dialog.id and dialog.secret_number == vault._number(
                webhook, SECRET
            )
            secrets = vault._take(webhook, SECRET) if is_shown else {}
            dialog.secret = secrets.get(webhook.id)
            dialog.public_key = is_shown and webhook.public_key
            dialog.replaced_until = is_shown and webhook.replaced_until

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        # `exportable` only hides the field in Odoo's export dialog
        if any(path[:1] == ["secret"] for path in fields):
            raise UserError(
                self.env._(
                    "Signing secrets cannot be exported: the dialog shows the secret."
                )
            )
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)
