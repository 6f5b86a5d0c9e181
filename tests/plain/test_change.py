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
    ("ends", "effect", "event", "reason"),
    [
        ((True, True), "updated", "order.updated", "updated"),
        ((True, False), "deleted", "order.deleted", "no longer matches"),
        ((False, True), "created", "order.created", "matches"),
        ((True, False), "deleted", "shipment.cancelled", "no longer matches"),
    ],
)
def test_who_does_not_follow_a_record_at_one_end(ends, effect, event, reason):
    seen = Change(1, ONE, TWO).seen(*ends)
    assert seen.effect == effect
    assert seen.reason_of(event) == reason


@pytest.mark.parametrize(
    ("change", "event", "reason"),
    [
        (Change(1, None, ONE), "order.created", "created"),
        (Change(1, ONE, None), "order.deleted", "deleted"),
        (Change(1, ONE, None), "shipment.cancelled", "deleted"),
        (Change(1, ONE, TWO), "shipment.cancelled", "cancelled"),
        (Change(1, CART, ONE).seen(False, True), "order.created", "created"),
        (Change(1, ONE, CART).seen(True, False), "order.deleted", "no longer matches"),
        (
            Change(1, None, ONE, reason="current state"),
            "order.updated",
            "current state",
        ),
    ],
)
def test_reasons(change, event, reason):
    assert change.reason_of(event) == reason


def test_who_follows_a_record_at_both_ends_sees_the_change_itself():
    change = Change(1, None, ONE)
    assert change.seen(False, True) is change


def test_what_a_record_was_to_others_it_does_not_become():
    """An order that was confirmed long ago is not confirmed as it comes to match."""
    assert not Change(1, SALE, SALE).seen(False, True).entered("sale")
    assert Change(1, DRAFT, SALE).seen(False, True).entered("sale")
    assert Change(1, CART, SALE).seen(False, True).entered("sale")
    assert not Change(1, DRAFT, SALE).seen(True, False).entered("sale")


def test_one_thing_that_becomes_another_is_gone_and_new():
    before = Snapshot("shipment", "S1", 1)
    after = Snapshot("return", "S1", 1)
    gone, new = Change(1, before, after).split()
    assert (gone.before, gone.after, new.before, new.after) == (
        before,
        None,
        None,
        after,
    )
    assert gone.reason_of("shipment.cancelled") == "no longer matches"
    assert new.reason_of("return.created") == "matches"


@pytest.mark.parametrize(
    ("before", "after"), [(None, ONE), (ONE, None), (ONE, TWO), (None, None)]
)
def test_same_subject(before, after):
    change = Change(1, before, after)
    assert change.split() == [change]
