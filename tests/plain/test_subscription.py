import pytest
from capture.change import Change
from capture.snapshot import Snapshot
from capture.subscription import Audience, Subscription

ALL = Subscription(1, None, frozenset())
OF_CHANNEL_5 = Subscription(2, None, frozenset({5}))
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
def test_a_subscription_wants(company, channels, record, wanted):
    assert Subscription(1, company, frozenset(channels)).wants(record) is wanted


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (snapshot(channel=5), snapshot(channel=6), [ALL, OF_CHANNEL_5]),
        (snapshot(channel=6), snapshot(channel=5), [ALL, OF_CHANNEL_5]),
        (snapshot(channel=6), snapshot(), [ALL]),
        (snapshot(channel=5), None, [ALL, OF_CHANNEL_5]),
    ],
)
def test_webhooks_of_what_a_record_was_and_of_what_it_is_are_told(before, after, told):
    audience = Audience({"order.updated": [ALL, OF_CHANNEL_5]})
    assert audience.of("order.updated", Change(1, before, after)) == told
    assert audience.of("order.created", Change(1, before, after)) == []


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


CART, ORDER = snapshot(is_cart=True), snapshot()


def test_a_cart_is_wanted_only_by_who_asks_for_carts():
    assert WITH_CARTS.wants(CART)
    assert not ALL.wants(CART)


@pytest.mark.parametrize(
    ("before", "after", "told_as"),
    [
        # by whom, with carts and without: the states before and after, None for nobody
        (None, ORDER, [(None, ORDER), (None, ORDER)]),
        (ORDER, ORDER, [(ORDER, ORDER), (ORDER, ORDER)]),
        (None, CART, [(None, CART), None]),
        (CART, CART, [(CART, CART), None]),
        (CART, None, [(CART, None), None]),
        (CART, ORDER, [(CART, ORDER), (None, ORDER)]),
        (ORDER, CART, [(ORDER, CART), (ORDER, None)]),
    ],
)
def test_webhooks_with_and_without_carts_see_a_change_each_in_its_way(
    before, after, told_as
):
    audience = Audience({"order.created": [ALL, WITH_CARTS]})
    seen = {
        subscription: (side.before, side.after)
        for side, hearers in audience.sides(Change(1, before, after)).items()
        for subscription in hearers.of("order.created", side)
    }
    assert [seen.get(WITH_CARTS), seen.get(ALL)] == told_as


def test_a_checkout_in_another_company_is_no_move_to_who_was_told_of_no_cart():
    cart, order = snapshot(company=1, is_cart=True), snapshot(company=2)
    audience = Audience({"order.created": [ALL]})
    [(side, hearers)] = audience.sides(Change(1, cart, order)).items()
    [(view, _subscriptions)] = hearers.views("order.created", side).items()
    assert (view.before, view.after, view.moved_away) == (None, order, False)


@pytest.mark.parametrize(
    ("subscriptions", "hears_carts"), [([ALL], False), ([ALL, WITH_CARTS], True)]
)
def test_whether_somebody_asks_for_carts(subscriptions, hears_carts):
    assert Audience({"order.created": subscriptions}).hears_carts is hears_carts
