"""What capture costs where orders are changed: one, many, large ones, in loops."""

import itertools
from collections.abc import Iterator

from .compare import Limits
from .measure import measured, ratio
from .report import Row
from .run import Run

UPDATED = "order.updated"
MASS, LOOP = 1, 0.3
# times as many orders as an import has
LARGE, LARGEST = 1, 5
# times as many lines
SAVEPOINTS = 50

THOROUGH = Limits(error=0.02, seconds=40, rounds=(10, 500))
QUICK = Limits(error=0.05, seconds=60, rounds=(3, 20))
ONCE = Limits(error=0.1, seconds=90, rounds=(1, 3))


def one_field(run: Run) -> Iterator[Row]:
    """One field of an order with one line."""
    orders = run.shop.quotations(1)
    with run.shop.webhook(UPDATED):
        yield ratio(
            run,
            "write_one_field",
            "one field of an order with one line",
            lambda: run.shop.refer(orders),
            events=1,
            goal=4,
            limits=THOROUGH,
        )


def mass(run: Run) -> Iterator[Row]:
    """One field of many orders with one write."""
    number = int(MASS * run.orders)
    orders = run.shop.quotations(number)
    with run.shop.webhook(UPDATED):
        yield ratio(
            run,
            "write_mass",
            f"one field of {number} orders with one write",
            lambda: run.shop.refer(orders),
            events=number,
            goal=3,
            limits=QUICK,
        )


def loop(run: Run) -> Iterator[Row]:
    """One field of each of many orders in a transaction, one after the other."""
    number = max(1, int(LOOP * run.orders))
    orders = run.shop.quotations(number)
    with run.shop.webhook(UPDATED):
        yield ratio(
            run,
            "write_loop",
            f"one field of {number} orders, a write each, in a transaction",
            lambda: run.shop.refer(orders, one_by_one=True),
            events=number,
            goal=8,
            limits=QUICK,
        )


def large_order(run: Run) -> Iterator[Row]:
    """One quantity, and one field, of an order with many lines."""
    number = LARGE * run.orders
    orders = run.shop.quotations(1, lines=number)
    quantities = itertools.count(3)
    with run.shop.webhook(UPDATED):
        yield ratio(
            run,
            "large_order_line",
            f"one quantity in an order with {number} lines",
            lambda: run.shop.order_other_quantity(orders, next(quantities)),
            events=1,
            goal=1.3,
            limits=QUICK,
        )
        what = f"one field of an order with {number} lines"
        found, _clock = measured(
            run, what, lambda: run.shop.refer(orders), events=1, limits=QUICK
        )
        yield Row(
            "large_order_field_ms",
            1000 * found.difference,
            f"{what}, milliseconds more",
            goal=50,
        )


def savepoints(run: Run) -> Iterator[Row]:
    """A very large order, written within many savepoints of one transaction."""
    number = LARGEST * run.orders
    orders = run.shop.quotations(1, lines=number)
    what = f"an order with {number} lines, written in {SAVEPOINTS} savepoints"
    with run.shop.webhook(UPDATED):
        found, _clock = measured(
            run,
            what,
            lambda: run.shop.refer_in_savepoints(orders, SAVEPOINTS),
            events=1,
            limits=ONCE,
        )
    yield Row("savepoints_s", found.difference, f"{what}, seconds more")
