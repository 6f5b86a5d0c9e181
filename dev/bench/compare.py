"""Measures the same work under two conditions, in turns."""

import contextlib
import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .estimate import Estimate, estimate

Condition = Callable[[], contextlib.AbstractContextManager]
Clock = Callable[[], float]

LOOK = 2
"""Seconds between two looks at how sure the figure is, which takes time itself."""


@dataclass(frozen=True)
class Limits:
    """How long to go on measuring.

    :param error: stop when the estimate's `Estimate.error` is no larger.
    :param seconds: stop after that many, however sure the estimate is.
    :param rounds: at least and at most so many; each is two pairs.
    """

    error: float
    seconds: float
    rounds: tuple[int, int]


@dataclass
class Pairs:
    """What one clock has said: how long the work took, (condition A, condition B)."""

    seconds: list[tuple[float, float]] = field(default_factory=list)

    @property
    def ratio(self) -> Estimate:
        """The time under condition A divided by that under condition B."""
        return estimate([first / second for first, second in self.seconds])

    @property
    def difference(self) -> float:
        """The seconds that it took longer under condition A, typically."""
        return statistics.median(first - second for first, second in self.seconds)


def compare(
    work: Callable[[], None],
    conditions: tuple[Condition, Condition],
    clocks: tuple[Clock, ...],
    limits: Limits,
    *,
    collect: bool = False,
    progress: Callable[[str], None] = lambda _text: None,
) -> list[Pairs]:
    """Measure `work` under the conditions A, B, B, A and then B, A, A, B, and so on.

    So whatever changes slowly, such as the size of the database or what others do on
    the machine, does the same to both.

    :param clocks: are read before and after; the first one says when it is enough.
    :param collect: whether Python collects garbage also while the clocks run.
    :param progress: is told how far it is.
    :return: the pairs of each clock.
    """
    found = [Pairs() for _clock in clocks]
    deadline = time.monotonic() + limits.seconds
    least, most = limits.rounds
    next_look = 0.0
    for done in range(1, most + 1):
        leader = done % 2
        for first in (leader, 1 - leader):
            took = {}
            for side in (first, 1 - first):
                with conditions[side]():
                    took[side] = _measure(work, clocks, collect)
            for pairs, under_a, under_b in zip(found, took[0], took[1], strict=True):
                pairs.seconds.append((under_a, under_b))
        now = time.monotonic()
        late = now >= deadline
        if done < least or (now < next_look and not late):
            continue
        next_look = now + LOOK
        ratio = found[0].ratio
        progress(f"{2 * done} pairs, {ratio.value:.3f} ±{ratio.error:.3f}")
        if late or ratio.error <= limits.error:
            break
    return found


def _measure(
    work: Callable[[], None], clocks: tuple[Clock, ...], collect: bool
) -> list[float]:
    gc.collect()
    if not collect:
        gc.disable()
    try:
        before = [clock() for clock in clocks]
        work()
        return [clock() - start for clock, start in zip(clocks, before, strict=True)]
    finally:
        gc.enable()
