"""Thin messages: what they keep of whole ones."""

import json

import pytest
from payload.envelope import encode_data
from payload.thin import thin

from dev import paths

EXAMPLES = sorted((paths.ADDON / "contract" / "examples").glob("*.json"))
LINK = "https://odoo.example/json/2/nshift.webhook/read_message"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples(path):
    whole = json.loads(path.read_text(encoding="utf-8"))
    text = thin(encode_data(whole), "https://odoo.example/")
    found = json.loads(text)
    name = whole["type"].partition(".")[0]
    record = whole["data"][name]
    assert found == {
        **{key: value for key, value in whole.items() if key != "data"},
        "data": {
            name: {"id": record["id"], "name": record["name"]},
            "reason": whole["data"]["reason"],
            "sequence": whole["data"]["sequence"],
            "link": LINK,
        },
    }
    assert list(found) == list(whole)
    assert len(text) < 500
    # the same bytes whenever it is made
    assert text == thin(encode_data(whole), "https://odoo.example")


def test_test():
    whole = {"id": "m", "data": {"test": True, "order": {"id": 1}, "sequence": 0}}
    assert json.loads(thin(encode_data(whole), "https://x"))["data"] == {
        "order": {"id": 1, "name": None},
        "test": True,
        "sequence": 0,
        "link": "https://x/json/2/nshift.webhook/read_message",
    }


def test_another_addons():
    """What another addon tells is known by its id; what is none is not told."""
    data = {
        "invoice": {"id": 3, "name": "INV", "secret": 1},
        "more": {"a": 1},
        "b": 2,
        "previous": {"id": 4},
    }
    whole = {"id": "m", "data": {**data, "sequence": 1}}
    assert json.loads(thin(encode_data(whole), "https://x"))["data"] == {
        "invoice": {"id": 3, "name": "INV"},
        "sequence": 1,
        "link": "https://x/json/2/nshift.webhook/read_message",
    }
