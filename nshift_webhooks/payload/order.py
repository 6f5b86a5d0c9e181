"""The payload of a sales order."""

from operator import itemgetter

from ..capture.reading import part, row
from .parts import (
    NO_GOODS,
    carrier,
    channel,
    company,
    contact,
    currency,
    digits,
    goods,
    named,
    unit,
)
from .values import day, decimal, moment, price, text

REFERENCE = "name client_order_ref reference origin sale_channel_id"
COLUMNS = (
    REFERENCE
    + " state invoice_status delivery_status date_order validity_date commitment_date"
    " company_id user_id payment_term_id incoterm carrier_id currency_id"
    " amount_untaxed amount_tax amount_total"
    " partner_id partner_invoice_id partner_shipping_id order_line create_date"
)


def order_payload(order):
    """:param order: one ``sale.order``, as superuser and without a language"""
    found = row(order, COLUMNS.split())
    money = currency.at(found, "currency_id")
    places = digits.at(found, "company_id")
    return {
        "id": order.id,
        **order_reference(found),
        "state": found["state"],
        "invoice_status": text(found["invoice_status"]),
        "delivery_status": text(found["delivery_status"]),
        "ordered_at": moment(found["date_order"]),
        "valid_until": day(found["validity_date"]),
        "promised_at": moment(found["commitment_date"]),
        "company": company.at(found, "company_id"),
        "salesperson": _salesperson.at(found, "user_id"),
        "payment_term": _payment_term.at(found, "payment_term_id"),
        "incoterm": _incoterm.at(found, "incoterm"),
        "carrier": carrier.at(found, "carrier_id"),
        "currency": money["name"],
        "amount_untaxed": decimal(found["amount_untaxed"], money["digits"]),
        "amount_tax": decimal(found["amount_tax"], money["digits"]),
        "amount_total": decimal(found["amount_total"], money["digits"]),
        "customer": contact.at(found, "partner_id"),
        "invoice_address": contact.at(found, "partner_invoice_id"),
        "delivery_address": contact.at(found, "partner_shipping_id"),
        "lines": sorted(
            _line.each(found, "order_line", places),
            key=itemgetter("sequence"),
        ),
    }


def order_reference(found):
    """What tells a receiver which order it is.

    :param found: a Row with the columns of ``REFERENCE``
    """
    return {
        "name": found["name"],
        "customer_reference": text(found["client_order_ref"]),
        "payment_reference": text(found["reference"]),
        "origin": text(found["origin"]),
        "channel": channel.at(found, "sale_channel_id"),
    }


@part("res.users", "partner_id", "res.partner")
def _salesperson(found):
    return person.at(found, "partner_id")


@part("account.incoterms", "code")
def _incoterm(found):
    return text(found["code"])


person = named("res.partner")
_payment_term = named("account.payment.term")


@part(
    "sale.order.line",
    "sequence display_type product_id name product_uom_qty qty_delivered qty_invoiced"
    " product_uom_id price_unit discount tax_ids price_tax price_subtotal price_total"
    " currency_id",
    "product.product",
    "product.template",
    "uom.uom",
    "account.tax",
    "res.currency",
)
def _line(found, places):
    money = currency.at(found, "currency_id")
    money_places = money["digits"] if money else 2
    unit_places = places["Product Unit"]
    return {
        "id": found.record.id,
        "sequence": found["sequence"],
        # a section or a note; null for what is sold
        "display_type": text(found["display_type"]),
        **(goods.at(found, "product_id") or NO_GOODS),
        "description": found["name"],
        "quantity": decimal(found["product_uom_qty"], unit_places),
        "quantity_delivered": decimal(found["qty_delivered"], unit_places),
        "quantity_invoiced": decimal(found["qty_invoiced"], unit_places),
        "unit": unit.at(found, "product_uom_id"),
        "unit_price": price(found["price_unit"], places["Product Price"]),
        "discount_percent": decimal(found["discount"], places["Discount"]),
        "taxes": _tax.each(found, "tax_ids"),
        "tax": decimal(found["price_tax"], money_places),
        "subtotal": decimal(found["price_subtotal"], money_places),
        "total": decimal(found["price_total"], money_places),
    }


@part("account.tax", "name amount_type amount")
def _tax(found):
    return {
        "id": found.record.id,
        "name": found["name"],
        "type": found["amount_type"],
        "amount": price(found["amount"], 2),
    }
