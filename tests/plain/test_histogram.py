"""Quantiles of durations are estimated of a few counts."""

import random
import statistics

import pytest
from delivery.histogram import (
    LOWEST_MS,
    STEP,
    STEPS,
    counted,
    quantile,
)


def exact(durations, share):
    ordered = sorted(durations)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def added(*counts):
    return [sum(step) for step in zip(*counts, strict=True)]


def test_nothing_has_no_median():
    assert quantile(counted([]), 0.5) is None


@pytest.mark.parametrize("duration", [11, 14, 15, 20, 119, 1000, 15_000, 40_960])
def test_one_duration(duration):
    for share in (0, 0.5, 0.95, 1):
        estimate = quantile(counted([duration]), share)
        assert estimate / 1.2 < duration < estimate * 1.2


def test_each_is_counted_once():
    durations = range(60_000)
    assert sum(counted(durations)) == len(durations)
    assert len(counted([])) == STEPS


@pytest.mark.parametrize("step", range(STEPS))
def test_end_of_a_step(step):
    """What ends a step is in it, and what is longer is in the next one."""
    end = int(LOWEST_MS * STEP**step)
    assert counted([end])[step] == 1
    after = min(step + 1, STEPS - 1)
    assert counted([end + 1])[after] == 1


@pytest.mark.parametrize("duration", [0, 1, 10])
def test_the_shortest(duration):
    assert quantile(counted([duration]), 0.5) < LOWEST_MS


def test_the_longest():
    """Whatever a clock says, it is in the last step."""
    assert counted([10**9])[-1] == 1


@pytest.mark.parametrize("seed", range(20))
def test_many(seed):
    chance = random.Random(seed)
    middle, width = chance.uniform(20, 2000), chance.uniform(0.1, 1.5)
    durations = [
        min(max(chance.lognormvariate(0, width) * middle, 11), 30_000)
        for _ in range(chance.randint(1, 3000))
    ]
    for share in (0.5, 0.95):
        estimate = quantile(counted(durations), share)
        assert estimate / 1.2 < exact(durations, share) < estimate * 1.2


def test_hours_add_up():
    """The counts of two hours are those of both."""
    first, second = [20, 30, 4000], [25, 900]
    together = added(counted(first), counted(second))
    assert together == counted(first + second)
    assert quantile(together, 0.5) == pytest.approx(
        statistics.median(first + second), rel=0.2
    )


def test_slow_ones_show_in_the_95th_percentile_only():
    durations = [50] * 94 + [5000] * 6
    assert quantile(counted(durations), 0.5) < 60
    assert quantile(counted(durations), 0.95) > 4000
