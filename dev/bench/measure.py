"""Measures work with capture and without."""

import time
from collections.abc import Callable
from typing import Any

from .. import errors, paths
from ..progress import Activity
from . import hooks
from .compare import Condition, Limits, Pairs, compare
from .report import Row
from .run import Run


def ratio(
    run: Run,
    name: str,
    what: str,
    work: Callable[[], None],
    *,
    goal: float | None = None,
    **options: Any,
) -> Row:
    """Divide what `work` takes with capture by what it takes without.

    :param options: those of `measured`
    """
    found, clock = measured(run, what, work, **options)
    return Row(
        name,
        found.ratio,
        f"{what} ({len(found.seconds)} pairs)",
        goal=goal,
        clock=clock.ratio if clock else None,
    )


def measured(
    run: Run,
    what: str,
    work: Callable[[], None],
    *,
    limits: Limits,
    warm_up: Callable[[], None] | None = None,
    events: int = 0,
    condition: Condition | None = None,
    collect: bool = False,
) -> tuple[Pairs, Pairs | None]:
    """Measure `work` with capture and without.

    :param warm_up: something like it that may be less; by default the same.
    :param events: how many events it makes with capture.
    :param condition: what is compared with Odoo without capture; by default, with it.
    :return: in processor time, or by the clock on the wall where that cannot be had;
        and by the clock on the wall, None where that is the first one.
    :raises Problem: the conditions are not what they should be.
    """
    shop = run.shop
    conditions = condition or shop.with_capture, shop.without_capture
    if run.rounds:
        limits = Limits(0, limits.seconds, (run.rounds, run.rounds))
    with Activity(f"Measuring {what}") as activity:
        _warm_up(run, warm_up or work, conditions)
        shop.settle_down()
        processor = shop.processor_clock()
        clocks = ([processor] if processor else []) + [time.perf_counter]
        before = shop.event_count()
        found = compare(
            work,
            conditions,
            tuple(clocks),
            limits,
            collect=collect,
            progress=activity.note,
        )
        pairs = len(found[0].seconds)
        _require_events(shop.event_count() - before, pairs * events)
    return found[0], found[1] if processor else None


def _warm_up(
    run: Run, work: Callable[[], None], conditions: tuple[Condition, Condition]
) -> None:
    """Do everything that is only done the first time, and check the conditions."""
    before = run.shop.event_count()
    with run.shop.without_capture(), hooks.require_no_code_of(paths.ADDON):
        work()
    _require_events(run.shop.event_count() - before, 0)
    for condition in conditions * 2:
        with condition():
            work()


def _require_events(found: int, expected: int) -> None:
    if found != expected:
        raise errors.Problem(
            f"The orders of a measurement made {found} events instead of {expected}: "
            "it does not measure what it should."
        )
