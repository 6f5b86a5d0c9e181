"""What capture costs the merchant: orders and imports with it, and without."""

import time
from collections.abc import Callable, Iterator

from .. import errors, paths
from ..progress import Activity
from . import hooks
from .compare import Condition, Limits, compare
from .report import Row
from .run import Run

CREATED, UPDATED, SHIPPED = "order.created", "order.updated", "shipment.created"

ONE_WEBHOOK_GOAL = 1.05
NO_MATCH_GOAL = 1.01
IMPORT_GOAL = 1.10

THOROUGH = Limits(error=0.005, seconds=45, rounds=(10, 500))
QUICK = Limits(error=0.01, seconds=25, rounds=(10, 500))
IMPORT = Limits(error=0.02, seconds=150, rounds=(3, 8))


def noise(run: Run) -> Iterator[Row]:
    """The same against itself: 1, or the figures below are worth nothing."""
    yield _row(
        run,
        "noise",
        "orders without capture, divided by the same",
        run.shop.order_and_confirm,
        limits=QUICK,
        condition=run.shop.without_capture,
    )


def no_match(run: Run) -> Iterator[Row]:
    """Orders of a shop that has no webhook for them."""
    with run.shop.webhook(CREATED, active=False):
        yield _row(
            run,
            "order_overhead_no_match",
            "orders, the only webhook is archived",
            run.shop.order_and_confirm,
            goal=NO_MATCH_GOAL,
            limits=THOROUGH,
        )


def other_channel(run: Run) -> Iterator[Row]:
    """Orders of a shop whose only webhook is for another order channel."""
    channels = [(6, 0, [run.shop.other_channel_id])]
    with run.shop.webhook(UPDATED, sale_channel_ids=channels):
        yield _row(
            run,
            "order_overhead_other_channel",
            f"orders, one {UPDATED} webhook of another channel",
            run.shop.order_and_confirm,
            limits=QUICK,
        )


def one_webhook(run: Run) -> Iterator[Row]:
    """Orders of a shop with one webhook that is told of them; the worst one counts."""
    rows = []
    for event in (CREATED, UPDATED, SHIPPED):
        with run.shop.webhook(event):
            row = _row(
                run,
                f"order_overhead_{event.replace('.', '_')}",
                f"orders, one {event} webhook",
                run.shop.order_and_confirm,
                events=1,
                limits=THOROUGH,
            )
        rows.append(row)
        yield row
    worst = max(rows, key=lambda row: row.number)
    yield Row(
        "order_overhead_one_webhook",
        worst.value,
        f"the worst of these: {worst.name}",
        goal=ONE_WEBHOOK_GOAL,
        clock=worst.clock,
    )


def imports(run: Run) -> Iterator[Row]:
    """Imports in a shop with one webhook that is told of them."""
    with run.shop.webhook(CREATED):
        yield _row(
            run,
            "import_overhead",
            f"imports of {run.orders} orders, one {CREATED} webhook",
            lambda: run.shop.import_orders(run.orders),
            warm_up=lambda: run.shop.import_orders(10),
            events=run.orders,
            goal=IMPORT_GOAL,
            limits=IMPORT,
            # Imports are long enough for it, and what capture keeps in memory until
            # the commit is looked through each time.
            collect=True,
        )


def _row(
    run: Run,
    name: str,
    what: str,
    work: Callable[[], None],
    *,
    limits: Limits,
    warm_up: Callable[[], None] | None = None,
    events: int = 0,
    goal: float | None = None,
    condition: Condition | None = None,
    collect: bool = False,
) -> Row:
    """Compare `work` with capture and without.

    :param warm_up: something like it that may be less; by default the same.
    :param events: how many events it makes with capture.
    :param condition: what is compared with Odoo without capture; by default, with it.
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
    return Row(
        name,
        found[0].ratio,
        f"{what} ({pairs} pairs)",
        goal=goal,
        clock=found[1].ratio if processor else None,
    )


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
