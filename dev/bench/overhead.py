"""What capture costs the merchant: orders and imports with it, and without."""

from collections.abc import Iterator

from .compare import Limits
from .measure import ratio
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
    yield ratio(
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
        yield ratio(
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
        yield ratio(
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
            row = ratio(
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
        yield ratio(
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
