from odoo import api, models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Merging contacts gives orders and deliveries another one, in SQL."""
        # whoever merges contacts need not see their orders
        orders = self.env["sale.order"].sudo()
        orders.search(
            [
                "|",
                ("partner_id", "in", src_partners.ids),
                "|",
                ("partner_invoice_id", "in", src_partners.ids),
                ("partner_shipping_id", "in", src_partners.ids),
            ]
        )._nshift_webhook_touch()
        transfers = self.env["stock.picking"].sudo()
        transfers.search(
            [("partner_id", "in", src_partners.ids)]
        )._nshift_webhook_touch()
        return super()._update_foreign_keys(src_partners, dst_partner)
