from odoo import api, models
from odoo.exceptions import ValidationError


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @api.constrains("user_id", "res_model", "res_id")
    def _check_concerns_webhook(self):
        """An activity shows its webhook's name, also to who may not see the webhook."""
        ours = self.filtered(lambda activity: activity.res_model == "nshift.webhook")
        for activity in ours:
            # whoever assigns the activity may not see the webhook's settings
            webhook = self.env["nshift.webhook"].sudo().browse(activity.res_id).exists()
            if webhook and activity.user_id and not webhook._concerns(activity.user_id):
                raise ValidationError(
                    self.env._(
                        "%s may not see the webhook, so the activity cannot be theirs.",
                        activity.user_id.sudo().name,
                    )
                )
