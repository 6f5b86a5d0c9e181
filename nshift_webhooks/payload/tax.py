"""The taxes of an order's line."""

from ..capture.reading import part
from .values import per_unit

#: Models that a tax shows something of.
TAX_MODELS = ("account.tax", "res.company")


@part("res.company", "account_price_include")
def _prices_include_taxes(found):
    return found["account_price_include"] == "tax_included"


@part(
    "account.tax",
    "name amount_type amount price_include_override include_base_amount company_id"
    " children_tax_ids",
    *TAX_MODELS,
)
def tax(found):
    """A tax, or a group of taxes with those that it consists of."""
    if override := found["price_include_override"]:
        included = override == "tax_included"
    else:
        included = _prices_include_taxes.at(found, "company_id")
    shown = {
        "id": found.record.id,
        "name": found["name"],
        "type": found["amount_type"],
        "amount": per_unit(found["amount"], 2),
        "included": included,
        "compound": found["include_base_amount"],
        "children": [],
    }
    if shown["type"] == "group":
        # these say it, and a group has no rate of its own
        children = tax.each(found, "children_tax_ids")
        shown |= {"amount": None, "included": None, "compound": None}
        shown["children"] = children
    return shown
