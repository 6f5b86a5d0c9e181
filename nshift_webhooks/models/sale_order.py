from odoo import api, models
from odoo.fields import Domain

from ..payload.order import COLUMNS, order_payload, person
from ..payload.parts import contact, tax_payer

ADDRESSES = ("partner_id", "partner_invoice_id", "partner_shipping_id")


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "nshift.webhook.subject"]

    _nshift_webhook_subject = "order"
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

    _nshift_webhook_fields = dict.fromkeys(ADDRESSES, contact.names) | {
        "company_id.partner_id": tax_payer.names,
        "user_id.partner_id": person.names,
    }
    _nshift_webhook_corrected = ADDRESSES

    @api.model
    def _nshift_webhook_open(self):
        """Quotations, and what is not yet delivered and invoiced."""
        is_done = Domain("delivery_status", "in", ("full", False)) & Domain(
            "invoice_status", "in", ("invoiced", "upselling")
        )
        return Domain("state", "in", ("draft", "sent")) | (
            Domain("state", "=", "sale") & ~is_done
        )

    def _nshift_webhook_name(self):
        return self.name

    def _nshift_webhook_channel(self):
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
