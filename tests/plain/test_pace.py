"""How many requests may be begun in a second."""

import pytest
from delivery import pace
from delivery.pace import Pace

BURST_S = 0.1


class Clock:
    """As ``time``, but it stands still until it is moved."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    return clock


def limited(rate):
    pace_ = Pace(BURST_S)
    pace_.limit(rate)
    return pace_


@pytest.mark.parametrize("rate", [None, 0])
def test_no_limit(rate):
    assert limited(rate).allowed() is None
    assert limited(rate).is_rested


@pytest.mark.parametrize("rate", [0.1, 0.5, 2, 25, 1000])
def test_rate(clock, rate):
    """In a long time no more are begun than the rate allows, and hardly fewer."""
    pace_, begun, seconds = limited(rate), 0, 100
    for _look in range(seconds * 20):
        allowed = pace_.allowed()
        pace_.note(allowed)
        begun += allowed
        clock.now += 0.05
    assert rate * seconds * 0.95 - 1 <= begun <= rate * seconds + max(1, rate * BURST_S)


def test_no_saving_up(clock):
    """After a long rest, no more are begun at once than in a moment's time."""
    pace_ = limited(20)
    clock.now += 1000
    assert pace_.allowed() == 2


def test_rest(clock):
    """Who begins another request too early is told to wait."""
    pace_ = limited(0.5)
    pace_.note(1)
    assert not pace_.is_rested
    clock.now += 1.9
    assert not pace_.is_rested
    clock.now += 0.2
    assert pace_.is_rested
