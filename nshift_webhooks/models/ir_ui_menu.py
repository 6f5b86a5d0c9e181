from odoo import models

from ..transaction import guest


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Hide the other entries of Sales' configuration menu from webhook users.

        Webhook users pass through that menu to their own entries. Users who may open
        the menu anyway go on seeing all of it.
        """
        hidden = super()._load_menus_blacklist()
        complaint = "Webhook users may see more of the configuration menu of Sales"
        with guest(self.env, complaint):
            hidden = hidden + self._nshift_webhook_hidden()
        return hidden

    def _nshift_webhook_hidden(self):
        # somebody may have deleted one of the menus
        configuration, webhooks = (
            self.env.ref(xml_id, raise_if_not_found=False) or self.browse()
            for xml_id in (
                "sale.menu_sale_config",
                "nshift_webhooks.menu_sale_webhooks_root",
            )
        )
        ours = self.env.ref("nshift_webhooks.group_webhook_user")
        if self.env.user.all_group_ids & configuration.sudo().group_ids - ours:
            return []
        return (configuration.sudo().child_id - webhooks).ids
