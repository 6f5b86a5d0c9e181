"""Durations of answers, counted on a logarithmic scale.

A median of millions of answers so needs a few numbers for each hour. Each step of the
scale is √2 times as long as the one before, so no estimate is wrong by more than a
fifth.
"""

from bisect import bisect_left
from itertools import accumulate
from math import ceil

#: The first step has whatever took no longer.
LOWEST_MS = 10
STEP = 2**0.5
#: The last step ends at 41 seconds: no request takes longer.
STEPS = 25
#: The longest duration that is in each step but the last, in whole milliseconds, as
#: durations are.
STEP_ENDS_MS = [int(LOWEST_MS * STEP**step) for step in range(STEPS - 1)]


def counted(durations):
    """Return how many of some durations are in each step.

    :param durations: milliseconds of each
    """
    counts = [0] * STEPS
    for duration in durations:
        counts[bisect_left(STEP_ENDS_MS, duration)] += 1
    return counts


def quantile(counts, share):
    """Estimate how long that share of the answers took at the most.

    :param counts: how many answers are in each step
    :param float share: 0.5 for the median
    :return: milliseconds; None if there are no answers
    """
    total = sum(counts)
    if not total:
        return None
    rank = max(1, ceil(share * total))
    step = next(step for step, up_to in enumerate(accumulate(counts)) if up_to >= rank)
    # the middle of the step, as far from both of its ends
    return LOWEST_MS * STEP ** (step - 0.5)
