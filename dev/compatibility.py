"""Whether a receiver that knows one schema of messages understands those of another.

A receiver goes by the schema that was published, and passes over properties that it
does not know. So what is sent by a later one has to be what the earlier one allows,
but for further properties. docs/VERSIONS.md says the same in words.

Source of the keywords: https://json-schema.org/draft/2020-12, "Validation".
"""

from collections.abc import Iterable, Iterator

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
OBJECT = "object"


class UnknownKeyword(ValueError):
    """A schema has a keyword of which this module does not know what it allows."""


def complaints(old: dict, new: dict) -> list[str]:
    """What in a schema is not backward compatible with an earlier one.

    :param old: JSON Schema of a whole message, as it was published.
    :param new: the same, as it would be published now.
    :return: empty if a receiver that goes by the old one understands all of the new.
    :raises UnknownKeyword: one of them has a keyword that nobody has thought of.
    """
    return list(_Comparison(old, new).compare("", old, new))


class _Comparison:
    """Compares two schemas; what refers to itself is compared once."""

    def __init__(self, old: dict, new: dict, seen: Iterable[tuple[str, str]] = ()):
        self._old = old
        self._new = new
        self._seen = set(seen)

    def compare(self, path: str, old: dict, new: dict) -> Iterator[str]:
        """Yield a line for each thing that is not compatible.

        :param path: of the value, such as ``data.order.lines[]``.
        """
        refs = old.get("$ref", ""), new.get("$ref", "")
        if all(refs):
            if refs in self._seen:
                return
            self._seen.add(refs)
        old, new = _resolved(self._old, old), _resolved(self._new, new)
        for schema in (old, new):
            if unknown := schema.keys() - NAMES - CHECKED:
                raise UnknownKeyword(f"{path}: {', '.join(sorted(unknown))}")
        if "anyOf" in old or "anyOf" in new:
            yield from self._compare_choices(path, old, new)
            return
        yield from self._compare_values(path, old, new)
        if OBJECT in _types(old) and OBJECT in _types(new):
            yield from self._compare_objects(path, old, new)
        if "items" in old:
            yield from self.compare(f"{path}[]", old["items"], new.get("items", {}))

    def _compare_choices(self, path: str, old: dict, new: dict) -> Iterator[str]:
        """Each of the new alternatives has to be one of the old ones."""
        for choice in _choices(self._new, new):
            found = [
                (
                    _types(_resolved(self._old, each))
                    != _types(_resolved(self._new, choice)),
                    self._compare_apart(path, each, choice),
                )
                for each in _choices(self._old, old)
            ]
            if all(lines for _differs, lines in found):
                # of that which comes closest
                yield from min(found, key=lambda each: (each[0], len(each[1])))[1]

    def _compare_apart(self, path: str, old: dict, new: dict) -> list[str]:
        """Compare what may not be what the other was: nothing is known by it."""
        apart = _Comparison(self._old, self._new, self._seen)
        return list(apart.compare(path, old, new))

    def _compare_values(self, path: str, old: dict, new: dict) -> Iterator[str]:
        if added := _types(new) - _types(old):
            yield f"{path}: may be {' or '.join(sorted(added))} now"
        values, allowed = _values(new), _values(old)
        if allowed is not None:
            if values is None:
                yield f"{path}: may be anything now, not only {_listed(allowed)}"
            elif added := [each for each in values if each not in allowed]:
                yield f"{path}: may be {_listed(added)} now"
        if values is not None and allowed is None:
            # of few values each is seen
            return
        for keyword in ("format", "pattern"):
            if keyword in old and old[keyword] != new.get(keyword):
                now = new.get(keyword, "none")
                yield f"{path}: {keyword} {old[keyword]} is {now} now"
        if "minimum" in old and new.get("minimum", old["minimum"] - 1) < old["minimum"]:
            yield f"{path}: may be less than {old['minimum']} now"

    def _compare_objects(self, path: str, old: dict, new: dict) -> Iterator[str]:
        old_properties = old.get("properties", {})
        properties = new.get("properties", {})
        for name, schema in old_properties.items():
            inside = f"{path}.{name}".removeprefix(".")
            if name not in properties:
                yield f"{inside}: is gone"
                continue
            if name in old.get("required", []) and name not in new.get("required", []):
                yield f"{inside}: may be missing now"
            yield from self.compare(inside, schema, properties[name])
        was, is_ = (each.get("additionalProperties", True) for each in (old, new))
        if was is False and is_ is not False:
            yield f"{path}: may have any further properties now"
        elif isinstance(was, dict):
            yield from self._compare_keys(path, old, new)

    def _compare_keys(self, path: str, old: dict, new: dict) -> Iterator[str]:
        """Of objects whose keys are data."""
        value = new.get("additionalProperties", True)
        if not isinstance(value, dict):
            yield f"{path}: its keys are no data any more"
            return
        if old.get("propertyNames") not in (None, new.get("propertyNames")):
            yield f"{path}: may have other keys now"
        yield from self.compare(f"{path}.*", old["additionalProperties"], value)


ALL_TYPES = {"null", "boolean", "integer", "number", "string", "array", OBJECT}


def _resolved(whole: dict, schema: dict) -> dict:
    """A schema in place of a reference to it."""
    while "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


def _choices(whole: dict, schema: dict) -> list[dict]:
    """What a value may be, each of it of one type where the types are listed."""
    resolved = _resolved(whole, schema)
    if "anyOf" in resolved:
        return [one for each in resolved["anyOf"] for one in _choices(whole, each)]
    if isinstance(resolved.get("type"), list):
        return [resolved | {"type": each} for each in resolved["type"]]
    # a reference stays one: what refers to itself is known by it
    return [schema]


def _types(schema: dict) -> set[str]:
    types = schema.get("type", sorted(ALL_TYPES))
    found = {types} if isinstance(types, str) else set(types)
    return found | ({"integer"} if "number" in found else set())


def _values(schema: dict) -> list | None:
    """What a value may be, None if that is not listed."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _listed(values: list) -> str:
    return ", ".join(map(str, values))
