"""The lines of a shipment, as ``payload/shipment.py``, ``customs.py`` and ``kit.py``
build them.
"""

from .custom import CUSTOM
from .kinds import DECIMAL, TEXT, WHOLE, ListOf, Property, Thing, text
from .parts import ATTRIBUTE, COUNTRY, CURRENCY, PRODUCT

#: States of a shipment, which its lines have, too.
STATES = ("draft", "waiting", "confirmed", "assigned", "done", "cancel")

KIT = Thing(
    "kit",
    "The kit that something is a component of.",
    (
        Property("order_line_id", WHOLE, "the order's line that sells it", "by none"),
        Property("name", TEXT, "the kit's name"),
        Property(
            "sku",
            TEXT,
            "the merchant's number of the kit",
            "not entered, or a kit in a kit",
        ),
        Property(
            "quantity_per_kit",
            DECIMAL,
            "how many of the component make one kit, in the component's unit",
        ),
    ),
)

CUSTOMS = Thing(
    "customs",
    "What customs want to know of one `unit` of the goods.",
    (
        Property(
            "hs_code",
            TEXT,
            "the code of the goods in the Harmonized System",
            "not entered",
        ),
        Property(
            "country_of_origin",
            COUNTRY,
            "where they were made, by the code of ISO 3166-1 alpha-2",
            "not entered",
        ),
        Property(
            "unit_weight", DECIMAL, "what one unit weighs, in the shipment's `units`"
        ),
        Property(
            "unit_volume", DECIMAL, "the volume of one unit, in the shipment's `units`"
        ),
        Property(
            "unit_value",
            DECIMAL,
            "the order's price without taxes, discounts taken off; of a component of a "
            "kit, which has no price of its own there, the price in the catalogue",
        ),
        Property("currency", CURRENCY, "of the value, by the code of ISO 4217"),
    ),
)

CONTENT = Thing(
    "content",
    "A piece of what is reserved, or has left.",
    (
        Property("quantity", DECIMAL, "how much, in its own `unit`"),
        Property("unit", TEXT, "the unit's name"),
        Property("lot", TEXT, "the lot or serial number", "none"),
        Property("package_id", WHOLE, "the package that it is in", "in none"),
    ),
)

SHIPMENT_LINE = Thing(
    "shipment_line",
    "A line of a shipment or a return.",
    (
        Property("id", WHOLE, "Odoo's id of the move"),
        Property(
            "order_id", WHOLE, "the order by which it was ordered", "added by hand"
        ),
        Property(
            "order_line_id", WHOLE, "the line by which it was ordered", "added by hand"
        ),
        Property(
            "state",
            text(*STATES, "partially_available"),
            "as the shipment's, of this line; `partially_available`: a part is "
            "reserved; `cancel`: it will not come",
        ),
        Property("product", PRODUCT, "what is moved"),
        Property("sku", TEXT, "the merchant's number of the product", "not entered"),
        Property(
            "attributes",
            ListOf(ATTRIBUTE),
            "which variant it is, and what was chosen or written",
        ),
        Property("description", TEXT, "what was written for the warehouse", "nothing"),
        Property(
            "kit",
            KIT,
            "of which kit this is a component",
            "ordered as it is",
        ),
        Property("quantity", DECIMAL, "what is to leave, in `unit`"),
        Property(
            "quantity_done",
            DECIMAL,
            "what has left, in `unit`: zero until it is done",
        ),
        Property("unit", TEXT, "the name of the unit of the quantities"),
        Property("customs", CUSTOMS, "what customs want to know of one `unit`"),
        Property(
            "contents", ListOf(CONTENT), "what is reserved or has left, piece by piece"
        ),
        Property("custom", CUSTOM, "the line's further fields"),
    ),
)
