from odoo import api, models

from ..payload.order import COLUMNS, order_payload


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "nshift.webhook.subject"]

    _nshift_webhook_subjects = ("order",)
    _nshift_webhook_columns = COLUMNS
    _nshift_webhook_parts = {"order_line": None}
    _nshift_webhook_shows = (
        "partner_id.state_id",
        "partner_invoice_id.state_id",
        "partner_shipping_id.state_id",
        "company_id.partner_id",
        "user_id.partner_id",
        "payment_term_id",
        "incoterm",
        "carrier_id",
        "currency_id",
        "sale_channel_id",
        "order_line.product_id.product_tmpl_id",
        "order_line.product_uom_id",
        "order_line.tax_ids",
    )

    def _nshift_webhook_name(self):
        return self.name

    def _nshift_webhook_channels(self):
        return self.sale_channel_id

    def _nshift_webhook_payload(self):
        return super()._nshift_webhook_payload() | {"order": order_payload(self)}

    @api.model
    def _nshift_webhook_happened(self, change):
        happened = super()._nshift_webhook_happened(change)
        if change.entered("sale"):
            happened.append("order.confirmed")
        if change.entered("cancel"):
            happened.append("order.cancelled")
        return happened
