"""What orders and shipments have in common."""

from .values import text


def channel(record):
    """:param record: ``sale.channel``"""
    return {"id": record.id, "name": record.name} if record else None


def company(record):
    """:param record: ``res.company``"""
    # Odoo's fields of the company itself take 5 ms to read the same
    partner = record.partner_id
    # nothing else of it is shown, and all its columns would be read
    partner.fetch(["vat", "country_id"])
    return {
        "id": record.id,
        "name": record.name,
        "vat": text(partner.vat),
        "country": partner.country_id._nshift_webhook_code(),
    }


def contact(record):
    """A person or a firm with its address.

    :param record: ``res.partner``
    """
    if not record:
        return None
    return {
        "id": record.id,
        "name": text(record.name),
        "company_name": text(record.commercial_company_name),
        "reference": text(record.ref),
        "vat": text(record.vat),
        "email": text(record.email),
        "phone": text(record.phone),
        "language": text(record.lang),
        "street": text(record.street),
        "street2": text(record.street2),
        "zip": text(record.zip),
        "city": text(record.city),
        "state": text(record.state_id.code),
        "country": record.country_id._nshift_webhook_code(),
    }


def product(record):
    """:param record: ``product.product``"""
    if not record:
        return None
    return {
        "id": record.id,
        "barcode": text(record.barcode),
        "name": record.name,
    }


def carrier(record):
    """:param record: ``delivery.carrier``"""
    return {"id": record.id, "name": record.name} if record else None
