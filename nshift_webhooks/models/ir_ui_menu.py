from odoo import models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Webhook users are let through the configuration menu of Sales to their own
        entries: whoever would not see that menu otherwise sees no others in it."""
        hidden = super()._load_menus_blacklist()
        configuration = self.env.ref("sale.menu_sale_config").sudo()
        ours = self.env.ref("nshift_webhooks.group_webhook_user")
        if not self.env.user.all_group_ids & configuration.group_ids - ours:
            webhooks = self.env.ref("nshift_webhooks.menu_sale_webhooks_root")
            hidden += (configuration.child_id - webhooks).ids
        return hidden
