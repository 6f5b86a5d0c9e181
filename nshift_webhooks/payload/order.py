"""The payload of a sales order."""

from operator import itemgetter

from ..capture.reading import part, row
from .parts import NO_GOODS, carrier, channel, company, contact, currency, goods, name
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
    found = row(order, COLUMNS)
    salesperson, incoterm = _salesperson(order.user_id), _incoterm(order.incoterm)
    money = currency(order.currency_id)
    digits = money["digits"]
    precision = {
        usage: order.env["decimal.precision"].precision_get(usage)
        for usage in ("Product Unit", "Product Price", "Discount")
    }
    return {
        "id": order.id,
        **order_reference(order),
        "state": found["state"],
        "invoice_status": text(found["invoice_status"]),
        "delivery_status": text(found["delivery_status"]),
        "ordered_at": moment(found["date_order"]),
        "valid_until": day(found["validity_date"]),
        "promised_at": moment(found["commitment_date"]),
        "company": company(order.company_id),
        "salesperson": salesperson and salesperson["name"],
        "payment_term": name(order.payment_term_id),
        "incoterm": incoterm and text(incoterm["code"]),
        "carrier": carrier(order.carrier_id),
        "currency": money["name"],
        "amount_untaxed": decimal(found["amount_untaxed"], digits),
        "amount_tax": decimal(found["amount_tax"], digits),
        "amount_total": decimal(found["amount_total"], digits),
        "customer": contact(order.partner_id),
        "invoice_address": contact(order.partner_invoice_id),
        "delivery_address": contact(order.partner_shipping_id),
        "lines": sorted(
            (_line(line, precision) for line in order.order_line),
            key=itemgetter("sequence", "id"),
        ),
    }


def order_reference(order):
    """What tells a receiver which order it is."""
    found = row(order, REFERENCE)
    return {
        "name": found["name"],
        "customer_reference": text(found["client_order_ref"]),
        "payment_reference": text(found["reference"]),
        "origin": text(found["origin"]),
        "channel": channel(order.sale_channel_id),
    }


@part("partner_id", "res.partner")
def _salesperson(user, _found):
    return {"name": name(user.partner_id)}


@part("code")
def _incoterm(record, found):
    return found


@part(
    "sequence display_type product_id name product_uom_qty qty_delivered qty_invoiced"
    " product_uom_id price_unit discount tax_ids price_tax price_subtotal price_total"
    " currency_id",
    "product.product",
    "product.template",
    "uom.uom",
    "account.tax",
    "res.currency",
)
def _line(line, found, precision):
    money = currency(line.currency_id)
    digits = money["digits"] if money else 2
    quantity_digits = precision["Product Unit"]
    return {
        "id": line.id,
        "sequence": found["sequence"],
        # a section or a note; null for what is sold
        "display_type": text(found["display_type"]),
        **(goods(line.product_id) or NO_GOODS),
        "description": found["name"],
        "quantity": decimal(found["product_uom_qty"], quantity_digits),
        "quantity_delivered": decimal(found["qty_delivered"], quantity_digits),
        "quantity_invoiced": decimal(found["qty_invoiced"], quantity_digits),
        "unit": name(line.product_uom_id),
        "unit_price": price(found["price_unit"], precision["Product Price"]),
        "discount_percent": decimal(found["discount"], precision["Discount"]),
        "taxes": sorted(map(_tax, line.tax_ids), key=itemgetter("id")),
        "tax": decimal(found["price_tax"], digits),
        "subtotal": decimal(found["price_subtotal"], digits),
        "total": decimal(found["price_total"], digits),
    }


@part("name amount_type amount")
def _tax(tax, found):
    return {
        "id": tax.id,
        "name": found["name"],
        "type": found["amount_type"],
        "amount": price(found["amount"], 2),
    }
