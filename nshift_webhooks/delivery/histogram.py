"""Durations of answers, counted on a logarithmic scale.

With this, the median of millions of answers needs a few numbers for each hour. Each
step of the scale is √2 times as long as the previous, so the error of an estimate is
below a fifth, except in the first step.
"""

from bisect import bisect_left
from itertools import accumulate
from math import ceil

#: Upper end of the first step, which begins at zero.
LOWEST_MS = 10
STEP = 2**0.5
#: Number of steps. The last would end at 41 seconds: no request takes longer.
STEPS = 25
#: The longest duration in each step but the last; durations are whole milliseconds.
STEP_ENDS_MS = [int(LOWEST_MS * STEP**step) for step in range(STEPS - 1)]


def counted(durations):
    """Count durations by step.

    :param durations: durations in milliseconds
    :return: a list with the number of durations in each step
    """
    counts = [0] * STEPS
    for duration in durations:
        counts[bisect_left(STEP_ENDS_MS, duration)] += 1
    return counts


def quantile(counts, share):
    """Estimate the duration that a share of the answers did not exceed.

    :param counts: number of answers in each step
    :param float share: share of the answers, 0.5 for the median
    :return: milliseconds as float; None if there are no answers
    """
    total = sum(counts)
    if not total:
        return None
    rank = max(1, ceil(share * total))
    step = next(step for step, up_to in enumerate(accumulate(counts)) if up_to >= rank)
    # the geometric middle of the step, equally far from both ends
    return LOWEST_MS * STEP ** (step - 0.5)
