"""The vocabulary of declarations: the type of a value, and its meaning.

Each property is declared once, with its meaning. The JSON Schema of messages and the
tables of docs/MESSAGES.md come from the same declarations.

Source: https://json-schema.org/draft/2020-12, "Core" and "Validation".
"""

from dataclasses import dataclass, field, replace
from typing import Protocol

#: Words for people for the JSON Schema types of values without parts.
_WORDS = {
    "string": "text",
    "integer": "whole number",
    "boolean": "`true` or `false`",
}


class AnyKind(Protocol):
    """What all kinds of values have, with parts or without."""

    def schema(self, shared: dict[str, dict]) -> dict: ...


@dataclass(frozen=True)
class Kind:
    """A kind of value without parts.

    :ivar type: the type in JSON Schema
    :ivar words: the type in words for people
    :ivar keywords: further keywords of JSON Schema
    """

    type: str
    words: str
    keywords: dict = field(default_factory=dict)

    def schema(self, shared) -> dict:
        """Return the JSON Schema of such a value.

        :param dict shared: the schemas of Things by name, to which missing ones are
            added
        """
        return {"type": self.type, **self.keywords}


def text(*examples):
    """Return the Kind of a text whose values may be extended.

    :param examples: some values of the text; for a field of Odoo, all that Odoo has
    """
    if not examples:
        return Kind("string", _WORDS["string"])
    shown = ", ".join(f"`{each}`" for each in examples)
    words = f"{_WORDS['string']}, such as {shown}"
    return Kind("string", words, {"examples": list(examples)})


def one_of(*values):
    """Return the Kind of a text with these values only, for good in this version."""
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
#: A text, so that no receiver rounds the number as a float.
DECIMAL = Kind("string", "decimal", {"pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
#: A moment in UTC, with ``Z``. Source: RFC 3339, "Internet Date/Time Format".
MOMENT = Kind("string", "date and time", {"format": "date-time"})
DAY = Kind("string", "date", {"format": "date"})


@dataclass(frozen=True)
class ListOf:
    """A list of values of one kind.

    :ivar item: Kind of the items
    """

    item: AnyKind

    def schema(self, shared) -> dict:
        """See :meth:`Kind.schema`."""
        return {"type": "array", "items": self.item.schema(shared)}


@dataclass(frozen=True)
class AnyOf:
    """A value of one of several kinds.

    :ivar kinds: tuple of the Kinds
    """

    kinds: tuple[AnyKind, ...]

    def schema(self, shared) -> dict:
        """See :meth:`Kind.schema`."""
        return {"anyOf": [kind.schema(shared) for kind in self.kinds]}


@dataclass(frozen=True)
class ByKey:
    """An object whose keys are data, such as ids.

    :ivar value: Kind of the values
    :ivar keys: regular expression of the keys, None for any
    :ivar is_null_possible: whether a value may be null
    """

    value: AnyKind
    keys: str | None = None
    is_null_possible: bool = False

    def schema(self, shared) -> dict:
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

    :ivar name: name of the property
    :ivar kind: Kind of the value
    :ivar meaning: meaning of the value, with its unit
    :ivar null: meaning of null, None if the value is never null
    :ivar is_optional: whether the property may be missing
    """

    name: str
    kind: AnyKind
    meaning: str
    null: str | None = None
    is_optional: bool = False

    @property
    def description(self):
        """The meaning in sentences."""
        null = f" `null`: {self.null}." if self.null else ""
        return f"{self.meaning[:1].upper()}{self.meaning[1:]}.{null}"

    def schema(self, shared) -> dict:
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

    :ivar name: name of the object's schema, which is written once
    :ivar meaning: meaning of the object
    :ivar properties: tuple of Property, in the order of messages
    :ivar is_open: whether other addons may add properties
    """

    name: str
    meaning: str
    properties: tuple[Property, ...]
    is_open: bool = False

    @property
    def title(self):
        """The name in words."""
        return self.name.replace("_", " ").capitalize()

    def __getitem__(self, name):
        """Return a Property by its name."""
        return next(each for each in self.properties if each.name == name)

    def __contains__(self, name):
        return any(each.name == name for each in self.properties)

    def replaced(self, *properties: Property, without=(), **values) -> "Thing":
        """Return a Thing with some changes.

        :param properties: each Property replaces the one of the same name, or is added
        :param without: names of properties to leave out
        :param values: other attributes of the Thing
        """
        new = {each.name: each for each in properties}
        kept = [new.pop(each.name, each) for each in self.properties]
        kept = [each for each in kept if each.name not in without]
        return replace(self, properties=(*kept, *new.values()), **values)

    def schema(self, shared) -> dict:
        """See :meth:`Kind.schema`."""
        if self.name not in shared:
            # reserve the name first, since an object may contain objects of its kind
            shared[self.name] = {}
            shared[self.name] |= self.whole_schema(shared)
        return {"$ref": f"#/$defs/{self.name}"}

    def whole_schema(self, shared) -> dict:
        """Return the JSON Schema of such an object, without a reference."""
        return {
            "title": self.title,
            "description": self.meaning,
            "type": "object",
            "properties": {each.name: each.schema(shared) for each in self.properties},
            "required": [each.name for each in self.properties if not each.is_optional],
            "additionalProperties": self.is_open,
        }
