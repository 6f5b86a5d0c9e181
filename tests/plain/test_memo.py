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
    memo.shelf(line, None)[1] = "after"
    with memo.past():
        assert (1 in memo.shelf(line, None)) is shared
        memo.shelf(line, None).setdefault(1, "before")
    # and the other way round it is not
    assert memo.shelf(line, None)[1] == "after"


def test_what_was_only_before():
    memo = Memo({"line": {1}}, Env)
    with memo.past():
        memo.shelf(line, None)[1] = "before"
        assert memo.shelf(line, None)[1] == "before"
    assert 1 not in memo.shelf(line, None)


def test_what_is_made_later_is_shared_the_next_time():
    memo = Memo({}, Env)
    with memo.past():
        assert not memo.shelf(line, None)
    memo.shelf(line, None)[1] = "after"
    with memo.past():
        assert memo.shelf(line, None) == {1: "after"}


def test_other_parts_are_their_own():
    memo = Memo({}, Env)
    memo.shelf(line, None)[1] = "line"
    assert not memo.shelf(term, None)
    assert not memo.shelf(line, "da_DK")


def test_what_names_are_told_of_is_not_shared_if_one_has_changed():
    class Chosen:
        models = ["topic"]

    memo = Memo({"topic": {3}}, Env)
    memo.chosen = Chosen
    memo.shelf(line, None)[1] = "after"
    with memo.past():
        assert 1 not in memo.shelf(line, None)
