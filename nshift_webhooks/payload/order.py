"""The payload of a sales order."""

from ..capture.reading import part, row
from .custom import custom
from .html import plain_text
from .order_line import lines
from .parts import (
    COMPANY,
    carrier,
    channel,
    company,
    company_currency,
    contact,
    currency,
    digits,
    incoterm,
    named,
    units,
    warehouse,
)
from .payment import payments
from .values import day, decimal, exact, moment, second, text

REFERENCE = "name client_order_ref reference origin sale_channel_id"
COLUMNS = (
    REFERENCE + " state locked invoice_status delivery_status date_order validity_date"
    " commitment_date signed_by signed_on company_id warehouse_id user_id team_id"
    " tag_ids source_id medium_id campaign_id payment_term_id incoterm"
    " incoterm_location picking_policy carrier_id pickup_location_data currency_id"
    " currency_rate amount_untaxed amount_tax amount_total transaction_ids"
    " partner_id partner_invoice_id partner_shipping_id note order_line create_date"
)
_COLUMNS = tuple(COLUMNS.split())
#: Values of ``delivery_policy`` by Odoo's ``picking_policy``.
_POLICIES = {"direct": "as_available", "one": "all_at_once"}
#: Odoo's keys in ``pickup_location_data``, by the properties of messages.
_PICKUP_POINT = {
    "id": "id",
    "name": "name",
    "street": "street",
    "zip": "zip_code",
    "city": "city",
    "state": "state",
    "country": "country_code",
}


def order_payload(order):
    """Return the payload of an order.

    :param order: one ``sale.order``, as superuser and in its company's language
    """
    found = row(order, _COLUMNS)
    money = currency.at(found, "currency_id")
    places = digits.at(found, "company_id")
    return {
        "id": order.id,
        **order_reference(found),
        "state": found["state"],
        "locked": found["locked"],
        "invoice_status": text(found["invoice_status"]),
        "delivery_status": text(found["delivery_status"]),
        "created_at": second(found["create_date"]),
        "ordered_at": moment(found["date_order"]),
        "valid_until": day(found["validity_date"]),
        "promised_at": moment(found["commitment_date"]),
        "signed_at": moment(found["signed_on"]),
        "signed_by": text(found["signed_by"]),
        "company": company.at(found, "company_id"),
        "warehouse": warehouse.at(found, "warehouse_id"),
        "salesperson": _salesperson.at(found, "user_id"),
        "sales_team": _team.at(found, "team_id"),
        "tags": _tag.each(found, "tag_ids"),
        "source": _source.at(found, "source_id"),
        "medium": _medium.at(found, "medium_id"),
        "campaign": _campaign.at(found, "campaign_id"),
        "payment_term": _payment_term.at(found, "payment_term_id"),
        "incoterm": incoterm.at(found, "incoterm"),
        "incoterm_location": text(found["incoterm_location"]),
        "delivery_policy": _POLICIES.get(found["picking_policy"]),
        "carrier": carrier.at(found, "carrier_id"),
        "pickup_point": pickup_point(found["pickup_location_data"]),
        "currency": money["name"],
        "company_currency": company_currency.at(found, "company_id"),
        "currency_rate": exact(found["currency_rate"]),
        "tax_rounding": _tax_rounding.at(found, "company_id"),
        "amount_untaxed": decimal(found["amount_untaxed"], money["digits"]),
        "amount_tax": decimal(found["amount_tax"], money["digits"]),
        "amount_total": decimal(found["amount_total"], money["digits"]),
        **payments(found, found["amount_total"] or 0.0, money["digits"]),
        "customer": contact.at(found, "partner_id"),
        "invoice_address": contact.at(found, "partner_invoice_id"),
        "delivery_address": contact.at(found, "partner_shipping_id"),
        "terms": plain_text(found["note"]),
        "units": units.at(found, "company_id"),
        "custom": custom(found),
        "lines": lines(found, places),
    }


def order_reference(found):
    """Return the properties by which receivers identify an order.

    :param found: Row with the columns of ``REFERENCE``
    """
    return {
        "name": found["name"],
        "customer_reference": text(found["client_order_ref"]),
        "payment_reference": text(found["reference"]),
        "origin": text(found["origin"]),
        "channel": channel.at(found, "sale_channel_id"),
    }


def pickup_point(chosen):
    """Return the pickup point that the customer has chosen, None if there is none.

    :param chosen: data from the customer's browser, which may be of any type
    """
    if not (chosen and isinstance(chosen, dict)):
        return None
    values = ((name, chosen.get(key)) for name, key in _PICKUP_POINT.items())
    return {
        name: text(str(value)) if type(value) in (str, int) else None
        for name, value in values
    }


@part("res.company", COMPANY)
def _tax_rounding(found):
    by_line = found["tax_calculation_rounding_method"] == "round_per_line"
    return "line" if by_line else "order"


@part("res.users", "partner_id", "res.partner")
def _salesperson(found):
    return person.at(found, "partner_id")


person = named("res.partner")
_team = named("crm.team")
_tag = named("crm.tag")
_source = named("utm.source")
_medium = named("utm.medium")
_campaign = named("utm.campaign")
_payment_term = named("account.payment.term")
