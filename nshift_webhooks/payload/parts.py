"""What orders and shipments have in common."""

from ..capture.reading import part
from .values import text


@part("sale.channel", "name")
def channel(found):
    return {"id": found.record.id, "name": found["name"]}


@part("res.company", "name partner_id", "res.partner")
def company(found):
    # Odoo's fields of the company itself take 5 ms to read the same
    partner = tax_payer.at(found, "partner_id")
    return {"id": found.record.id, "name": found["name"], **partner}


@part("res.partner", "vat country_id")
def tax_payer(found):
    return {"vat": text(found["vat"]), "country": _country(found)}


@part("res.company", "")
def digits(found):
    """How many digits numbers have after the point, by what they are used for."""
    precision = found.record.env["decimal.precision"].precision_get
    usages = "Product Unit", "Product Price", "Discount", "Stock Weight"
    return {usage: precision(usage) for usage in usages}


@part("res.currency", "name decimal_places")
def currency(found):
    return {"name": found["name"], "digits": found["decimal_places"]}


@part(
    "res.partner",
    "name commercial_company_name ref vat email phone lang street street2 zip city"
    " state_id country_id",
    "res.country.state",
)
def contact(found):
    """A person or a firm with its address."""
    return {
        "id": found.record.id,
        "name": text(found["name"]),
        "company_name": text(found["commercial_company_name"]),
        "reference": text(found["ref"]),
        "vat": text(found["vat"]),
        "email": text(found["email"]),
        "phone": text(found["phone"]),
        "language": text(found["lang"]),
        "street": text(found["street"]),
        "street2": text(found["street2"]),
        "zip": text(found["zip"]),
        "city": text(found["city"]),
        "state": _state.at(found, "state_id"),
        "country": _country(found),
    }


@part("res.country.state", "code")
def _state(found):
    return text(found["code"])


def _country(found):
    return found.record.country_id._nshift_webhook_code()


@part(
    "product.product",
    "barcode default_code product_tmpl_id",
    "product.template",
)
def goods(found):
    """A product, and the number that the merchant has for it."""
    return {
        "product": {
            "id": found.record.id,
            "barcode": text(found["barcode"]),
            "name": _template.at(found, "product_tmpl_id"),
        },
        "sku": text(found["default_code"]),
    }


NO_GOODS = {"product": None, "sku": None}


@part("delivery.carrier", "name")
def carrier(found):
    return {"id": found.record.id, "name": found["name"]}


def named(model):
    """Return the Part of a record that is its name.

    :param str model: one that stores a ``name``
    """
    return part(model, "name")(lambda found: text(found["name"]))


_template = named("product.template")
unit = named("uom.uom")
