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


LINE = line, 1, None


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
    memo.made(LINE)[LINE] = "after"
    with memo.past():
        assert (LINE in memo.made(LINE)) is shared
        memo.made(LINE).setdefault(LINE, "before")
    # and the other way round it is not
    assert memo.made(LINE)[LINE] == "after"


def test_what_was_only_before():
    memo = Memo({"line": {1}}, Env)
    with memo.past():
        memo.made(LINE)[LINE] = "before"
        assert memo.made(LINE)[LINE] == "before"
    assert LINE not in memo.made(LINE)


def test_other_parts_are_their_own():
    memo = Memo({}, Env)
    memo.made(LINE)[LINE] = "line"
    danish = line, 1, "da_DK"
    assert danish not in memo.made(danish)
    assert (term, 1, None) not in memo.made((term, 1, None))
    assert (line, 2, None) not in memo.made((line, 2, None))
