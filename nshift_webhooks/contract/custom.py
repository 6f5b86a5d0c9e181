"""Further fields, which system administrators have added to messages, as
``payload/custom.py`` builds them.
"""

from .kinds import FLAG, TEXT, WHOLE, AnyOf, ByKey, ListOf, Property, Thing

REFERENCE = Thing(
    "reference",
    "A record of Odoo's that a further field refers to.",
    (
        Property("id", WHOLE, "its id in Odoo"),
        Property("name", TEXT, "its name", "it has none"),
    ),
)

#: The further fields of a record, by their keys.
CUSTOM = ByKey(
    AnyOf((TEXT, WHOLE, FLAG, REFERENCE, ListOf(REFERENCE))), is_null_possible=True
)
