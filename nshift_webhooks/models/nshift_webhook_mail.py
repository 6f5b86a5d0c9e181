from odoo import api, models
from odoo.exceptions import AccessError


class NshiftWebhook(models.Model):
    """Keeps mails out of the chatter: nothing about webhooks comes by mail."""

    _inherit = "nshift.webhook"

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        # Odoo calls this as superuser for whoever has it process a mail
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
        """Let go of followers and activities of those whom the webhook concerns no
        more, since it has become another company's.
        """
        # sudo: who follows, or has an activity, need not be visible to the user
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
