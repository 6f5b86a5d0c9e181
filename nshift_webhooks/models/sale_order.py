from odoo import models

from ..payload.order import order_payload


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "nshift.webhook.source"]

    _nshift_webhook_subject = "order"

    def _nshift_webhook_channel(self):
        return self.sale_channel_id

    def _nshift_webhook_payload(self):
        return super()._nshift_webhook_payload() | {"order": order_payload(self)}
