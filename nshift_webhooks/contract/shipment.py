"""A shipment, and a return, as ``payload/shipment.py`` builds them."""

from dataclasses import replace

from .custom import CUSTOM
from .kinds import (
    COUNT,
    DECIMAL,
    FLAG,
    MOMENT,
    TEXT,
    WHOLE,
    ListOf,
    Property,
    Thing,
    text,
)
from .order import REFERENCE
from .packages import PACKAGE
from .parts import CARRIER, COMPANY, CONTACT, MONEY, PICKUP_POINT, UNITS
from .shipment_line import SHIPMENT_LINE, STATES

ORDER_REFERENCE = Thing("order_reference", "An order whose goods are moved.", REFERENCE)

TRANSFER = Thing(
    "transfer_reference",
    "Another shipment.",
    (
        Property("id", WHOLE, "its id in Odoo"),
        Property("name", TEXT, "what people call it"),
    ),
)

TRACKING = Thing(
    "tracking",
    "The number of a parcel.",
    (
        Property("number", TEXT, "the number"),
        Property(
            "url",
            TEXT,
            "where the parcel can be followed: the carrier's template with the number "
            "filled in",
            "only the carrier's own system makes the link: nobody who saves an order "
            "waits for a carrier",
        ),
    ),
)

_BACKORDER_OF = Property(
    "backorder_of",
    TRANSFER,
    "the shipment of which this is the rest",
    "of none",
)
_RETURN_OF = Property(
    "return_of", TRANSFER, "the shipment that it returns", "Odoo does not know"
)

SHIPMENT = Thing(
    "shipment",
    "What takes an order's goods to its customer, as the change has left it.",
    (
        Property("id", WHOLE, "the transfer's id in Odoo"),
        Property("name", TEXT, "what people call it: `WH/OUT/00012`"),
        Property(
            "state",
            text(*STATES),
            "`confirmed`: nothing is reserved; `assigned`: ready; `done`: it has left. "
            "These are Odoo's; other addons may have more",
        ),
        Property(
            "orders",
            ListOf(ORDER_REFERENCE),
            "the orders whose goods these are, by id. A webhook that is limited to "
            "channels hears of it if one of the orders has one of them",
        ),
        Property(
            "origin", TEXT, "what it was made for, as Odoo says it", "not entered"
        ),
        _BACKORDER_OF,
        Property("created_at", MOMENT, "when the transfer was made"),
        Property("scheduled_at", MOMENT, "when it should leave", "not planned"),
        Property(
            "deadline_at",
            MOMENT,
            "when it has to leave, so that what was promised is kept",
            "nothing was promised",
        ),
        Property("done_at", MOMENT, "when it left", "it has not"),
        Property(
            "priority",
            text("normal", "urgent"),
            "how urgent it is; other addons may have more",
        ),
        Property("all_at_once", FLAG, "whether it has to leave complete"),
        Property(
            "instructions",
            TEXT,
            "what was written for whoever delivers it, as plain text",
            "nothing",
        ),
        Property("signed", FLAG, "whether somebody signed for it"),
        Property("company", COMPANY, "whose shipment it is"),
        Property("customer", CONTACT, "who has bought, by the (first) order"),
        Property(
            "invoice_address", CONTACT, "where the invoice goes, by the (first) order"
        ),
        Property(
            "warehouse",
            TEXT,
            "the short name of the warehouse that it leaves from",
            "a supplier sends it",
        ),
        Property(
            "sender_address",
            CONTACT,
            "where it is fetched",
            "a supplier sends it whom nobody has entered",
        ),
        Property("delivery_address", CONTACT, "where it goes"),
        Property(
            "pickup_point",
            PICKUP_POINT,
            "the carrier's point at which the customer fetches it",
            "none chosen",
        ),
        Property("carrier", CARRIER, "by whom it is delivered", "none"),
        Property("trackings", ListOf(TRACKING), "the parcels' numbers"),
        Property("labels", ListOf(TEXT), "the names of the labels that are attached"),
        Property(
            "return_labels",
            ListOf(TEXT),
            "likewise of the labels with which it can be sent back",
        ),
        Property(
            "incoterm",
            text("DAP", "EXW"),
            "the incoterm's code, by the (first) order",
            "none",
        ),
        Property(
            "incoterm_location",
            TEXT,
            "the place that belongs to the incoterm, by the (first) order",
            "none",
        ),
        Property(
            "cash_on_delivery",
            MONEY,
            "what is to be collected when it arrives",
            "nothing",
        ),
        Property("units", UNITS, "the units of its weights, of volumes and of lengths"),
        Property(
            "weight",
            DECIMAL,
            "of all of it, packages included, the same before and after it has left; "
            "of what is not reserved yet, what the ordered goods weigh",
        ),
        Property("loose_weight", DECIMAL, "of what is in no package"),
        Property(
            "parcel_count",
            COUNT,
            "how many pieces there are to carry: packages that are in no other, and "
            "one for all that is in none",
        ),
        Property(
            "packages",
            ListOf(PACKAGE),
            "its packages, those included that only hold others",
        ),
        Property("custom", CUSTOM, "the shipment's further fields"),
        Property("lines", ListOf(SHIPMENT_LINE), "what it takes along"),
    ),
)


def _of_return(each):
    changed = {
        "backorder_of": _RETURN_OF,
        "sender_address": Property(
            "sender_address", CONTACT, "the customer, from whom it comes"
        ),
        "delivery_address": Property("delivery_address", CONTACT, "where the goods go"),
        "cash_on_delivery": Property(
            "cash_on_delivery", MONEY, "of a shipment only", "always, of a return"
        ),
    }
    return changed.get(each.name, each)


RETURN = replace(
    SHIPMENT,
    name="return",
    meaning="What comes back from an order's customer, as the change has left it.",
    properties=tuple(map(_of_return, SHIPMENT.properties)),
)
