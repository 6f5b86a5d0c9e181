"""What customs want to know of the goods of a shipment."""

from ..capture.reading import part
from .values import decimal, text


def customs(found, places):
    """Return what customs want to know of one unit of a move's goods.

    A component of a kit has no price of its own in the order: its value is its price
    in the catalogue, as it is for Odoo's own carriers.

    :param found: Row of the move, with its product, its unit and its order line
    """
    goods = _goods.at(found, "product_id")
    if not goods:
        return None
    # a move may count in another unit than the product and the order
    size = _size.at(found, "product_uom")
    ordered = _price.at(found, "sale_line_id")
    if ordered and ordered["product_id"] == found["product_id"]:
        value, currency = ordered["price"] * size / ordered["size"], ordered["currency"]
    else:
        value, currency = goods["price"] * size / goods["size"], _company(found)
    share = size / goods["size"]
    return {
        "hs_code": goods["hs_code"],
        "country_of_origin": goods["country"],
        "unit_weight": decimal(goods["weight"] * share, places["Stock Weight"]),
        "unit_volume": decimal(goods["volume"] * share, 6),
        "unit_value": decimal(value, places["Product Price"]),
        "currency": currency,
    }


def _company(found):
    return _company_currency.at(found, "company_id")


@part("res.company", "currency_id", "res.currency")
def _company_currency(found):
    return _currency.at(found, "currency_id")


@part("res.currency", "name")
def _currency(found):
    return found["name"]


@part("uom.uom", "factor")
def _size(found):
    return found["factor"] or 1.0


@part(
    "sale.order.line",
    "product_id product_uom_id price_reduce_taxexcl currency_id",
    "uom.uom",
    "res.currency",
)
def _price(found):
    return {
        "product_id": found["product_id"],
        "price": found["price_reduce_taxexcl"] or 0.0,
        "size": _size.at(found, "product_uom_id") or 1.0,
        "currency": _currency.at(found, "currency_id"),
    }


@part("product.product", "weight volume product_tmpl_id", "product.template", "uom.uom")
def _goods(found):
    kind = _kind.at(found, "product_tmpl_id")
    return kind | {"weight": found["weight"] or 0.0, "volume": found["volume"] or 0.0}


@part("product.template", "hs_code country_of_origin list_price uom_id", "uom.uom")
def _kind(found):
    return {
        "hs_code": text(found["hs_code"]),
        "country": found.record.country_of_origin._nshift_webhook_code(),
        "price": found["list_price"] or 0.0,
        "size": _size.at(found, "uom_id") or 1.0,
    }
