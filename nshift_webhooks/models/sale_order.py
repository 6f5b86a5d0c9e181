from odoo import api, models

from ..payload.order import order_payload

#: What the payload of a shipment shows of its order.
SHOWN_BY_SHIPMENTS = {
    "name",
    "client_order_ref",
    "reference",
    "origin",
    "sale_channel_id",
}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "nshift.webhook.subject"]

    _nshift_webhook_subject = "order"

    def write(self, vals):
        if SHOWN_BY_SHIPMENTS & vals.keys():
            self.env["nshift.webhook.outbox"]._touch_where(
                self.env["stock.picking"], [("sale_id", "in", self.ids)]
            )
        return super().write(vals)

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
