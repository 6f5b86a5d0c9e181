"""What orders and shipments have in common."""

from ..capture.reading import part, row
from .values import text


@part("name")
def channel(record, found):
    """:param record: ``sale.channel``"""
    return {"id": record.id, "name": found["name"]}


@part("name partner_id", "res.partner")
def company(record, found):
    """:param record: ``res.company``"""
    # Odoo's fields of the company itself take 5 ms to read the same
    partner = record.partner_id
    return {
        "id": record.id,
        "name": found["name"],
        "vat": text(row(partner, "vat country_id")["vat"]),
        "country": partner.country_id._nshift_webhook_code(),
    }


@part("name decimal_places")
def currency(record, found):
    """:param record: ``res.currency``"""
    return {"name": found["name"], "digits": found["decimal_places"]}


@part(
    "name commercial_company_name ref vat email phone lang street street2 zip city"
    " state_id country_id",
    "res.country.state",
)
def contact(record, found):
    """A person or a firm with its address.

    :param record: ``res.partner``
    """
    state = _state(record.state_id)
    return {
        "id": record.id,
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
        "state": state and text(state["code"]),
        "country": record.country_id._nshift_webhook_code(),
    }


@part("code")
def _state(record, found):
    return found


@part("barcode default_code product_tmpl_id", "product.template")
def goods(record, found):
    """A product, and the number that the merchant has for it.

    :param record: ``product.product``
    """
    return {
        "product": {
            "id": record.id,
            "barcode": text(found["barcode"]),
            "name": name(record.product_tmpl_id),
        },
        "sku": text(found["default_code"]),
    }


NO_GOODS = {"product": None, "sku": None}


@part("name")
def carrier(record, found):
    """:param record: ``delivery.carrier``"""
    return {"id": record.id, "name": found["name"]}


@part("name")
def _named(record, found):
    return found


def name(record):
    """Return what a record is called, None for no record."""
    return text(record and _named(record)["name"])
