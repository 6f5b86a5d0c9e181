"""The taxes of an order's line, as ``payload/tax.py`` builds them."""

from dataclasses import dataclass

from .kinds import DECIMAL, FLAG, TEXT, WHOLE, ListOf, Property, Thing, text


@dataclass(frozen=True)
class _Itself:
    """The Kind of a Thing within itself, by reference."""

    name: str
    words: str = "object"

    def schema(self, shared):
        return {"$ref": f"#/$defs/{self.name}"}


TAX = Thing(
    "tax",
    "A tax, or a group of taxes.",
    (
        Property("id", WHOLE, "the tax's id in Odoo"),
        Property("name", TEXT, "its name"),
        Property(
            "type",
            text("percent", "fixed", "division", "group", "code"),
            "how it is reckoned; `group`: by others, which are in `children`. Other "
            "addons may have more",
        ),
        Property(
            "amount",
            DECIMAL,
            "the rate in percent; of a `fixed` tax the amount for one unit",
            "of a group, whose `children` have their own",
        ),
        Property(
            "included",
            FLAG,
            "whether it is in the price",
            "of a group, whose `children` have their own",
        ),
        Property(
            "compound",
            FLAG,
            "whether later taxes are reckoned on this one, too",
            "of a group, whose `children` have their own",
        ),
        Property("children", ListOf(_Itself("tax")), "the taxes of a group, else `[]`"),
    ),
)
