"""The role of a transfer in its orders: a shipment, a return or neither."""

from ..capture.reading import part
from .values import text

#: Columns of the transfer that its role depends on.
MOVES = "move_ids sale_id"


def kind(found):
    """Return the role of a transfer.

    A shipment takes an order's goods to the customer, a return takes them back. The
    locations decide, not the type of operation: resupply from another warehouse,
    receipts and internal steps may be of any type.

    :param found: Row of the transfer, with the columns of ``MOVES``
    :return: ``shipment``, ``return``, or None for any other transfer
    """
    ways = _way.each(found, "move_ids")
    if not order_ids(found):
        return None
    if any(way["leaves"] for way in ways):
        return "shipment"
    if any(way["comes_back"] for way in ways):
        return "return"
    return None


def order_ids(found):
    """Return the ids of the orders whose goods a transfer moves, main order first.

    :param found: see :func:`kind`
    """
    ids = {way["order_id"] for way in _way.each(found, "move_ids")} - {None}
    first = [found["sale_id"]] if found["sale_id"] else []
    return first + sorted(ids - set(first))


def is_dropshipped(found):
    """Tell whether goods go from a supplier to the customer directly.

    :param found: see :func:`kind`
    """
    return any(
        way["from_supplier"] and way["leaves"] for way in _way.each(found, "move_ids")
    )


def move_ids(found):
    """Return the ids of the moves that belong to the shipment or return.

    Others, such as a scrap within a delivery, do not reach the customer.

    :param found: see :func:`kind`
    """
    side = "leaves" if kind(found) == "shipment" else "comes_back"
    return [way["id"] for way in _way.each(found, "move_ids") if way[side]]


@part(
    "stock.move",
    "location_id location_dest_id move_dest_ids company_id sale_line_id"
    " origin_returned_move_id",
    "stock.location",
    "sale.order.line",
)
def _way(found):
    """The origin and destination of a move's goods."""
    source = _usage.at(found, "location_id")
    target = _usage.at(found, "location_dest_id")
    # if no move of this company follows, another company takes over in transit
    leads_on = found["company_id"] in _company.each(found, "move_dest_ids")
    returned = found["origin_returned_move_id"]
    return {
        "id": found.record.id,
        "order_id": _order.at(found, "sale_line_id"),
        "from_supplier": source == "supplier",
        "leaves": target == "customer" or (target == "transit" and not leads_on),
        "comes_back": target not in ("customer", "transit", "inventory")
        and (source == "customer" or (source == "transit" and bool(returned))),
    }


@part("stock.location", "usage")
def _usage(found):
    return text(found["usage"])


@part("stock.move", "company_id")
def _company(found):
    return found["company_id"]


@part("sale.order.line", "order_id")
def _order(found):
    return found["order_id"]
