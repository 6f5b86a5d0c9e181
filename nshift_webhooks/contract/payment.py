"""Online payments of an order, as ``payload/payment.py`` builds them."""

from .kinds import DECIMAL, MOMENT, TEXT, WHOLE, Property, Thing, one_of, text
from .parts import CURRENCY

PAYMENT = Thing(
    "payment",
    "A payment online of which money is to be expected.",
    (
        Property("id", WHOLE, "the payment's id in Odoo"),
        Property(
            "state",
            one_of("pending", "authorized", "done"),
            "`authorized`: reserved, not collected yet",
        ),
        Property("amount", DECIMAL, "how much; negative: paid back"),
        Property("currency", CURRENCY, "of the amount, by the code of ISO 4217"),
        Property(
            "provider",
            text("stripe", "adyen", "custom"),
            "Odoo's code of the payment provider",
        ),
        Property("method", text("card", "klarna"), "Odoo's code of the payment method"),
        Property("reference", TEXT, "Odoo's reference of the payment"),
        Property(
            "provider_reference", TEXT, "the provider's own reference", "it has none"
        ),
        Property("at", MOMENT, "when its state last changed", "not known"),
    ),
)
