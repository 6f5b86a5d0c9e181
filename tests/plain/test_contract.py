"""What messages look like is declared, and the declarations are sound."""

import json
import re

import contract
import pytest
from contract.schema import DIALECT
from jsonschema import Draft202012Validator

from dev import paths

EXAMPLES = paths.ADDON / "contract" / "examples"
TYPE_CODES = paths.ADDON / "data" / "nshift_webhook_type.xml"


@pytest.fixture(params=contract.TYPES)
def schema(request):
    """The schema of each type, in the newest version."""
    return contract.schema(request.param, contract.newest())


def objects(schema):
    """Yield all schemas of objects, with what is in them."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" or "properties" in schema:
            yield schema
        for each in schema.values():
            yield from objects(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from objects(each)


def test_types():
    """There is a schema of each type that the addon has."""
    data = TYPE_CODES.read_text(encoding="utf-8")
    assert re.findall(r'name="code">([^<]+)<', data) == list(contract.TYPES)


def test_dialect(schema):
    """Each is a schema of the dialect that it names, under a name of its own."""
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == f"urn:nshift-webhooks:1:{schema['title']}"


def test_everything_is_described(schema):
    for each in objects(schema):
        for name, value in each.get("properties", {}).items():
            assert value["description"].endswith("."), name


def test_closed(schema):
    """Nothing may be in an object but what is declared, or what is data."""
    for each in objects(schema):
        is_by_key = "properties" not in each
        assert isinstance(each["additionalProperties"], dict) == is_by_key
        if not is_by_key:
            assert each["additionalProperties"] is False


def test_opened(schema):
    """Only what is data by key still says what further properties may be."""
    assert {
        type(each.get("additionalProperties", {}))
        for each in objects(contract.opened(schema))
    } == {dict}
    assert json.dumps(contract.opened(schema)) != json.dumps(schema)


def test_references(schema):
    """What is referred to is there, and what is there is referred to."""
    used = set(re.findall(r"#/\$defs/(\w+)", json.dumps(schema)))
    assert used == schema["$defs"].keys()


@pytest.mark.parametrize(
    "path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem
)
def test_examples(path):
    """The examples of the documentation are what is declared."""
    message = json.loads(path.read_text(encoding="utf-8"))
    schema = contract.schema(message["type"], message["api_version"])
    Draft202012Validator(schema).validate(message)


def test_another_addons_type():
    """Its envelope is declared, its data are its own."""
    schema = contract.schema("invoice.created", contract.newest())
    message = {
        "id": "msg_1",
        "type": "invoice.created",
        "timestamp": "2026-05-01T10:30:00Z",
        "api_version": "1",
        "data": {"invoice": {"id": 1}, "reason": "created", "sequence": 1},
    }
    Draft202012Validator(schema).validate(message)
    assert not Draft202012Validator(schema).is_valid(message | {"more": 1})


def test_unknown_version():
    with pytest.raises(LookupError, match="no version 0"):
        contract.schema("order.created", "0")
