import pytest
from capture.change import Change
from capture.snapshot import Snapshot


def snapshot(payload=None, error=None, state=None, **values):
    return Snapshot(
        "order", "S1", 1, state=state, payload=payload, error=error, **values
    )


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


CART = snapshot(state="draft", is_cart=True)


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (None, CART, None),
        (CART, CART, None),
        (CART, None, None),
        (CART, ONE, "created"),
        (CART, BROKEN, "created"),
        (ONE, CART, "deleted"),
        (ONE, TWO, "updated"),
        (None, ONE, "created"),
    ],
)
def test_a_cart_is_no_record_to_those_who_are_not_told_of_carts(before, after, effect):
    assert Change(1, before, after).without_carts.effect == effect


def test_a_checked_out_cart_enters_its_state_whatever_it_was_before():
    assert Change(1, CART, SALE).without_carts.entered("sale")
