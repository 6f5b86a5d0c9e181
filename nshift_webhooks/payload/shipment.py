"""The payload of a delivery of a sales order."""

from .order import order_reference
from .parts import carrier, company, contact, product
from .values import decimal, moment, text


def shipment_payload(picking):
    """:param picking: one ``stock.picking``, as superuser and without a language"""
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
    sender_address = contact(sender)
    packages = picking.move_line_ids.result_package_id.sorted("id")
    # What this shipment put into each. Not the field: Odoo keeps what was read with one
    # picking for all, and business code would get that.
    weights = packages._get_weight(picking.id) if packages else {}
    weight_digits = picking.env["decimal.precision"].precision_get("Stock Weight")
    return {
        "id": picking.id,
        "name": picking.name,
        "state": picking.state,
        "order": {"id": order.id, **order_reference(order)},
        "origin": text(picking.origin),
        "backorder_of": text(picking.backorder_id.name),
        "scheduled_at": moment(picking.scheduled_date),
        "deadline_at": moment(picking.date_deadline),
        "done_at": moment(picking.date_done),
        "company": company(picking.company_id),
        "carrier": carrier(picking.carrier_id),
        "tracking_reference": text(picking.carrier_tracking_ref),
        "tracking_url": text(picking.carrier_tracking_url),
        "weight": decimal(picking.shipping_weight or picking.weight, weight_digits),
        "weight_unit": picking.weight_uom_name,
        "warehouse": text(warehouse.code),
        "sender_address": sender_address,
        "delivery_address": contact(recipient),
        "packages": [
            {
                "id": package.id,
                "name": package.name,
                "type": text(package.package_type_id.name),
                "weight": decimal(
                    package.shipping_weight or weights[package], weight_digits
                ),
            }
            for package in packages
        ],
        "lines": [_line(move) for move in picking.move_ids.sorted("id")],
    }


def _line(move):
    digits = move.env["decimal.precision"].precision_get("Product Unit")
    return {
        "id": move.id,
        "order_line_id": move.sale_line_id.id or None,
        "product": product(move.product_id),
        "sku": text(move.product_id.default_code),
        "quantity": decimal(move.product_uom_qty, digits),
        "unit": move.product_uom.name,
        "contents": [
            {
                "quantity": decimal(content.quantity, digits),
                "unit": content.product_uom_id.name,
                "lot": text(content.lot_id.name or content.lot_name),
                "package_id": content.result_package_id.id or None,
            }
            for content in move.move_line_ids.sorted("id")
        ],
    }
