import pytest
from capture.change import Change
from capture.snapshot import Snapshot
from capture.subscription import Audience, Subscription

ALL = Subscription(1, None, frozenset())
OF_CHANNEL_5 = Subscription(2, None, frozenset({5}))


def snapshot(company=1, channel=None):
    return Snapshot("order", "S1", company, frozenset({channel} - {None}))


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
