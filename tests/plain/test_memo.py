"""Parts of payloads are built once, and never shared if something of them changed."""

import pytest
from capture.memo import Memo
from capture.reading import part


class Env:
    cr = None


@part("line", "name", "product")
def line(found):
    """Stand for a part: it is not called."""


@part("term", "name")
def term(found):
    """Stand for another."""


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
    memo = Memo(changed, Env)
    memo.shelves(None)[line][1] = "after"
    with memo.past():
        assert (1 in memo.shelves(None)[line]) is shared
        memo.shelves(None)[line].setdefault(1, "before")
    # and the other way round it is not
    assert memo.shelves(None)[line][1] == "after"


def test_what_was_only_before():
    memo = Memo({"line": {1}}, Env)
    with memo.past():
        memo.shelves(None)[line][1] = "before"
        assert memo.shelves(None)[line][1] == "before"
    assert 1 not in memo.shelves(None)[line]


def test_what_is_made_later_is_shared_the_next_time():
    memo = Memo({}, Env)
    with memo.past():
        assert not memo.shelves(None)[line]
    memo.shelves(None)[line][1] = "after"
    with memo.past():
        assert memo.shelves(None)[line] == {1: "after"}


def test_other_parts_are_their_own():
    memo = Memo({}, Env)
    memo.shelves(None)[line][1] = "line"
    assert not memo.shelves(None)[term]
    assert not memo.shelves("da_DK")[line]


def test_what_names_are_told_of_is_not_shared_if_one_has_changed():
    class Chosen:
        models = ["topic"]

    memo = Memo({"topic": {3}}, Env)
    memo.chosen = Chosen
    memo.shelves(None)[line][1] = "after"
    with memo.past():
        assert 1 not in memo.shelves(None)[line]
