from odoo import api, models
from odoo.fields import Domain

from ..capture.reading import row
from ..payload.packages import package
from ..payload.parts import shown_of_contacts
from ..payload.shipment import COLUMNS, shipment_payload
from ..payload.transfer import MOVES, kind, order_ids

#: The contacts of a shipment's customer, destination and origin. A move's contact is
#: its order's or its shipment's: looking for it would read all moves.
ADDRESSES = (
    "partner_id",
    "sale_id.partner_id",
    "sale_id.partner_invoice_id",
    "sale_id.partner_shipping_id",
    "picking_type_id.warehouse_id.partner_id",
    "company_id.partner_id",
)
ORDER = "move_ids.sale_line_id.order_id"
CONTACTS = (
    *ADDRESSES,
    "move_ids.partner_id",
    f"{ORDER}.partner_id",
    f"{ORDER}.partner_invoice_id",
    f"{ORDER}.partner_shipping_id",
)
#: The usages of the locations to which a shipment's goods go.
LEAVES_TO = ("customer", "transit")
PACKAGES = "move_line_ids.result_package_id"


class StockPicking(models.Model):
    _name = "stock.picking"
    _inherit = ["stock.picking", "nshift.webhook.subject"]

    _nshift_webhook_subjects = ("shipment", "return")
    _nshift_webhook_columns = COLUMNS
    _nshift_webhook_appears_late = True
    _nshift_webhook_goes_after = "sale.order"
    _nshift_webhook_gone = ("cancelled",)
    _nshift_webhook_parts = {
        "move_ids": None,
        "move_line_ids": None,
        "move_ids.sale_line_id": {
            "product_id",
            "product_uom_id",
            "price_reduce_taxexcl",
            "currency_id",
        },
        "move_ids.sale_line_id.product_custom_attribute_value_ids": {"custom_value"},
        "move_ids.sale_line_id.order_id.transaction_ids": {"state", "amount"},
        "move_ids.sale_line_id.order_id": {
            "name",
            "client_order_ref",
            "reference",
            "origin",
            "sale_channel_id",
            "partner_id",
            "partner_invoice_id",
            "partner_shipping_id",
            "incoterm",
            "incoterm_location",
            "pickup_location_data",
        },
    }
    _nshift_webhook_shows = (
        "move_ids.sale_line_id.order_id.sale_channel_id",
        "move_ids.sale_line_id.order_id.incoterm",
        "move_ids.sale_line_id.product_uom_id",
        "move_ids.sale_line_id.currency_id",
        "move_ids.sale_line_id.product_id.product_tmpl_id",
        "move_ids.sale_line_id.order_id.transaction_ids.payment_method_id",
        "?move_ids.bom_line_id.bom_id.product_tmpl_id",
        "company_id.currency_id",
        "carrier_id",
        "backorder_id",
        "return_id",
        "move_ids.location_id",
        "move_ids.location_dest_id",
        "move_ids.move_dest_ids",
        "move_ids.origin_returned_move_id.picking_id",
        "move_ids.product_id.product_tmpl_id.uom_id",
        "move_ids.product_id.product_tmpl_id.attribute_line_ids",
        "move_ids.product_uom",
        "move_ids.move_line_ids.lot_id",
        "move_ids.move_line_ids.product_uom_id",
        "move_line_ids.product_id.product_tmpl_id",
        f"{PACKAGES}.package_type_id",
        f"{PACKAGES}.package_dest_id.package_type_id",
        f"{PACKAGES}.package_dest_id.package_dest_id.package_type_id",
        "package_history_ids",
        *(f"{path}.state_id" for path in CONTACTS),
        *(
            f"move_ids.{values}.{shown}"
            for values in (
                "product_id.product_template_attribute_value_ids",
                "sale_line_id.product_no_variant_attribute_value_ids",
                "sale_line_id.product_custom_attribute_value_ids"
                ".custom_product_template_attribute_value_id",
            )
            for shown in ("attribute_id", "product_attribute_value_id")
        ),
    )

    # a reusable package was in earlier shipments, too: as a correction, its change is
    # told of open ones only
    _nshift_webhook_fields = shown_of_contacts(*CONTACTS) | {PACKAGES: package.names}
    _nshift_webhook_further = (
        "",
        "move_ids",
        "move_ids.product_id",
        "move_ids.product_id.product_tmpl_id",
        *CONTACTS,
    )
    _nshift_webhook_corrected = (*ADDRESSES, PACKAGES)

    _nshift_webhook_channel_paths = (
        "sale_id.sale_channel_id",
        f"{ORDER}.sale_channel_id",
    )

    # an order's own data finds the order, and with it this shipment
    _nshift_webhook_found_by = ("name", "origin", "carrier_tracking_ref", "partner_id")
    _nshift_webhook_known_by = "carrier_tracking_ref"

    # a hash: no reference is too long for it
    _nshift_webhook_reference_index = models.Index("USING hash (carrier_tracking_ref)")

    @api.model
    def _nshift_webhook_open(self):
        return Domain("state", "not in", ("done", "cancel"))

    @api.model
    def _nshift_webhook_condition(self, orders, shipments):
        own = shipments & super()._nshift_webhook_condition(orders, shipments)
        if orders.is_true():
            return own
        # the shipment is of one of these orders
        return own & (Domain("sale_id", "any", orders) | Domain(ORDER, "any", orders))

    @api.model
    def _nshift_webhook_current(self, subjects):
        """Return the Domain of the transfers told as these subjects.

        Cancelled transfers have been told as gone. See ``kind`` in transfer.py.
        """
        ways = {
            "shipment": Domain("location_dest_id.usage", "in", LEAVES_TO),
            "return": Domain("location_id.usage", "in", LEAVES_TO)
            & Domain("location_dest_id.usage", "not in", (*LEAVES_TO, "inventory")),
        }
        of_order = Domain("sale_id", "!=", False) | Domain(
            "move_ids.sale_line_id", "!=", False
        )
        way = Domain.OR(
            Domain("move_ids", "any", ways[subject]) for subject in subjects
        )
        return Domain("state", "!=", "cancel") & of_order & way

    def _nshift_webhook_subject(self):
        return kind(row(self, MOVES.split()))

    def _nshift_webhook_name(self):
        return self.name

    def _nshift_webhook_channels(self):
        ids = order_ids(row(self, MOVES.split()))
        return self.env["sale.order"].browse(ids).sale_channel_id

    def _nshift_webhook_is_over(self):
        return self.state == "cancel"

    def _nshift_webhook_leading_ids(self):
        return order_ids(row(self, MOVES.split()))

    def _nshift_webhook_payload(self):
        payload = super()._nshift_webhook_payload()
        shown = shipment_payload(self)
        if shown["state"] == "done":
            shown = self.env["nshift.webhook.departure"]._as_it_left(self, shown)
        return payload | {self._nshift_webhook_subject(): shown}

    @api.model
    def _nshift_webhook_changing(self, changes):
        self.env["nshift.webhook.departure"]._keep(
            {
                change.id: change.after.payload[change.after.subject]
                for change in changes
                if change.entered("done") and change.after.payload
            }
        )
        return super()._nshift_webhook_changing(changes)

    @api.model
    def _nshift_webhook_happened(self, change):
        happened = super()._nshift_webhook_happened(change)
        subject = change.last.subject
        if change.entered("done"):
            happened.append(f"{subject}.done")
        # a shipment that is deleted, or followed no more, counts as cancelled, too
        if not change.after or change.entered("cancel"):
            happened.append(f"{subject}.cancelled")
        return happened

    @api.model
    def _nshift_webhook_data(self, event, change):
        data = super()._nshift_webhook_data(event, change)
        subject, _dot, happened = event.partition(".")
        if happened == "cancelled" and data["reason"] != "no longer matches":
            data[subject] = data[subject] | {"state": "cancel"}
        return data
