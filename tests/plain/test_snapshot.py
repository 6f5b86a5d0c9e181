import pytest
from capture.snapshot import Snapshot, net_effect
from capture.subscription import Subscription


def snapshot(payload=None, error=None, company=1, channel=None):
    return Snapshot("S1", company, channel, payload, error)


ONE, TWO = snapshot({"a": 1}), snapshot({"a": 2})
BROKEN, UNASKED = snapshot(error="KeyError"), snapshot()


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
    assert net_effect(before, after) == effect


@pytest.mark.parametrize(
    ("company", "channels", "record", "wanted"),
    [
        (None, (), snapshot(), True),
        (None, (), snapshot(company=2, channel=5), True),
        (1, (), snapshot(company=1), True),
        (1, (), snapshot(company=2), False),
        (None, (5, 6), snapshot(channel=5), True),
        (None, (5, 6), snapshot(channel=7), False),
        (None, (5, 6), snapshot(), False),
        (1, (5,), snapshot(company=2, channel=5), False),
        (None, (), None, False),
    ],
)
def test_a_subscription_wants(company, channels, record, wanted):
    assert Subscription(1, company, frozenset(channels)).wants(record) is wanted
