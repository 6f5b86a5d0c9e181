"""Customs values of a shipment's goods."""

from ..capture.reading import part
from .parts import PRODUCT, TEMPLATE, company_currency, currency, factor
from .values import decimal, text


def customs(found, places):
    """Return the customs values of one unit of a move's goods, None without a product.

    A kit's component has no price in the order: its value is the price in the
    catalogue, as with Odoo's own carriers.

    :param found: Row of the move, with its product, unit and order line
    :param places: digits after the point by usage, from ``digits``
    """
    goods = _goods.at(found, "product_id")
    if not goods:
        return None
    # units of measure may differ between the move, the product and the order
    size = factor.at(found, "product_uom")
    ordered = _price.at(found, "sale_line_id")
    if ordered and ordered["product_id"] == found["product_id"]:
        value, money = ordered["price"] * size / ordered["size"], ordered["currency"]
    else:
        value = goods["price"] * size / goods["size"]
        money = company_currency.at(found, "company_id")
    share = size / goods["size"]
    return {
        "hs_code": goods["hs_code"],
        "country_of_origin": goods["country"],
        "unit_weight": decimal(goods["weight"] * share, places["Stock Weight"]),
        "unit_volume": decimal(goods["volume"] * share, 6),
        "unit_value": decimal(value, places["Product Price"]),
        "currency": money,
    }


@part(
    "sale.order.line",
    "product_id product_uom_id price_reduce_taxexcl currency_id",
    "uom.uom",
    "res.currency",
)
def _price(found):
    money = currency.at(found, "currency_id")
    return {
        "product_id": found["product_id"],
        "price": found["price_reduce_taxexcl"] or 0.0,
        "size": factor.at(found, "product_uom_id") or 1.0,
        "currency": money and money["name"],
    }


@part("product.product", PRODUCT, "product.template", "uom.uom")
def _goods(found):
    kind = _kind.at(found, "product_tmpl_id")
    return kind | {"weight": found["weight"] or 0.0, "volume": found["volume"] or 0.0}


@part("product.template", TEMPLATE, "uom.uom")
def _kind(found):
    return {
        "hs_code": text(found["hs_code"]),
        "country": found.record.country_of_origin._nshift_webhook_code(),
        "price": found["list_price"] or 0.0,
        "size": factor.at(found, "uom_id") or 1.0,
    }
