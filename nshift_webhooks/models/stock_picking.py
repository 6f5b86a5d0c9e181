from odoo import api, models
from odoo.fields import Domain

from ..payload.parts import contact
from ..payload.shipment import COLUMNS, shipment_payload

SHIPMENT_TYPES = ("outgoing", "dropship")
#: Where a shipment goes, and where it comes from. The contact of a move is the one
#: of its order or of its shipment: looking for it would read all moves.
ADDRESSES = (
    "partner_id",
    "sale_id.partner_shipping_id",
    "picking_type_id.warehouse_id.partner_id",
    "company_id.partner_id",
)


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "nshift.webhook.subject"]

    _nshift_webhook_subject = "shipment"
    _nshift_webhook_columns = COLUMNS
    _nshift_webhook_appears_late = True
    _nshift_webhook_parts = {
        "move_ids": None,
        "move_line_ids": None,
        "move_line_ids.result_package_id": None,
        "sale_id": {
            "name",
            "client_order_ref",
            "reference",
            "origin",
            "sale_channel_id",
        },
    }
    _nshift_webhook_shows = (
        "sale_id.sale_channel_id",
        "sale_id.partner_shipping_id.state_id",
        "partner_id.state_id",
        "company_id.partner_id",
        "carrier_id",
        "backorder_id",
        "return_id.picking_type_id",
        "picking_type_id.warehouse_id.partner_id.state_id",
        "move_ids.partner_id.state_id",
        "move_ids.product_id.product_tmpl_id",
        "move_ids.product_uom",
        "move_ids.move_line_ids.lot_id",
        "move_ids.move_line_ids.product_uom_id",
        "move_line_ids.product_id.product_tmpl_id",
        "move_line_ids.result_package_id.package_type_id",
    )

    _nshift_webhook_fields = dict.fromkeys(
        (*ADDRESSES, "move_ids.partner_id"), contact.names
    )
    _nshift_webhook_corrected = ADDRESSES

    @api.model
    def _nshift_webhook_open(self):
        return Domain("state", "not in", ("done", "cancel"))

    def _nshift_webhook_snapshot(self, with_payload):
        if not self._nshift_webhook_is_shipment():
            return None
        return super()._nshift_webhook_snapshot(with_payload)

    def _nshift_webhook_is_shipment(self):
        """Tell a delivery to an order's customer from other transfers.

        Returns are none, but what is sent out once more after a return is one.
        """
        return (
            bool(self.sale_id)
            and self.picking_type_id.code in SHIPMENT_TYPES
            and self.return_id.picking_type_id.code not in SHIPMENT_TYPES
        )

    def _nshift_webhook_name(self):
        return self.name

    def _nshift_webhook_channel(self):
        return self.sale_id.sale_channel_id

    def _nshift_webhook_payload(self):
        payload = super()._nshift_webhook_payload()
        return payload | {"shipment": shipment_payload(self)}

    @api.model
    def _nshift_webhook_happened(self, change):
        happened = super()._nshift_webhook_happened(change)
        if change.entered("done"):
            happened.append("shipment.done")
        # one that was deleted, or taken from its order, will not arrive either
        gone = not change.after and change.before.state not in ("done", "cancel")
        if gone or change.entered("cancel"):
            happened.append("shipment.cancelled")
        return happened

    @api.model
    def _nshift_webhook_data(self, event, change):
        data = super()._nshift_webhook_data(event, change)
        if event == "shipment.cancelled":
            data["shipment"] = data["shipment"] | {"state": "cancel"}
        return data
