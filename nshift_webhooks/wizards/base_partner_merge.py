from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Note orders and transfers, since Odoo replaces their contacts by SQL."""
        watcher = self.env["nshift.webhook.watcher"]
        merged = src_partners.ids
        watcher._touch_where(
            self.env["sale.order"],
            [
                "|",
                ("partner_id", "in", merged),
                "|",
                ("partner_invoice_id", "in", merged),
                ("partner_shipping_id", "in", merged),
            ],
        )
        watcher._touch_where(self.env["stock.picking"], [("partner_id", "in", merged)])
        return super()._update_foreign_keys(src_partners, dst_partner)
