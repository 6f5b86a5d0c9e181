from odoo import api, models
from odoo.exceptions import UserError

from ..transaction import guest


class SaleChannel(models.Model):
    _inherit = "sale.channel"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used_by_webhooks(self):
        channels = webhooks = []
        # if this fails, the database itself refuses the deletion
        with guest(self.env, "Whether webhooks apply to %s cannot be told", self):
            channels, webhooks = self._nshift_webhook_users()
        if webhooks:
            # without its channel, a webhook would be for all channels
            raise UserError(
                self.env._(
                    "The order channels %(channels)s cannot be deleted, because these "
                    "webhooks apply to them: %(webhooks)s. Take the channels out of "
                    "the webhooks first, or archive the channels.",
                    channels=", ".join(channels),
                    webhooks=", ".join(webhooks),
                )
            )

    def _nshift_webhook_users(self):
        """Return the names of the channels that webhooks use, and of these webhooks."""
        # sudo: a user who deletes a channel need not see webhooks to be told of some
        webhooks = (
            self.env["nshift.webhook"]
            .sudo()
            .with_context(active_test=False)
            .search([("sale_channel_ids", "in", self.ids)])
        )
        channels = (webhooks.sale_channel_ids & self).mapped("name")
        return channels, self._nshift_webhook_names(webhooks)

    def _nshift_webhook_names(self, webhooks):
        """Return the names of webhooks, except webhooks that the user may not see."""
        visible = webhooks.sudo(False)._filtered_access("read")
        names = visible.mapped("name")
        if len(visible) < len(webhooks):
            names.append(self.env._("some that you may not see"))
        return names
