"""A sales order, as ``payload/order.py`` builds it."""

from .custom import CUSTOM
from .kinds import (
    DAY,
    DECIMAL,
    FLAG,
    MOMENT,
    TEXT,
    WHOLE,
    ListOf,
    Property,
    Thing,
    one_of,
    text,
)
from .order_line import ORDER_LINE
from .parts import (
    CARRIER,
    CHANNEL,
    COMPANY,
    CONTACT,
    CURRENCY,
    PICKUP_POINT,
    UNITS,
    WAREHOUSE,
)
from .payment import PAYMENT

#: Properties by which receivers identify an order.
REFERENCE = (
    Property("id", WHOLE, "the order's id in Odoo"),
    Property("name", TEXT, "its number in Odoo"),
    Property("customer_reference", TEXT, "the customer's number for it", "not entered"),
    Property("payment_reference", TEXT, "what a payment names it by", "not entered"),
    Property("origin", TEXT, "what it was made from", "not entered"),
    Property("channel", CHANNEL, "the order channel", "none"),
)

ORDER = Thing(
    "order",
    "A quotation or an order, as the change has left it.",
    (
        *REFERENCE,
        Property(
            "state",
            text("draft", "sent", "sale", "cancel"),
            "`sent`: a quotation; `sale`: confirmed. These are Odoo's; other addons "
            "may have more",
        ),
        Property("locked", FLAG, "whether nobody may change it any more"),
        Property(
            "invoice_status",
            text("no", "to invoice", "invoiced", "upselling"),
            "what is invoiced; `no`: nothing to invoice, `upselling`: more has left "
            "than was ordered",
            "not known",
        ),
        Property(
            "delivery_status",
            text("pending", "started", "partial", "full"),
            "how much has left",
            "nothing to deliver",
        ),
        Property("created_at", MOMENT, "when it was made"),
        Property("ordered_at", MOMENT, "when it was ordered: confirmed, if it is"),
        Property("valid_until", DAY, "the day on which the offer ends", "none"),
        Property("promised_at", MOMENT, "the delivery that was promised", "none"),
        Property("signed_at", MOMENT, "when it was signed online", "not signed"),
        Property("signed_by", TEXT, "who has signed it online", "not signed"),
        Property("company", COMPANY, "who sells"),
        Property("warehouse", WAREHOUSE, "from where", "the company has none"),
        Property("salesperson", TEXT, "the salesperson's name", "nobody"),
        Property("sales_team", TEXT, "the sales team's name", "none"),
        Property("tags", ListOf(TEXT), "the names of its tags, else `[]`"),
        Property("source", TEXT, "what has brought the customer, by name", "unknown"),
        Property("medium", TEXT, "by what means, by name", "unknown"),
        Property("campaign", TEXT, "with which campaign, by name", "unknown"),
        Property("payment_term", TEXT, "the payment term's name", "none"),
        Property("incoterm", text("DAP", "EXW"), "the incoterm's code", "none"),
        Property(
            "incoterm_location", TEXT, "the place that belongs to the incoterm", "none"
        ),
        Property(
            "delivery_policy",
            one_of("as_available", "all_at_once"),
            "when the goods leave",
            "by another addon's policy",
        ),
        Property("carrier", CARRIER, "by whom it is delivered", "none"),
        Property(
            "pickup_point", PICKUP_POINT, "where the customer fetches it", "none chosen"
        ),
        Property("currency", CURRENCY, "the order's currency, by the code of ISO 4217"),
        Property("company_currency", CURRENCY, "the company's currency, likewise"),
        Property(
            "currency_rate",
            DECIMAL,
            "how much of `currency` one unit of `company_currency` is",
            "Odoo has no rate",
        ),
        Property(
            "tax_rounding",
            one_of("line", "order"),
            "`line`: taxes are rounded for each line, and add up to `amount_tax`. "
            "`order`: they are rounded once for each tax, so the lines' sums may "
            "differ from the totals by some cents; the totals hold",
        ),
        Property("amount_untaxed", DECIMAL, "the total without taxes, in `currency`"),
        Property("amount_tax", DECIMAL, "the taxes, in `currency`"),
        Property("amount_total", DECIMAL, "the total with taxes, in `currency`"),
        Property(
            "amount_paid",
            DECIMAL,
            "the sum of the payments online that are `authorized` or `done`",
        ),
        Property(
            "payment_state",
            one_of("paid", "authorized", "partial", "pending", "unpaid"),
            "`paid`: nothing is left to pay; `authorized`: nor will be, once what is "
            "reserved is collected. What is paid for an invoice, not online for the "
            "order, is neither here nor in `amount_paid` and `payments`",
        ),
        Property(
            "payments",
            ListOf(PAYMENT),
            "the payments online that are `pending`, `authorized` or `done`",
        ),
        Property("customer", CONTACT, "who buys"),
        Property("invoice_address", CONTACT, "where the invoice goes"),
        Property(
            "delivery_address",
            CONTACT,
            "where the goods go; of a confirmed order it may be that of its pickup "
            "point",
        ),
        Property("terms", TEXT, "terms and notes, as plain text", "none"),
        Property("units", UNITS, "the units of the lines' figures"),
        Property("custom", CUSTOM, "the order's further fields"),
        Property("lines", ListOf(ORDER_LINE), "its lines, in their order"),
    ),
)
