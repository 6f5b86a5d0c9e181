"""The payload of a shipment or return: a transfer between a company and a customer."""

from ..capture.reading import part, row
from .attributes import ATTRIBUTE_MODELS, attributes
from .custom import custom
from .customs import customs
from .documents import documents_of
from .html import plain_text
from .kit import KIT_MODELS, kit
from .order import REFERENCE, order_reference, pickup_point
from .packages import PACKED, Packing
from .parts import (
    COMPANY,
    NO_GOODS,
    carrier,
    company,
    contact,
    digits,
    goods,
    incoterm,
    named,
    unit,
    units,
)
from .payment import cash_on_delivery
from .tracking import trackings
from .transfer import MOVES, is_dropshipped, kind, move_ids, order_ids
from .values import decimal, moment, second, text

COLUMNS = (
    "name origin partner_id company_id picking_type_id backorder_id return_id"
    " scheduled_date date_deadline date_done carrier_id carrier_tracking_ref priority"
    f" move_type note create_date {MOVES} {PACKED}"
)


#: Columns of the order that a shipment shows, besides the order's reference.
ORDERED = (
    "partner_id partner_invoice_id partner_shipping_id incoterm incoterm_location"
    " pickup_location_data transaction_ids"
)

PRIORITIES = {"0": "normal", "1": "urgent"}


def shipment_payload(picking):
    """Return the payload of a shipment or return.

    :param picking: one ``stock.picking``, as superuser and in its company's language
    """
    found = row(picking, COLUMNS.split())
    places = digits.at(found, "company_id")
    weight_places = places["Stock Weight"]
    counting = set(move_ids(found))
    packing = Packing(found, counting)
    orders = picking.env["sale.order"].browse(order_ids(found))
    order = row(orders[0], ORDERED.split())
    documents = documents_of(picking)
    is_return = kind(found) == "return"
    return {
        "id": picking.id,
        "name": found["name"],
        "state": found["state"],
        "orders": [_order.of(each) for each in orders.sorted("id")],
        "origin": text(found["origin"]),
        **(_returned(found) if is_return else _backorder(found)),
        "created_at": second(found["create_date"]),
        "scheduled_at": moment(found["scheduled_date"]),
        "deadline_at": moment(found["date_deadline"]),
        "done_at": moment(found["date_done"]),
        "priority": PRIORITIES.get(found["priority"], found["priority"]),
        "all_at_once": found["move_type"] == "one",
        "instructions": plain_text(found["note"]),
        "signed": documents["signed"],
        "company": company.at(found, "company_id"),
        "customer": contact.at(order, "partner_id"),
        "invoice_address": contact.at(order, "partner_invoice_id"),
        **_addresses(found, order, is_return),
        "pickup_point": pickup_point(order["pickup_location_data"]),
        "carrier": carrier.at(found, "carrier_id"),
        "trackings": trackings(
            found["carrier_tracking_ref"], _tracking_template.at(found, "carrier_id")
        ),
        "labels": documents["labels"],
        "return_labels": documents["return_labels"],
        "incoterm": incoterm.at(order, "incoterm"),
        "incoterm_location": text(order["incoterm_location"]),
        "cash_on_delivery": None if is_return else cash_on_delivery(order),
        "units": units.at(found, "company_id"),
        "weight": decimal(packing.weight, weight_places),
        "loose_weight": decimal(packing.loose_weight, weight_places),
        "parcel_count": packing.parcel_count,
        "packages": packing.shown(weight_places),
        "custom": custom(found),
        "lines": [
            line
            for line in _line.each(found, "move_ids", places)
            if line["id"] in counting
        ],
    }


def _backorder(found):
    return {"backorder_of": _transfer.at(found, "backorder_id")}


def _returned(found):
    """Return the shipment that comes back, from the transfer or from a single move."""
    moves = _origin.each(found, "move_ids")
    return {
        "return_of": _transfer.at(found, "return_id") or next(filter(None, moves), None)
    }


def _addresses(found, order, is_return):
    """Return the addresses of sender and recipient, as a carrier needs them."""
    warehouse = _operation.at(found, "picking_type_id")
    ours = (warehouse and warehouse["address"]) or _own_address.at(found, "company_id")
    partner = contact.at(found, "partner_id")
    customer = contact.at(order, "partner_shipping_id")
    if is_dropshipped(found):
        # the contact of a transfer from a supplier is the supplier
        sender, recipient = partner, _recipient(found) or customer
    elif is_return:
        sender, recipient = partner or customer, ours
    else:
        sender, recipient = ours, partner or customer
    return {
        "warehouse": warehouse and warehouse["code"],
        "sender_address": sender,
        "delivery_address": recipient,
    }


def _recipient(found):
    return next(filter(None, _move_contact.each(found, "move_ids")), None)


@part("stock.move", "partner_id", "res.partner", "res.country.state")
def _move_contact(found):
    return contact.at(found, "partner_id")


@part(
    "stock.picking.type",
    "warehouse_id",
    "stock.warehouse",
    "res.partner",
    "res.country.state",
)
def _operation(found):
    return _warehouse.at(found, "warehouse_id")


@part("stock.warehouse", "code partner_id", "res.partner", "res.country.state")
def _warehouse(found):
    return {"code": text(found["code"]), "address": contact.at(found, "partner_id")}


@part("res.company", COMPANY, "res.partner", "res.country.state")
def _own_address(found):
    return contact.at(found, "partner_id")


@part("sale.order", REFERENCE, "sale.channel")
def _order(found):
    return {"id": found.record.id, **order_reference(found)}


@part("delivery.carrier", "tracking_url")
def _tracking_template(found):
    return text(found["tracking_url"])


@part("stock.picking", "name")
def _transfer(found):
    return {"id": found.record.id, "name": found["name"]}


@part("stock.move", "origin_returned_move_id", "stock.picking")
def _origin(found):
    return _place.at(found, "origin_returned_move_id")


@part("stock.move", "picking_id", "stock.picking")
def _place(found):
    return _transfer.at(found, "picking_id")


@part(
    "stock.move",
    "state sale_line_id product_id product_uom_qty quantity product_uom move_line_ids"
    " company_id ?bom_line_id"
    " description_picking_manual",
    "sale.order",
    "uom.uom",
    "res.currency",
    "stock.move.line",
    "stock.lot",
    *ATTRIBUTE_MODELS,
    *KIT_MODELS,
)
def _line(found, places):
    unit_places = places["Product Unit"]
    return {
        "id": found.record.id,
        **(_ordered.at(found, "sale_line_id") or NOT_ORDERED),
        "state": found["state"],
        **(goods.at(found, "product_id") or NO_GOODS),
        "attributes": attributes(found),
        "description": text(found["description_picking_manual"]),
        "kit": kit(found),
        "quantity": decimal(found["product_uom_qty"], unit_places),
        "quantity_done": decimal(
            found["quantity"] if found["state"] == "done" else 0.0, unit_places
        ),
        "unit": unit.at(found, "product_uom"),
        "customs": customs(found, places),
        "contents": _content.each(found, "move_line_ids", unit_places),
        "custom": custom(found),
    }


NOT_ORDERED = {"order_id": None, "order_line_id": None}


@part("sale.order.line", "order_id")
def _ordered(found):
    return {"order_id": found["order_id"], "order_line_id": found.record.id}


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
