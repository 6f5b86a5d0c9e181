"""What may change within a version, and what may not: a test for each rule."""

import copy

import contract
import pytest

from dev.compatibility import UnknownKeyword, complaints


def thing(properties, **more):
    """The schema of a closed object."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    } | more


TEXT = {"type": "string"}
ENUM = {"type": "string", "enum": ["a", "b"]}
OR_NULL = {"type": ["string", "null"]}
MOMENT = {"type": "string", "format": "date-time"}
DECIMAL = {"type": "string", "pattern": "^[0-9]+$"}
BY_ID = {"type": "object", "additionalProperties": TEXT}
NUMBERED = BY_ID | {"propertyNames": {"pattern": "^[0-9]+$"}}
CHOICE = {"anyOf": [TEXT, {"type": "null"}]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(TEXT, TEXT, id="same"),
        pytest.param(OR_NULL, TEXT, id="no null any more"),
        pytest.param(TEXT, ENUM, id="closed to some values"),
        pytest.param(ENUM, {"type": "string", "enum": ["a"]}, id="fewer values"),
        pytest.param(ENUM, {"type": "string", "const": "b"}, id="one value"),
        pytest.param(TEXT, MOMENT, id="with a format"),
        pytest.param(TEXT, DECIMAL, id="with a pattern"),
        pytest.param(TEXT, TEXT | {"description": "New."}, id="described"),
        pytest.param({"type": "number"}, {"type": "integer"}, id="whole numbers only"),
        pytest.param({"type": "integer"}, {"type": "integer", "minimum": 0}, id="min"),
        pytest.param(CHOICE, TEXT, id="one of several kinds"),
        pytest.param(CHOICE, OR_NULL, id="written otherwise"),
        pytest.param(BY_ID, NUMBERED, id="closed to some keys"),
        pytest.param(
            thing({"a": TEXT}, additionalProperties=True), thing({"a": TEXT}), id="shut"
        ),
        pytest.param(thing({}), thing({"a": TEXT}), id="further property"),
        pytest.param(
            thing({"a": TEXT}, required=[]), thing({"a": TEXT}), id="always there"
        ),
    ],
)
def test_compatible(old, new):
    assert complaints(thing({"x": old}), thing({"x": new})) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (TEXT, OR_NULL, "x: may be null now"),
        (TEXT, CHOICE, "x: may be null now"),
        (TEXT, {"type": "integer"}, "x: may be integer now"),
        (TEXT, {}, "x: may be array or boolean or integer or null or number"),
        ({"type": "integer"}, {"type": "number"}, "x: may be number now"),
        (ENUM, {"type": "string", "enum": ["a", "c"]}, "x: may be c now"),
        (ENUM, TEXT, "x: may be anything now, not only a, b"),
        ({"const": "1"}, {"const": "2"}, "x: may be 2 now"),
        (MOMENT, TEXT, "x: format date-time is none now"),
        (MOMENT, TEXT | {"format": "date"}, "x: format date-time is date now"),
        (DECIMAL, TEXT, "x: pattern ^[0-9]+$ is none now"),
        ({"type": "integer", "minimum": 0}, {"type": "integer"}, "x: may be less"),
        (BY_ID, thing({"1": TEXT}), "x: its keys are no data any more"),
        (
            BY_ID,
            BY_ID | {"additionalProperties": OR_NULL},
            "x.*: may be null now",
        ),
        (NUMBERED, BY_ID, "x: may have other keys now"),
        (thing({"a": TEXT}), thing({}), "x.a: is gone"),
        (
            thing({"a": TEXT}),
            thing({"a": TEXT}, required=[]),
            "x.a: may be missing now",
        ),
        (
            thing({}),
            thing({}, additionalProperties=True),
            "x: may have any further properties now",
        ),
        (
            {"type": "array", "items": TEXT},
            {"type": "array", "items": OR_NULL},
            "x[]: may be null now",
        ),
        ({"type": "array", "items": TEXT}, {"type": "array"}, "x[]: may be array"),
    ],
)
def test_not_compatible(old, new, complaint):
    [found] = complaints(thing({"x": old}), thing({"x": new}))
    assert found.startswith(complaint)


def test_references_are_followed():
    """What is declared once and used twice, and what refers to itself."""
    tree = thing({"a": TEXT, "children": {"items": {"$ref": "#/$defs/tree"}}})
    old = thing({"x": {"$ref": "#/$defs/tree"}}) | {"$defs": {"tree": tree}}
    new = copy.deepcopy(old)
    assert complaints(old, new) == []
    new["$defs"]["tree"]["properties"]["a"] = OR_NULL
    assert complaints(old, new) == ["x.a: may be null now"]


def test_what_may_be_null_and_refers_to_itself():
    node = thing({"a": TEXT, "next": {"anyOf": [{"$ref": "#/$defs/node"}, TEXT]}})
    old = thing({"x": {"$ref": "#/$defs/node"}}) | {"$defs": {"node": node}}
    new = copy.deepcopy(old)
    assert complaints(old, new) == []
    new["$defs"]["node"]["properties"]["a"] = OR_NULL
    assert complaints(old, new) == ["x.a: may be null now"]


def test_one_of_several_kinds_is_one_of_them():
    """That an alternative was looked at does not make it known."""
    old = {"anyOf": [TEXT, {"$ref": "#/$defs/a"}]}
    new = {"anyOf": [TEXT, {"$ref": "#/$defs/a"}, {"$ref": "#/$defs/b"}]}
    shared = {"a": thing({"a": TEXT}), "b": thing({"b": TEXT})}
    found = complaints(
        thing({"x": old}) | {"$defs": shared}, thing({"x": new}) | {"$defs": shared}
    )
    assert found == ["x.a: is gone"]


def test_what_nobody_has_thought_of():
    """A keyword that is not compared is no way around the rules."""
    with pytest.raises(UnknownKeyword, match="maxLength"):
        complaints(thing({"x": TEXT}), thing({"x": TEXT | {"maxLength": 9}}))


@pytest.mark.parametrize("type_", contract.TYPES)
def test_every_schema_can_be_compared(type_):
    schema = contract.schema(type_, contract.newest())
    assert complaints(schema, copy.deepcopy(schema)) == []
