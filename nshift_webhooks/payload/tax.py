"""The taxes of an order's line."""

from ..capture.reading import part, row
from .parts import COMPANY
from .values import per_unit

#: Models whose values a tax shows.
TAX_MODELS = ("account.tax", "res.company")


@part("res.company", COMPANY)
def _prices_include_taxes(found):
    return found["account_price_include"] == "tax_included"


@part(
    "account.tax",
    "name amount_type amount price_include_override include_base_amount company_id",
    *TAX_MODELS,
)
def tax(found):
    """A tax, or a group of taxes with the taxes in it."""
    shown = {
        "id": found.record.id,
        "name": found["name"],
        "type": found["amount_type"],
    }
    if shown["type"] == "group":
        # a group has no rate of its own
        children = row(found.record, ["children_tax_ids"])
        return shown | {
            "amount": None,
            "included": None,
            "compound": None,
            "children": tax.each(children, "children_tax_ids"),
        }
    if override := found["price_include_override"]:
        included = override == "tax_included"
    else:
        included = _prices_include_taxes.at(found, "company_id")
    return shown | {
        "amount": per_unit(found["amount"], 2),
        "included": included,
        "compound": found["include_base_amount"],
        "children": [],
    }
