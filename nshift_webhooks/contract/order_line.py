"""The lines of a sales order, as ``payload/order_line.py`` builds them."""

from .custom import CUSTOM
from .kinds import DECIMAL, FLAG, TEXT, WHOLE, ListOf, Property, Thing, one_of, text
from .parts import ATTRIBUTE, PRODUCT
from .tax import TAX

KINDS = (
    "goods",
    "service",
    "kit",
    "combo",
    "shipping",
    "discount",
    "reward",
    "gift_card",
    "down_payment",
    "section",
    "subsection",
    "note",
)

REWARD = Thing(
    "reward",
    "What a program gives, such as a gift card or a promotion.",
    (
        Property("id", WHOLE, "the reward's id in Odoo"),
        Property("program", TEXT, "the program's name"),
        Property(
            "program_type",
            text(
                "coupons",
                "gift_card",
                "loyalty",
                "promotion",
                "ewallet",
                "promo_code",
                "buy_x_get_y",
                "next_order_coupons",
            ),
            "what kind of program it is; other addons may have more",
        ),
    ),
)

ORDER_LINE = Thing(
    "order_line",
    "A line of an order.",
    (
        Property("id", WHOLE, "the line's id in Odoo"),
        Property(
            "sequence",
            WHOLE,
            "where it stands: lines are in the order of `sequence`, then `id`",
        ),
        Property("kind", one_of(*KINDS), "what it is, see below"),
        Property(
            "section_line_id",
            WHOLE,
            "the line of the section or subsection that it is in",
            "in none",
        ),
        Property(
            "combo_line_id",
            WHOLE,
            "the line of the combo that it is a part of",
            "of none",
        ),
        Property(
            "option_of_line_id",
            WHOLE,
            "the line that it was added to as an option",
            "to none",
        ),
        Property(
            "optional",
            FLAG,
            "whether it is in a section that the customer may choose from; what is not "
            "chosen has no quantity",
        ),
        Property("reward", REWARD, "the reward of a program that it is", "bought"),
        Property(
            "product", PRODUCT, "what is sold", "a section, a note, a down payment"
        ),
        Property(
            "sku",
            TEXT,
            "the merchant's number of the product",
            "not entered, or no product",
        ),
        Property("attributes", ListOf(ATTRIBUTE), "what was chosen of the product"),
        Property("description", TEXT, "the line as the customer reads it"),
        Property("quantity", DECIMAL, "how much was ordered, in `unit`"),
        Property("quantity_delivered", DECIMAL, "how much has left, in `unit`"),
        Property("quantity_invoiced", DECIMAL, "how much is invoiced, in `unit`"),
        Property("unit", TEXT, "the name of the unit of the quantities", "no product"),
        Property(
            "weight",
            DECIMAL,
            "what one `unit` weighs, in the order's `units`",
            "not entered, or no product",
        ),
        Property(
            "volume",
            DECIMAL,
            "the volume of one `unit`, in the order's `units`",
            "not entered, or no product",
        ),
        Property("lead_days", DECIMAL, "days from the confirmation to the delivery"),
        Property(
            "unit_price",
            DECIMAL,
            "the price of one `unit` before the discount, with those taxes that are "
            "`included`, in the order's `currency`",
        ),
        Property("discount_percent", DECIMAL, "what is taken off, in percent"),
        Property("taxes", ListOf(TAX), "the taxes of the line"),
        Property("tax", DECIMAL, "the taxes of the whole line"),
        Property("subtotal", DECIMAL, "the whole line without taxes"),
        Property("total", DECIMAL, "the whole line with taxes"),
        Property("custom", CUSTOM, "the line's further fields"),
    ),
)
