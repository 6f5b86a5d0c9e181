from dataclasses import replace

import pytest
from capture.change import Change
from capture.snapshot import Snapshot
from capture.subscription import Audience, Subscription

ALL = Subscription(1, None, frozenset())
OF_CHANNEL_5 = Subscription(2, None, frozenset({5}))
OF_CHANNEL_6 = Subscription(4, None, frozenset({6}))
OF_COMPANY_1 = Subscription(5, 1, frozenset())
WITH_CARTS = Subscription(3, None, frozenset(), include_carts=True)


def snapshot(company=1, channel=None, is_cart=False):
    return Snapshot(
        "order", "S1", company, frozenset({channel} - {None}), is_cart=is_cart
    )


@pytest.mark.parametrize(
    ("company", "channels", "record", "wanted"),
    [
        (None, (), snapshot(), True),
        (None, (), snapshot(company=2, channel=5), True),
        (1, (), snapshot(company=1), True),
        (1, (), snapshot(company=2), False),
        (None, (5, 6), snapshot(channel=5), True),
        (None, (5, 6), snapshot(channel=7), False),
        (None, (5, 6), Snapshot("shipment", "OUT/1", 1, frozenset({4, 6})), True),
        (None, (5, 6), snapshot(), False),
        (1, (5,), snapshot(company=2, channel=5), False),
        (None, (), None, False),
    ],
)
def test_what_a_subscription_follows(company, channels, record, wanted):
    assert Subscription(1, company, frozenset(channels)).follows(record) is wanted


def test_obstacles():
    """All that keeps a record from being told is named."""
    strict = Subscription(1, 1, frozenset({5}), condition="[c]")
    right = replace(snapshot(channel=5), met=frozenset({"[c]"}))
    assert list(strict.obstacles(right)) == []
    wrong = snapshot(company=2, channel=6, is_cart=True)
    assert list(strict.obstacles(wrong)) == ["cart", "company", "channel", "condition"]
    assert list(strict.obstacles(replace(right, met=frozenset()))) == ["condition"]


@pytest.mark.parametrize(
    ("events", "hears_changes", "hears_new"),
    [
        (["order.created"], False, True),
        (["order.updated"], True, False),
        (["order.deleted"], True, False),
        (["order.created", "order.updated"], True, True),
        (["order.confirmed"], True, True),
    ],
)
def test_what_an_audience_hears(events, hears_changes, hears_new):
    audience = Audience({event: [ALL] for event in events})
    assert (audience.hears_changes, audience.hears_new) == (hears_changes, hears_new)


def test_conditions():
    assert Audience({"order.created": [ALL]}, {"[c]": "c"}).conditions == {"[c]": "c"}
    assert Audience({"order.created": [ALL]}).conditions == {}


def test_event_that_nobody_wants():
    audience = Audience({"order.created": [ALL]})
    assert audience.of("order.created") == [ALL]
    assert audience.of("order.deleted") == []


CART, ORDER = snapshot(is_cart=True), snapshot()


def test_a_cart_is_followed_only_by_who_asks_for_carts():
    assert WITH_CARTS.follows(CART)
    assert not ALL.follows(CART)


FIVE, SIX, NONE = snapshot(channel=5), snapshot(channel=6), snapshot()
CANCELLED = replace(FIVE, is_over=True)


@pytest.mark.parametrize(
    ("subscription", "before", "after", "seen"),
    [
        # the states before and after as seen, None if nothing is
        (ALL, None, ORDER, (None, ORDER)),
        (ALL, ORDER, ORDER, (ORDER, ORDER)),
        (ALL, ORDER, None, (ORDER, None)),
        (ALL, FIVE, SIX, (FIVE, SIX)),
        (OF_CHANNEL_5, FIVE, SIX, (FIVE, None)),
        (OF_CHANNEL_5, SIX, FIVE, (None, FIVE)),
        (OF_CHANNEL_5, SIX, NONE, None),
        (OF_CHANNEL_5, FIVE, None, (FIVE, None)),
        (OF_CHANNEL_5, None, SIX, None),
        (OF_COMPANY_1, ORDER, snapshot(company=2), (ORDER, None)),
        (OF_COMPANY_1, snapshot(company=2), ORDER, (None, ORDER)),
        (ALL, None, CART, None),
        (ALL, CART, CART, None),
        (ALL, CART, None, None),
        (ALL, CART, ORDER, (None, ORDER)),
        (ALL, ORDER, CART, (ORDER, None)),
        (WITH_CARTS, None, CART, (None, CART)),
        (WITH_CARTS, CART, CART, (CART, CART)),
        (WITH_CARTS, CART, ORDER, (CART, ORDER)),
        (WITH_CARTS, ORDER, CART, (ORDER, CART)),
        # a shipment that is cancelled: told once
        (ALL, FIVE, CANCELLED, (FIVE, CANCELLED)),
        (ALL, CANCELLED, CANCELLED, None),
        (ALL, None, CANCELLED, None),
        (ALL, CANCELLED, None, None),
        (ALL, CANCELLED, FIVE, (None, FIVE)),
        (OF_CHANNEL_5, SIX, CANCELLED, None),
    ],
)
def test_how_a_webhook_sees_a_change(subscription, before, after, seen):
    audience = Audience({"order.updated": [subscription]})
    views = audience.views(Change(1, before, after))
    assert [(view.before, view.after) for view in views] == [seen] * bool(seen)
    assert all(hearers is audience for hearers in views.values())
    assert audience.sees_new(Change(1, before, after)) is bool(seen and not seen[0])
    assert audience.all_follow(Change(1, before, after)) is (seen == (before, after))


def test_webhooks_see_a_change_each_in_its_way():
    audience = Audience(
        {
            "order.created": [OF_CHANNEL_5],
            "order.updated": [ALL, OF_CHANNEL_5],
            "order.deleted": [OF_CHANNEL_6],
        }
    )
    change = Change(1, replace(SIX, payload={"a": 1}), replace(FIVE, payload={}))
    told = {
        (event, subscription)
        for view, hearers in audience.views(change).items()
        for event in [f"order.{view.effect}"]
        for subscription in hearers.of(event)
    }
    assert told == {
        ("order.created", OF_CHANNEL_5),
        ("order.updated", ALL),
        ("order.deleted", OF_CHANNEL_6),
    }


@pytest.mark.parametrize(
    ("subscriptions", "is_selective"),
    [([ALL], False), ([ALL, OF_CHANNEL_5], True), ([OF_COMPANY_1], True)],
)
def test_whether_somebody_follows_some_records_only(subscriptions, is_selective):
    assert Audience({"order.created": subscriptions}).is_selective is is_selective


@pytest.mark.parametrize(
    ("subscriptions", "hears_carts"), [([ALL], False), ([ALL, WITH_CARTS], True)]
)
def test_whether_somebody_asks_for_carts(subscriptions, hears_carts):
    assert Audience({"order.created": subscriptions}).hears_carts is hears_carts
