"""The payload of a sales order."""

from .parts import carrier, channel, company, contact, product
from .values import day, decimal, moment, price, text


def order_payload(order):
    """:param order: one ``sale.order``, as superuser and without a language"""
    digits = order.currency_id.decimal_places
    return {
        "id": order.id,
        **order_reference(order),
        "state": order.state,
        "invoice_status": text(order.invoice_status),
        "delivery_status": text(order.delivery_status),
        "ordered_at": moment(order.date_order),
        "valid_until": day(order.validity_date),
        "promised_at": moment(order.commitment_date),
        "company": company(order.company_id),
        "salesperson": text(order.user_id.name),
        "payment_term": text(order.payment_term_id.name),
        "incoterm": text(order.incoterm.code),
        "carrier": carrier(order.carrier_id),
        "currency": order.currency_id.name,
        "amount_untaxed": decimal(order.amount_untaxed, digits),
        "amount_tax": decimal(order.amount_tax, digits),
        "amount_total": decimal(order.amount_total, digits),
        "customer": contact(order.partner_id),
        "invoice_address": contact(order.partner_invoice_id),
        "delivery_address": contact(order.partner_shipping_id),
        "lines": [
            _line(line, digits)
            for line in order.order_line.sorted(lambda line: (line.sequence, line.id))
        ],
    }


def order_reference(order):
    """What tells a receiver which order it is."""
    return {
        "name": order.name,
        "customer_reference": text(order.client_order_ref),
        "payment_reference": text(order.reference),
        "origin": text(order.origin),
        "channel": channel(order.sale_channel_id),
    }


def _line(line, digits):
    precision = line.env["decimal.precision"].precision_get
    quantity_digits = precision("Product Unit")
    return {
        "id": line.id,
        "sequence": line.sequence,
        # a section or a note; null for what is sold
        "display_type": text(line.display_type),
        "product": product(line.product_id),
        "sku": text(line.product_id.default_code),
        "description": line.name,
        "quantity": decimal(line.product_uom_qty, quantity_digits),
        "quantity_delivered": decimal(line.qty_delivered, quantity_digits),
        "quantity_invoiced": decimal(line.qty_invoiced, quantity_digits),
        "unit": text(line.product_uom_id.name),
        "unit_price": price(line.price_unit, precision("Product Price")),
        "discount_percent": decimal(line.discount, precision("Discount")),
        "taxes": [
            {"id": tax.id, "name": tax.name, "type": tax.amount_type}
            | {"amount": price(tax.amount, 2)}
            for tax in line.tax_ids.sorted("id")
        ],
        "tax": decimal(line.price_tax, digits),
        "subtotal": decimal(line.price_subtotal, digits),
        "total": decimal(line.price_total, digits),
    }
