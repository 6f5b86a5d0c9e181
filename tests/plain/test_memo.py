"""Parts of payloads are built once, and never shared if something of them changed."""

import pytest
from capture.memo import Memo


class Record:
    _name = "line"

    def __init__(self, id_, name, value="as ever"):
        self.id = id_
        self._name = name
        self.value = value

    def part(self, memo, *models):
        return memo.part(build, models, self, ())


def build(record):
    return {"value": record.value}


class Env:
    cr = None


BEFORE, AFTER = Record(1, "line", "before"), Record(1, "line", "after")


def test_built_once():
    found = Memo({}, Env)
    first = AFTER.part(found)
    assert Record(1, "line", "later").part(found) == first == {"value": "after"}
    first["mine"] = True
    assert AFTER.part(found) == {"value": "after"}


@pytest.mark.parametrize(
    ("changed", "shared"),
    [
        ({}, True),
        ({"line": {2}}, True),
        ({"line": {1}}, False),
        ({"product": {7}}, False),
        ({"product": set()}, True),
        ({"contact": {1}}, True),
    ],
)
def test_shared_with_the_state_before(changed, shared):
    found = Memo(changed, Env)
    AFTER.part(found, "product")
    expected = "after" if shared else "before"
    with found.past():
        assert BEFORE.part(found, "product") == {"value": expected}
    # and the other way round it is not
    assert AFTER.part(found, "product") == {"value": "after"}


def test_what_was_only_before():
    found = Memo({"line": {1}}, Env)
    with found.past():
        assert BEFORE.part(found) == {"value": "before"}
    assert AFTER.part(found) == {"value": "after"}


def test_other_models_have_their_own():
    found = Memo({}, Env)
    AFTER.part(found)
    assert Record(1, "term", "30 days").part(found) == {"value": "30 days"}


def test_other_functions_have_their_own():
    found = Memo({}, Env)
    AFTER.part(found)
    assert found.part(lambda record: {"id": record.id}, (), AFTER, ()) == {"id": 1}
