"""The lines of a sales order, with their kinds and relations."""

from operator import itemgetter

from ..capture.reading import part
from .attributes import ATTRIBUTE_MODELS, line_attributes
from .custom import custom
from .parts import COMPANY, NO_GOODS, PRODUCT, TEMPLATE, currency, factor, goods, unit
from .tax import TAX_MODELS, tax
from .values import decimal, per_unit, text

#: Kinds of lines that are only displayed.
_DISPLAYED = {
    "line_section": "section",
    "line_subsection": "subsection",
    "line_note": "note",
}
#: Kinds of lines by the type of product.
_TYPES = {"consu": "goods", "service": "service", "combo": "combo"}
#: Types of loyalty programs whose rewards are a payment and not a discount.
_PAYING = ("gift_card", "ewallet")


def lines(found, places):
    """Return an order's lines in the order's sequence, with their sections.

    :param found: Row of the order, with ``order_line``
    :param places: digits after the point by usage, from ``digits``
    """
    shown = sorted(_line.each(found, "order_line", places), key=itemgetter("sequence"))
    section = subsection = None
    for line in shown:
        if line["kind"] == "section":
            section, subsection, parent = line, None, None
        elif line["kind"] == "subsection":
            subsection, parent = line, section
        else:
            parent = subsection or section
        if parent:
            line["section_line_id"] = parent["id"]
            line["optional"] = line["optional"] or parent["optional"]
    return shown


@part(
    "sale.order.line",
    "sequence display_type product_id name product_uom_qty qty_delivered qty_invoiced"
    " product_uom_id price_unit discount tax_ids price_tax price_subtotal price_total"
    " currency_id company_id linked_line_id combo_item_id is_downpayment is_delivery"
    " extra_tax_data customer_lead ?is_optional ?reward_id",
    *ATTRIBUTE_MODELS,
    *TAX_MODELS,
    "uom.uom",
    "res.currency",
    "mrp.bom",
    "loyalty.reward",
    "loyalty.program",
)
def _line(found, places):
    money = currency.at(found, "currency_id")
    money_places = money["digits"] if money else 2
    unit_places = places["Product Unit"]
    product = _product.at(found, "product_id")
    size = factor.at(found, "product_uom_id")
    reward = _reward.at(found, "reward_id") if found["reward_id"] else None
    linked_id = found["linked_line_id"]
    is_in_combo = bool(found["combo_item_id"])
    return {
        "id": found.record.id,
        "sequence": found["sequence"],
        "kind": _kind(found, product, reward),
        "section_line_id": None,
        "combo_line_id": linked_id if is_in_combo else None,
        "option_of_line_id": None if is_in_combo else linked_id,
        "optional": bool(found["is_optional"]),
        "reward": reward and reward["shown"],
        **(goods.at(found, "product_id") or NO_GOODS),
        "attributes": line_attributes(found),
        "description": found["name"],
        "quantity": decimal(found["product_uom_qty"], unit_places),
        "quantity_delivered": decimal(found["qty_delivered"], unit_places),
        "quantity_invoiced": decimal(found["qty_invoiced"], unit_places),
        "unit": unit.at(found, "product_uom_id"),
        "weight": _measure(product, "weight", size, places["Stock Weight"]),
        "volume": _measure(product, "volume", size, places["Volume"]),
        "lead_days": per_unit(found["customer_lead"], 0),
        "unit_price": per_unit(found["price_unit"], places["Product Price"]),
        "discount_percent": decimal(found["discount"], places["Discount"]),
        "taxes": tax.each(found, "tax_ids"),
        "tax": decimal(found["price_tax"], money_places),
        "subtotal": decimal(found["price_subtotal"], money_places),
        "total": decimal(found["price_total"], money_places),
        "custom": custom(found),
    }


def _kind(found, product, reward):
    """Return the kind of a line, as listed in docs/MESSAGES.md.

    :param found: Row of the line
    :param product: result of ``_product`` for the line's product, None without product
    :param reward: result of ``_reward`` for the line's reward, None without reward
    """
    if display_type := found["display_type"]:
        return _DISPLAYED.get(display_type, "note")
    if found["is_downpayment"]:
        return "down_payment"
    # a free product is delivered like any other
    if reward and reward["type"] != "product":
        return "gift_card" if reward["program_type"] in _PAYING else "reward"
    if found["is_delivery"]:
        return "shipping"
    if _is_discount(found):
        return "discount"
    if product and _is_kit(found, product):
        return "kit"
    return _TYPES.get(product and product["type"], "service")


def _is_discount(found):
    """Tell whether Odoo's *Discount* button has made the line.

    The product alone would not do: the company may have changed its discount product.
    """
    made_for = found["extra_tax_data"]
    if isinstance(made_for, dict):
        made_for = made_for.get("computation_key")
    return str(made_for).startswith("global_discount,") or (
        bool(found["product_id"])
        and found["product_id"] == _discount_product.at(found, "company_id")
    )


def _is_kit(found, product):
    return any(
        bom["product_id"] in (None, found["product_id"])
        and bom["company_id"] in (None, found["company_id"])
        for bom in product["kits"]
    )


def _measure(product, name, size, places):
    """Return the weight or volume of one unit of a line, None if unknown.

    :param name: ``weight`` or ``volume``
    :param size: ``factor`` of the line's unit
    """
    if not (product and product[name]):
        return None
    return per_unit(product[name] * size / product["size"], places)


@part("res.company", COMPANY)
def _discount_product(found):
    return found["sale_discount_product_id"]


@part(
    "product.product",
    PRODUCT,
    "product.template",
    "uom.uom",
    "mrp.bom",
)
def _product(found):
    """Values of a product that lines need and messages do not show."""
    return {
        **_template.at(found, "product_tmpl_id"),
        "weight": found["weight"],
        "volume": found["volume"],
    }


@part(
    "product.template",
    TEMPLATE + " attribute_line_ids ?bom_ids",
    "uom.uom",
    "mrp.bom",
)
def _template(found):
    boms = _bom.each(found, "bom_ids")
    return {
        "type": found["type"],
        "size": factor.at(found, "uom_id"),
        "kits": [bom for bom in boms if bom["is_kit"]],
    }


@part("mrp.bom", "type active product_id company_id")
def _bom(found):
    return {
        "is_kit": found["active"] and found["type"] == "phantom",
        "product_id": found["product_id"],
        "company_id": found["company_id"],
    }


@part("loyalty.reward", "reward_type program_id", "loyalty.program")
def _reward(found):
    program = _program.at(found, "program_id")
    return {
        "type": found["reward_type"],
        "program_type": program["type"],
        "shown": {
            "id": found.record.id,
            "program": program["name"],
            "program_type": program["type"],
        },
    }


@part("loyalty.program", "name program_type")
def _program(found):
    return {"name": text(found["name"]), "type": found["program_type"]}
