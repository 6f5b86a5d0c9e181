"""A ratio, and how sure it is, from paired measurements on a noisy machine."""

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 1000
CONFIDENCE = 0.95
FEW = 8
"""With fewer values than these, the interval is all of them."""


@dataclass(frozen=True)
class Estimate:
    """A value, and the interval that holds the true one in 95 of 100 cases."""

    value: float
    low: float
    high: float

    @property
    def error(self) -> float:
        """Half of the interval's width."""
        return (self.high - self.low) / 2


def estimate(ratios: Sequence[float]) -> Estimate:
    """The typical one of `ratios`, each of which is of one pair of measurements.

    It is the mean of their middle half, on a logarithmic scale, so that 2 and 1/2 are
    1 on average. What disturbed a pair, on either side, counts no more than any other
    pair outside of the middle. The interval is a bootstrap's.
    """
    logs = [math.log(ratio) for ratio in ratios]
    if len(logs) < FEW:
        interval = min(logs), max(logs)
    else:
        # The same ratios make the same interval.
        chance = random.Random(len(logs))  # noqa: S311
        means = sorted(
            _middle_mean(chance.choices(logs, k=len(logs))) for _ in range(RESAMPLES)
        )
        outside = round(RESAMPLES * (1 - CONFIDENCE) / 2)
        interval = means[outside], means[-1 - outside]
    return Estimate(*map(math.exp, (_middle_mean(logs), *interval)))


def _middle_mean(values: Sequence[float]) -> float:
    cut = len(values) // 4
    middle = sorted(values)[cut : len(values) - cut]
    return sum(middle) / len(middle)
