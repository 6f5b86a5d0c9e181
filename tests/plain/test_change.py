import pytest
from capture.change import Change
from capture.snapshot import Snapshot


def snapshot(payload=None, error=None, state=None):
    return Snapshot("order", "S1", 1, state=state, payload=payload, error=error)


ONE, TWO = snapshot({"a": 1}), snapshot({"a": 2})
BROKEN, UNASKED = snapshot(error="KeyError"), snapshot()
DRAFT, SALE = snapshot(state="draft"), snapshot(state="sale")


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (None, None, None),
        (None, ONE, "created"),
        (None, BROKEN, "created"),
        (None, UNASKED, "created"),
        (ONE, None, "deleted"),
        (BROKEN, None, "deleted"),
        (ONE, snapshot({"a": 1}), None),
        (ONE, TWO, "updated"),
        (ONE, BROKEN, "updated"),
        (BROKEN, ONE, "updated"),
        (UNASKED, UNASKED, None),
        (UNASKED, ONE, None),
        (UNASKED, None, None),
    ],
)
def test_net_effect(before, after, effect):
    assert Change(1, before, after).effect == effect


@pytest.mark.parametrize(
    ("before", "after", "entered"),
    [
        (None, SALE, True),
        (DRAFT, SALE, True),
        (SALE, SALE, False),
        (SALE, DRAFT, False),
        (SALE, None, False),
        (None, None, False),
        (None, DRAFT, False),
    ],
)
def test_a_state_is_entered(before, after, entered):
    assert Change(1, before, after).entered("sale") is entered


@pytest.mark.parametrize(
    ("before", "after", "last"),
    [(None, ONE, ONE), (ONE, TWO, TWO), (ONE, None, ONE), (None, None, None)],
)
def test_the_last_that_is_known(before, after, last):
    assert Change(1, before, after).last is last
