"""The payload of a delivery of a sales order."""

from ..capture.reading import part, row
from .order import REFERENCE, order_reference
from .parts import NO_GOODS, carrier, company, contact, digits, goods, named, unit
from .values import decimal, moment, text

COLUMNS = (
    "name state origin partner_id company_id sale_id picking_type_id backorder_id"
    " return_id scheduled_date date_deadline date_done carrier_id carrier_tracking_ref"
    " shipping_weight weight move_ids move_line_ids create_date"
)


def shipment_payload(picking):
    """:param picking: one ``stock.picking``, as superuser and without a language"""
    found = row(picking, COLUMNS.split())
    order = picking.sale_id
    warehouse = picking.picking_type_id.warehouse_id
    if picking.picking_type_id.code == "dropship":
        # Odoo has the supplier as the contact of a transfer from one
        sender = picking.partner_id
        recipient = picking.move_ids[:1].partner_id or order.partner_shipping_id
    else:
        sender = warehouse.partner_id or picking.company_id.partner_id
        recipient = picking.partner_id
    # before the company's, of whose contact less is read than of the same one as this
    sender_address = contact.of(sender)
    packages = picking.move_line_ids.result_package_id.sorted("id")
    places = digits.at(found, "company_id")
    weight_places = places["Stock Weight"]
    return {
        "id": picking.id,
        "name": picking.name,
        "state": picking.state,
        "order": _order.at(found, "sale_id"),
        "origin": text(picking.origin),
        "backorder_of": text(picking.backorder_id.name),
        "scheduled_at": moment(picking.scheduled_date),
        "deadline_at": moment(picking.date_deadline),
        "done_at": moment(picking.date_done),
        "company": company.at(found, "company_id"),
        "carrier": carrier.at(found, "carrier_id"),
        "tracking_reference": text(picking.carrier_tracking_ref),
        "tracking_url": _tracking_url(picking),
        "weight": decimal(picking.shipping_weight or picking.weight, weight_places),
        "weight_unit": picking.weight_uom_name,
        "warehouse": text(warehouse.code),
        "sender_address": sender_address,
        "delivery_address": contact.of(recipient),
        "packages": [
            {
                "id": package.id,
                "name": package.name,
                "type": text(package.package_type_id.name),
                "weight": decimal(
                    package.shipping_weight or _weight(package, picking),
                    weight_places,
                ),
            }
            for package in packages
        ],
        "lines": _line.each(found, "move_ids", places["Product Unit"]),
    }


def _tracking_url(picking):
    """Fill in the carrier's template: its own code may ask the carrier, and waits."""
    reference, template = picking.carrier_tracking_ref, picking.carrier_id.tracking_url
    if not (reference and template):
        return None
    return template.replace("<shipmenttrackingnumber>", reference)


def _weight(package, picking):
    """Return what a package weighs with what a shipment puts into it.

    Odoo's own figure is asked of the database, which has no past, and is kept for all
    shipments.
    """
    contents = sum(
        line.quantity_product_uom * line.product_id.weight
        for line in picking.move_line_ids
        if line.result_package_id == package
    )
    inner = picking.move_line_ids.result_package_id.filtered(
        lambda other: other.package_dest_id == package
    )
    return (
        package.package_type_id.base_weight
        + contents
        + sum(_weight(other, picking) for other in inner)
    )


@part("sale.order", REFERENCE, "sale.channel")
def _order(found):
    return {"id": found.record.id, **order_reference(found)}


@part(
    "stock.move",
    "sale_line_id product_id product_uom_qty product_uom move_line_ids",
    "product.product",
    "product.template",
    "uom.uom",
    "stock.move.line",
    "stock.lot",
)
def _line(found, places):
    return {
        "id": found.record.id,
        "order_line_id": found["sale_line_id"],
        **(goods.at(found, "product_id") or NO_GOODS),
        "quantity": decimal(found["product_uom_qty"], places),
        "unit": unit.at(found, "product_uom"),
        "contents": _content.each(found, "move_line_ids", places),
    }


@part(
    "stock.move.line",
    "quantity product_uom_id lot_id lot_name result_package_id",
    "uom.uom",
    "stock.lot",
)
def _content(found, places):
    return {
        "quantity": decimal(found["quantity"], places),
        "unit": unit.at(found, "product_uom_id"),
        "lot": _lot.at(found, "lot_id") or text(found["lot_name"]),
        "package_id": found["result_package_id"],
    }


_lot = named("stock.lot")
