from odoo import api, fields, models

from ..models.nshift_webhook_keys import SECRET


class NshiftWebhookSecret(models.TransientModel):
    """Shows a webhook's secret, of which the dialog keeps no copy."""

    _name = "nshift.webhook.secret"
    _inherit = "nshift.webhook.dialog"
    _description = "Webhook secret"

    secret = fields.Char("Signing secret", compute="_compute_keys", exportable=False)
    public_key = fields.Char("Public key", compute="_compute_keys")
    replaced_until = fields.Datetime(
        "The secret before signs until", compute="_compute_keys"
    )

    @api.model_create_multi
    def create(self, vals_list):
        dialogs = super().create(vals_list)
        for dialog in dialogs:
            dialog.webhook_id._note("secret_shown")
        return dialogs

    def _compute_keys(self):
        # sudo: nobody has the right to the vault
        vault = self.env["nshift.webhook.vault"].sudo()
        # one that is not saved is not in the audit log
        unsaved = self.filtered(lambda dialog: not dialog.id)
        unsaved.update({"secret": False, "public_key": False, "replaced_until": False})
        for dialog in self - unsaved:
            dialog._check_dialog()
            webhook = dialog.webhook_id
            dialog.secret = vault._take(webhook, SECRET).get(webhook.id)
            dialog.public_key = webhook.public_key
            dialog.replaced_until = webhook.replaced_until
