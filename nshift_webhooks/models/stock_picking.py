from odoo import models

from ..payload.shipment import shipment_payload

SHIPMENT_TYPES = ("outgoing", "dropship")


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "nshift.webhook.source"]

    _nshift_webhook_subject = "shipment"

    def _nshift_webhook_snapshot(self, with_payload):
        if not self._nshift_webhook_is_shipment():
            return None
        return super()._nshift_webhook_snapshot(with_payload)

    def _nshift_webhook_is_shipment(self):
        """Tell a delivery to an order's customer from other transfers."""
        return (
            bool(self.sale_id)
            and self.picking_type_id.code in SHIPMENT_TYPES
            and not self.return_id
        )

    def _nshift_webhook_channel(self):
        return self.sale_id.sale_channel_id

    def _nshift_webhook_payload(self):
        payload = super()._nshift_webhook_payload()
        return payload | {"shipment": shipment_payload(self)}
