"""The words in which messages are declared: what a value may be, and what it means.

Each property is declared once, with its meaning. The JSON Schema of messages and the
tables of docs/MESSAGES.md are made of the same declarations.

Source: https://json-schema.org/draft/2020-12, "Core" and "Validation".
"""

from dataclasses import dataclass, field, replace

#: The types of JSON Schema that a value without parts may have, as people call them.
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "`true` or `false`",
}


@dataclass(frozen=True)
class Kind:
    """A kind of value without parts.

    :ivar type: of JSON Schema
    :ivar words: what people call it
    :ivar keywords: further ones of JSON Schema
    """

    type: str
    words: str
    keywords: dict = field(default_factory=dict)

    def schema(self, shared):
        """Return the JSON Schema of such a value.

        :param dict shared: the schemas of what has a name, by that; it is added to
        """
        return {"type": self.type, **self.keywords}


def text(*examples):
    """Return the Kind of a text that is not closed to what it may be.

    :param examples: values that it may have: of what is Odoo's and may grow, all that
        Odoo has
    """
    if not examples:
        return Kind("string", _WORDS["string"])
    shown = ", ".join(f"`{each}`" for each in examples)
    words = f"{_WORDS['string']}, such as {shown}"
    return Kind("string", words, {"examples": list(examples)})


def one_of(*values):
    """Return the Kind of a text that is one of these, in this version for good."""
    *first, last = (f"`{each}`" for each in values)
    words = f"{', '.join(first)} or {last}" if first else last
    return Kind("string", words, _enum(values))


def _enum(values):
    return {"const": values[0]} if len(values) == 1 else {"enum": list(values)}


TEXT = text()
WHOLE = Kind("integer", _WORDS["integer"])
COUNT = Kind("integer", _WORDS["integer"], {"minimum": 0})
FLAG = Kind("boolean", _WORDS["boolean"])
TRUE = Kind("boolean", "`true`", {"const": True})
#: No float of anybody's rounds it.
DECIMAL = Kind("string", "decimal", {"pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
#: Source: RFC 3339, "Internet Date/Time Format"; always in UTC, with a ``Z``.
MOMENT = Kind("string", "date and time", {"format": "date-time"})
DAY = Kind("string", "date", {"format": "date"})


@dataclass(frozen=True)
class ListOf:
    """A list of one kind.

    :ivar item: the Kind of each
    """

    item: object

    @property
    def words(self):
        return f"list of {self.item.words}"

    def schema(self, shared):
        """See :meth:`Kind.schema`."""
        return {"type": "array", "items": self.item.schema(shared)}


@dataclass(frozen=True)
class AnyOf:
    """A value of one of several kinds.

    :ivar kinds: these
    """

    kinds: tuple

    @property
    def words(self):
        return " or ".join(kind.words for kind in self.kinds)

    def schema(self, shared):
        """See :meth:`Kind.schema`."""
        return {"anyOf": [kind.schema(shared) for kind in self.kinds]}


@dataclass(frozen=True)
class ByKey:
    """An object whose keys are data, such as ids.

    :ivar value: the Kind of each value
    :ivar keys: the pattern of the keys, None for any
    :ivar is_null_possible: whether a value may be null
    """

    value: object
    keys: str | None = None
    is_null_possible: bool = False

    @property
    def words(self):
        return "object"

    def schema(self, shared):
        """See :meth:`Kind.schema`."""
        names = {"propertyNames": {"pattern": self.keys}} if self.keys else {}
        value = self.value.schema(shared)
        return {
            "type": "object",
            **names,
            "additionalProperties": _or_null(value) if self.is_null_possible else value,
        }


@dataclass(frozen=True)
class Property:
    """A property of an object.

    :ivar name: its name
    :ivar kind: the Kind of its value
    :ivar meaning: what it says, with its unit
    :ivar null: when it is null, None if it never is
    :ivar is_optional: whether it may be missing
    """

    name: str
    kind: object
    meaning: str
    null: str | None = None
    is_optional: bool = False

    @property
    def description(self):
        """The meaning as sentences."""
        null = f" `null`: {self.null}." if self.null else ""
        return f"{self.meaning[:1].upper()}{self.meaning[1:]}.{null}"

    def schema(self, shared):
        """Return the JSON Schema of the property's value."""
        schema = self.kind.schema(shared)
        if self.null:
            schema = _or_null(schema)
        return {"description": self.description, **schema}


def _or_null(schema):
    if "anyOf" in schema:
        return {"anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    if "enum" in schema or "const" in schema:
        values = schema.get("enum") or [schema["const"]]
        return {"type": [schema["type"], "null"], "enum": [*values, None]}
    return schema | {"type": [schema["type"], "null"]}


@dataclass(frozen=True)
class Thing:
    """An object with a fixed set of properties.

    :ivar name: its own in schemas, where it is written once
    :ivar meaning: what it is
    :ivar properties: in the order in which messages have them
    :ivar is_open: whether other addons may add properties
    """

    name: str
    meaning: str
    properties: tuple
    is_open: bool = False

    @property
    def words(self):
        return "object"

    @property
    def title(self):
        """What people call it."""
        return self.name.replace("_", " ").capitalize()

    def __getitem__(self, name):
        """Return the Property of a name."""
        return next(each for each in self.properties if each.name == name)

    def __contains__(self, name):
        return any(each.name == name for each in self.properties)

    def replaced(self, *properties, without=(), **values):
        """Return the same with other properties.

        :param properties: each stands in place of the one of its name, or at the end
        :param without: names of those that are left out
        :param values: other values of the Thing
        """
        new = {each.name: each for each in properties}
        kept = [new.pop(each.name, each) for each in self.properties]
        kept = [each for each in kept if each.name not in without]
        return replace(self, properties=(*kept, *new.values()), **values)

    def schema(self, shared):
        """See :meth:`Kind.schema`."""
        if self.name not in shared:
            # one may have others of its own kind in it
            shared[self.name] = {}
            shared[self.name] |= self.whole_schema(shared)
        return {"$ref": f"#/$defs/{self.name}"}

    def whole_schema(self, shared):
        """Return the JSON Schema of such an object itself, not a reference to it."""
        return {
            "title": self.title,
            "description": self.meaning,
            "type": "object",
            "properties": {each.name: each.schema(shared) for each in self.properties},
            "required": [each.name for each in self.properties if not each.is_optional],
            "additionalProperties": self.is_open,
        }
