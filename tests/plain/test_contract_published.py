"""What is published of messages is what is declared, and stays compatible."""

import copy
import json
import re

import pytest

from dev import contract, guide, tables


def change(path, type_="order.created", version="1"):
    """Return the schemas as they are made, one of them changed.

    :param path: what to do with the schema of an order
    """
    made = copy.deepcopy(contract.schemas())
    [name] = [
        each
        for each in made
        if each.name.startswith(type_) and each.parent.name == version
    ]
    path(made[name]["$defs"]["order"])
    return made


def test_schemas():
    """The files are what the declarations make: if not, run `make contract`."""
    made = contract.schemas()
    assert set(contract.PUBLISHED.glob("*/*")) == set(made)
    for path, schema in made.items():
        assert path.read_text(encoding="utf-8") == contract.text_of(schema), path.name


def test_tables():
    """The tables are what the declarations make: if not, run `make contract`."""
    text = contract.MESSAGES.read_text(encoding="utf-8")
    assert tables.documented(contract.declared, text) == text


def test_guide():
    """The addon carries the guide as it is: if not, run `make contract`."""
    assert guide.CARRIED.read_text(encoding="utf-8") == guide.text()
    assert "catch_up" in guide.text()
    assert not re.search(r"\]\((?!https://)", guide.text())


def test_links():
    """Each link within the text leads to a heading."""
    text = contract.MESSAGES.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-")
        for each in tables.HEADING.findall(text)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", text)) <= headings


def test_everything_is_in_the_tables():
    """Also what is deep within."""
    text = contract.MESSAGES.read_text(encoding="utf-8")
    found = contract.declared
    for type_ in found.TYPES:
        for thing in found.schema(type_, found.newest())["$defs"].values():
            for name, schema in thing.get("properties", {}).items():
                meaning = schema["description"].rstrip(".")[1:].partition(". `null`")[0]
                assert meaning in text or name in found.versions.SUBJECTS


def test_a_further_property_is_published():
    made = change(lambda order: order["properties"].update(more={"type": "string"}))
    contract.check(made)


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        (
            lambda order: order["properties"].pop("terms"),
            "1/order.created: data.order.terms: is gone",
        ),
        (
            lambda order: order["properties"]["name"].update(type=["string", "null"]),
            "1/order.created: data.order.name: may be null now",
        ),
        (
            lambda order: order["properties"]["currency_rate"].pop("pattern"),
            "1/order.created: data.order.currency_rate: pattern",
        ),
        (
            lambda order: order["required"].remove("state"),
            "1/order.created: data.order.state: may be missing now",
        ),
    ],
)
def test_what_breaks_receivers_is_not(broken, complaint):
    with pytest.raises(contract.NotCompatible, match=re.escape(complaint)):
        contract.check(change(broken))


def test_a_type_that_is_gone():
    made = contract.schemas()
    made = {path: made[path] for path in made if "return.done" not in path.name}
    with pytest.raises(contract.NotCompatible, match="1/return.done: is not declared"):
        contract.check(made)


def test_nothing_is_written(monkeypatch, tmp_path):
    """Where one schema is not compatible, all stay as they are."""
    old = {
        tmp_path / "1" / path.name: schema
        for path, schema in contract.schemas().items()
    }
    for path, schema in old.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(schema))
    new = copy.deepcopy(old)
    new[tmp_path / "1" / "return.updated.schema.json"]["properties"].pop("id")
    new[tmp_path / "1" / "order.created.schema.json"]["title"] = "New title"
    monkeypatch.setattr(contract, "PUBLISHED", tmp_path)
    monkeypatch.setattr(contract, "schemas", lambda: new)
    check = contract.check
    monkeypatch.setattr(contract, "check", lambda made: check(made, tmp_path))
    with pytest.raises(contract.NotCompatible, match="return.updated: id: is gone"):
        contract.main([])
    assert all(json.loads(path.read_text()) == old[path] for path in old)
