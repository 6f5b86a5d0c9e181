"""The description for machines is valid, whole, and says what is really sent."""

import hashlib
import json

import contract
import pytest
from contract import openapi
from delivery.compression import content_of
from delivery.request import attempt_headers, own_headers
from delivery.sender import Message
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from payload.envelope import encode_data
from payload.thin import thin

from dev import paths

VIEWER = paths.ADDON / "static" / "lib" / "redoc"
OTHERS = "invoice.created"


@pytest.fixture(scope="module", params=contract.names())
def document(request):
    """With the addon's types, and one of another addon's."""
    types = [openapi.Type(code, f"{code}!") for code in (*contract.TYPES, OTHERS)]
    return openapi.document(request.param, types)


def references(value):
    """Yield all references in a part of a document."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


def resolved(document, reference):
    found = document
    for name in reference.removeprefix("#/").split("/"):
        found = found[name]
    return found


def test_valid(document):
    validate(document)


def test_each_type(document):
    assert list(document["webhooks"]) == [*contract.TYPES, OTHERS]
    for code, found in document["webhooks"].items():
        [(method, operation)] = found.items()
        assert method == "post"
        assert operation["summary"] == code
        assert operation["description"] == f"{code}!"
        assert operation["responses"].keys() == openapi.ANSWERS.keys()


def test_references(document):
    """What is referred to is there, and what is there is referred to."""
    found = set(references(document))
    for reference in found:
        assert resolved(document, reference)
    for kind in ("schemas", "parameters", "responses"):
        for name in document["components"][kind]:
            if name != "message":
                assert f"#/components/{kind}/{name}" in found


def test_headers(document):
    """All that a request may have of ours is described, and nothing else."""
    message = Message("msg_1", b"x" * 100_000, 1, "order.created", "1")
    sent = [
        *own_headers([], "production"),
        *attempt_headers(message, 0, "v1,x"),
        *content_of(message.body, True)[1],
    ]
    usual = {"Accept", "Content-Length"}
    names = {name for name, _value in sent} - usual
    assert {name for name, *_rest in openapi.HEADERS} == names
    always = {name for name, _value in attempt_headers(message, 0, "v1,x")}
    parameters = document["components"]["parameters"].values()
    assert {each["name"] for each in parameters if each["required"]} == always
    for operation in document["webhooks"].values():
        assert len(operation["post"]["parameters"]) == len(names)


def test_examples(document):
    """Each example is of the form that it says, and of no other."""
    for code in contract.TYPES:
        operation = document["webhooks"][code]["post"]
        content = operation["requestBody"]["content"]["application/json"]
        whole, thin_ = (
            Draft202012Validator(
                resolved(document, each["$ref"])
                | {"components": document["components"]}
            )
            for each in content["schema"]["oneOf"]
        )
        examples = {name: each["value"] for name, each in content["examples"].items()}
        whole.validate(examples["whole"])
        thin_.validate(examples["thin"])
        assert not thin_.is_valid(examples["whole"])
        assert not whole.is_valid(examples["thin"])
        text = thin(encode_data(examples["whole"]), "https://odoo.example.com")
        assert json.loads(text) == examples["thin"]


def test_another_addons(document):
    """It is open where it is the other addon's."""
    operation = document["webhooks"][OTHERS]["post"]
    content = operation["requestBody"]["content"]["application/json"]
    assert "examples" not in content
    reference = content["schema"]["oneOf"][0]["$ref"]
    schema = resolved(document, reference) | {"components": document["components"]}
    message = {
        "id": "msg_1",
        "type": OTHERS,
        "timestamp": "2026-05-01T10:30:00Z",
        "api_version": document["info"]["version"],
        "data": {"invoice": {"id": 1}, "reason": "created", "sequence": 1},
    }
    Draft202012Validator(schema).validate(message)
    assert not Draft202012Validator(schema).is_valid(message | {"type": "order.x"})
    tags = {each["name"]: each["description"] for each in document["tags"]}
    assert tags["invoice"] == "Told by another addon."


def test_guide(document):
    """The guide is the document's text."""
    text = document["info"]["description"]
    assert text == openapi.GUIDE.read_text(encoding="utf-8")
    # what a compressed message is known by
    assert "1f 8b" in text


def test_two_of_one_name():
    """Two schemas that differ cannot have one name: one of them would be lost."""
    schemas = {"order": {"type": "string"}}
    with pytest.raises(ValueError, match="order"):
        openapi._lift(contract.schema("order.created", "1"), "order_created", schemas)


def test_unknown_version():
    with pytest.raises(LookupError):
        openapi.document("0", [openapi.Type("order.created", "x")])


def test_viewer():
    """The viewer is the one that its README tells of, unchanged."""
    digest = hashlib.sha256((VIEWER / "redoc.standalone.js").read_bytes()).hexdigest()
    assert digest in (VIEWER / "README.md").read_text(encoding="utf-8")
    assert "MIT" in (VIEWER / "LICENSE").read_text(encoding="utf-8")
