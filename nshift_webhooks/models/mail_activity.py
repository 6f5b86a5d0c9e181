from odoo import api, models
from odoo.exceptions import ValidationError

from ..transaction import guest


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @api.constrains("user_id", "res_model", "res_id")
    def _check_concerns_webhook(self):
        """Refuse users who may not see the webhook, since activities show its name."""
        for activity in self:
            if activity.res_model == "nshift.webhook":
                activity._nshift_webhook_check_user()

    def _nshift_webhook_check_user(self):
        concerns = True
        complaint = "Whether %s is of who may see its webhook is not checked"
        with guest(self.env, complaint, self):
            # sudo: the user who assigns the activity need not see the webhook
            webhook = self.env["nshift.webhook"].sudo().browse(self.res_id).exists()
            if webhook and self.user_id:
                concerns = webhook._concerns(self.user_id)
        if not concerns:
            raise ValidationError(
                self.env._(
                    "%s may not see the webhook, so the activity cannot be theirs.",
                    self.user_id.sudo().name,
                )
            )
