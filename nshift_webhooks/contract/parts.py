"""The parts that orders and shipments share, as ``payload/parts.py`` builds them."""

from .custom import CUSTOM
from .kinds import DECIMAL, FLAG, TEXT, WHOLE, Property, Thing, one_of, text

COUNTRY = text("SE", "DK")
CURRENCY = text("EUR", "SEK")

CHANNEL = Thing(
    "channel",
    "An order channel: where orders come from.",
    (
        Property("id", WHOLE, "the channel's id in Odoo"),
        Property("name", TEXT, "its name"),
    ),
)

COMPANY = Thing(
    "company",
    "A company of the Odoo.",
    (
        Property("id", WHOLE, "the company's id in Odoo"),
        Property("name", TEXT, "its name"),
        Property("vat", TEXT, "its tax number", "not entered"),
        Property(
            "country",
            COUNTRY,
            "its country, by the code of ISO 3166-1 alpha-2",
            "not entered",
        ),
    ),
)

CONTACT = Thing(
    "contact",
    "A person or a firm with its address.",
    (
        Property("id", WHOLE, "the contact's id in Odoo"),
        Property(
            "name",
            TEXT,
            "the name; that of the contact that it belongs to, where an address has "
            "none of its own",
            "neither has one",
        ),
        Property(
            "is_company",
            FLAG,
            "whose name it is: a firm's (`true`) or a person's",
        ),
        Property(
            "phone",
            TEXT,
            "the telephone; that of the contact that it belongs to, where an address "
            "has none of its own",
            "neither has one",
        ),
        Property(
            "email",
            TEXT,
            "the e-mail address; that of the contact that it belongs to, where an "
            "address has none of its own",
            "neither has one",
        ),
        Property("company_name", TEXT, "the firm's name in any case", "of no firm"),
        Property("reference", TEXT, "the merchant's number for it", "not entered"),
        Property("vat", TEXT, "the tax number", "not entered"),
        Property(
            "language",
            text("en_US", "sv_SE"),
            "the language in which Odoo writes to it, by Odoo's code",
            "not entered",
        ),
        Property("street", TEXT, "the street and the number", "not entered"),
        Property("street2", TEXT, "a second line of the street", "not entered"),
        Property("zip", TEXT, "the postal code", "not entered"),
        Property("city", TEXT, "the city", "not entered"),
        Property(
            "state", TEXT, "the state or province, by Odoo's code of it", "not entered"
        ),
        Property(
            "country",
            COUNTRY,
            "the country, by the code of ISO 3166-1 alpha-2",
            "not entered",
        ),
        Property("custom", CUSTOM, "the contact's further fields"),
    ),
)

PRODUCT = Thing(
    "product",
    "A product, in one of its variants.",
    (
        Property("id", WHOLE, "the product's id in Odoo"),
        Property("barcode", TEXT, "its barcode", "not entered"),
        Property("name", TEXT, "its name, without the variant's attributes"),
        Property(
            "custom",
            CUSTOM,
            "the further fields of the product and of its variant, in one object",
        ),
    ),
)

WAREHOUSE = Thing(
    "warehouse",
    "A warehouse.",
    (
        Property("id", WHOLE, "the warehouse's id in Odoo"),
        Property("code", TEXT, "its short name"),
        Property("name", TEXT, "its name"),
    ),
)

CARRIER = Thing(
    "carrier",
    "A delivery method: who carries the goods, and how.",
    (
        Property("id", WHOLE, "the delivery method's id in Odoo"),
        Property("name", TEXT, "its name"),
        Property(
            "type",
            text("fixed", "base_on_rule", "ups"),
            "the carrier's kind in Odoo; each carrier's addon has its own",
        ),
        Property(
            "service_code",
            TEXT,
            "the carrier's own code of the service that is booked",
            "its addon has none",
        ),
    ),
)

PICKUP_POINT = Thing(
    "pickup_point",
    "A carrier's point at which a customer fetches the goods.",
    (
        Property("id", TEXT, "the carrier's own id of it", "not told"),
        Property("name", TEXT, "its name", "not told"),
        Property("street", TEXT, "its street", "not told"),
        Property("zip", TEXT, "its postal code", "not told"),
        Property("city", TEXT, "its city", "not told"),
        Property("state", TEXT, "its state or province", "not told"),
        Property("country", COUNTRY, "its country, by the carrier's code", "not told"),
    ),
)

UNITS = Thing(
    "units",
    "The units of a message's figures.",
    (
        Property("weight", one_of("kg", "lb"), "of weights"),
        Property("volume", one_of("m³", "ft³"), "of volumes"),
        Property("length", one_of("mm", "ft"), "of lengths"),
    ),
)

ATTRIBUTE = Thing(
    "attribute",
    "What was chosen of a product that comes in variants.",
    (
        Property("attribute", TEXT, "what there is to choose, such as a colour"),
        Property("value", TEXT, "what was chosen"),
        Property("custom", TEXT, "a text of the customer's own", "none was written"),
    ),
)

MONEY = Thing(
    "money",
    "An amount with its currency.",
    (
        Property("amount", DECIMAL, "how much"),
        Property("currency", CURRENCY, "the code of ISO 4217"),
    ),
)
