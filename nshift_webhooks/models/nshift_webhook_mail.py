from odoo import api, models
from odoo.exceptions import AccessError


class NshiftWebhook(models.Model):
    """The chatter of a webhook: no mail gets in, and no outsider follows."""

    _inherit = "nshift.webhook"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        # Odoo calls this as superuser for every user who can have a mail processed
        self._refuse_mail()
        return super().message_new(msg_dict, custom_values)

    def message_update(self, msg_dict, update_vals=None):
        # see message_new
        self._refuse_mail()
        return super().message_update(msg_dict, update_vals)

    def _refuse_mail(self):
        raise AccessError(
            self.env._("Webhooks are made and changed in Odoo, and not by mail.")
        )

    def _leave_outsiders(self):
        """Remove the followers and activities of people whom the webhook no longer
        concerns, since it has moved to another company.
        """
        # sudo: the user may not see all followers and activities
        for webhook in self.sudo():
            for activity in webhook.activity_ids:
                if not (activity.user_id and webhook._concerns(activity.user_id)):
                    activity.unlink()
            outsiders = [
                partner.id
                for partner in webhook.message_partner_ids
                if not any(map(webhook._concerns, partner.user_ids))
            ]
            webhook.message_unsubscribe(outsiders)
