"""The packages of a transfer, as ``payload/packages.py`` builds them."""

from .kinds import DECIMAL, TEXT, WHOLE, Property, Thing

PACKAGE_TYPE = Thing(
    "package_type",
    "A type of packages.",
    (
        Property("id", WHOLE, "the type's id in Odoo"),
        Property("name", TEXT, "its name"),
        Property("carrier_code", TEXT, "the carrier's code of it", "not entered"),
        Property("length", DECIMAL, "its length, in the shipment's `units`"),
        Property("width", DECIMAL, "its width, likewise"),
        Property("height", DECIMAL, "its height, likewise"),
    ),
)

PACKAGE = Thing(
    "package",
    "A package, or what only holds other packages: a pallet with its boxes.",
    (
        Property("id", WHOLE, "the package's id in Odoo"),
        Property("name", TEXT, "its name"),
        Property("parent_id", WHOLE, "the package that it is in", "in none"),
        Property("type", PACKAGE_TYPE, "its type", "not entered"),
        Property(
            "weight",
            DECIMAL,
            "as it was weighed, else of it and of what is in it, in the shipment's "
            "`units`",
        ),
    ),
)
