"""Whether a receiver that knows one schema of messages understands those of another.

A receiver goes by the schema that was published, and passes over properties that it
does not know. So what is sent by a later one has to be what the earlier one allows,
but for further properties. docs/VERSIONS.md says the same in words.

Source of the keywords: https://json-schema.org/draft/2020-12, "Validation".
"""

from collections.abc import Iterator
from typing import NamedTuple

NAMES = {"$schema", "$id", "$defs", "title", "description", "examples"}
"""Keywords that say nothing of what is allowed."""
CHECKED = {
    "$ref",
    "anyOf",
    "type",
    "enum",
    "const",
    "format",
    "pattern",
    "minimum",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
}
ALL_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


class UnknownKeyword(ValueError):
    """A schema has a keyword of which this module does not know what it allows."""


class Alternative(NamedTuple):
    """One thing that a value may be: of one type.

    :param ref: of the schema, if it is declared elsewhere.
    """

    type: str
    ref: str
    schema: dict


def complaints(old: dict, new: dict) -> list[str]:
    """What in a schema is not backward compatible with an earlier one.

    :param old: JSON Schema of a whole message, as it was published.
    :param new: the same, as it would be published now.
    :return: empty if a receiver that goes by the old one understands all of the new.
    :raises UnknownKeyword: one of them has a keyword that nobody has thought of.
    """
    return list(dict.fromkeys(_Comparison(old, new).compare("", old, new, frozenset())))


class _Comparison:
    def __init__(self, old: dict, new: dict):
        self._old = old
        self._new = new

    def compare(
        self, path: str, old: dict, new: dict, seen: frozenset
    ) -> Iterator[str]:
        """Yield a line for each thing that is not compatible.

        :param path: of the value, such as ``data.order.lines[]``.
        :param seen: the references that led here: what refers to itself is compared
            once.
        """
        known = _alternatives(path, self._old, old)
        found = _alternatives(path, self._new, new)
        if added := {each.type for each in found} - {each.type for each in known}:
            yield f"{path}: may be {' or '.join(sorted(added))} now"
        for each in found:
            tries = [
                list(self._compare_alternatives(path, one, each, seen))
                for one in known
                if one.type == each.type
            ]
            # of the one that comes closest
            yield from min(tries, key=len, default=[])

    def _compare_alternatives(
        self, path: str, old: Alternative, new: Alternative, seen: frozenset
    ) -> Iterator[str]:
        refs = old.ref, new.ref
        if refs in seen:
            return
        if all(refs):
            seen |= {refs}
        yield from _compare_values(path, old.schema, new.schema)
        if old.type == "object":
            yield from self._compare_objects(path, old.schema, new.schema, seen)
        if old.type == "array" and "items" in old.schema:
            items = new.schema.get("items", {})
            yield from self.compare(f"{path}[]", old.schema["items"], items, seen)

    def _compare_objects(
        self, path: str, old: dict, new: dict, seen: frozenset
    ) -> Iterator[str]:
        properties = new.get("properties", {})
        for name, schema in old.get("properties", {}).items():
            inside = f"{path}.{name}".removeprefix(".")
            if name not in properties:
                yield f"{inside}: is gone"
                continue
            if name in old.get("required", []) and name not in new.get("required", []):
                yield f"{inside}: may be missing now"
            yield from self.compare(inside, schema, properties[name], seen)
        was, is_ = (each.get("additionalProperties", True) for each in (old, new))
        if was is False and is_ is not False:
            yield f"{path}: may have any further properties now"
        elif isinstance(was, dict) and not isinstance(is_, dict):
            yield f"{path}: its keys are no data any more"
        elif isinstance(was, dict):
            if old.get("propertyNames") not in (None, new.get("propertyNames")):
                yield f"{path}: may have other keys now"
            yield from self.compare(f"{path}.*", was, is_, seen)


def _compare_values(path: str, old: dict, new: dict) -> Iterator[str]:
    values, allowed = _values(new), _values(old)
    if allowed is not None:
        if values is None:
            yield f"{path}: may be anything now, not only {_listed(allowed)}"
        elif added := [each for each in values if each not in allowed]:
            yield f"{path}: may be {_listed(added)} now"
    elif values is not None:
        # of few values each is seen
        return
    for keyword in ("format", "pattern"):
        if keyword in old and old[keyword] != new.get(keyword):
            yield f"{path}: {keyword} {old[keyword]} is {new.get(keyword, 'none')} now"
    if "minimum" in old and new.get("minimum", old["minimum"] - 1) < old["minimum"]:
        yield f"{path}: may be less than {old['minimum']} now"


def _alternatives(path: str, whole: dict, schema: dict) -> list[Alternative]:
    """All that a value may be; a number may be an integer."""
    ref = ""
    while "$ref" in schema:
        ref = schema["$ref"]
        schema = whole["$defs"][ref.rpartition("/")[2]]
    if unknown := schema.keys() - NAMES - CHECKED:
        raise UnknownKeyword(f"{path}: {', '.join(sorted(unknown))}")
    if "anyOf" in schema:
        choices = (_alternatives(path, whole, each) for each in schema["anyOf"])
        return [alternative for choice in choices for alternative in choice]
    types = schema.get("type", ALL_TYPES)
    types = [types] if isinstance(types, str) else list(types)
    if "number" in types and "integer" not in types:
        types.append("integer")
    return [Alternative(type_, ref, schema) for type_ in types]


def _values(schema: dict) -> list | None:
    """What a value may be, None if that is not listed."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _listed(values: list) -> str:
    return ", ".join(map(str, values))
