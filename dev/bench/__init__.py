"""`make bench`: how much the addon costs, in figures that other machines have too.

All are ratios of two things that are measured in turns in the same run, so that a busy
or slow machine does not distort them.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from .. import errors, paths, postgres
from . import changes, delivery, disk, log, overhead, overview, retention, trouble
from .report import Row, table, write
from .run import Run

FIGURES: dict[str, Callable[[Run], Iterable[Row]]] = {
    "noise": overhead.noise,
    "order_overhead_no_match": overhead.no_match,
    "order_overhead_other_channel": overhead.other_channel,
    "order_overhead_one_webhook": overhead.one_webhook,
    "import_overhead": overhead.imports,
    "write_one_field": changes.one_field,
    "write_mass": changes.mass,
    "write_loop": changes.loop,
    "large_order_line": changes.large_order,
    "savepoints_s": changes.savepoints,
    "overview_ms": overview.opening,
    "log_size_gb": log.size,
    "throughput_vs_job_per_event": delivery.throughput,
    "latency_median_s": delivery.latency,
    "worker_memory_growth": delivery.memory,
    "confirm_while_delivering": delivery.confirming,
    "throughput_full_log": delivery.full_log,
    "good_beside_600_refused_s": trouble.refusals,
    "latency_beside_backlog": trouble.backlog,
    "retention_longest_transaction_s": retention.removing,
}
"""What can be measured, by the name of its main figure; each yields a row or more."""

RESULTS = paths.ROOT / "bench" / "results.json"


def main(arguments: list[str]) -> int:
    """Measure, print a table and write the results; a missed goal is no failure.

    :param arguments: names of figures; by default all. ``ONLY`` names some too.

    Environment: ``ROUNDS`` and ``ORDERS`` for a quick look (see `Run`), ``RESULTS``
    another file for the results, ``EVENTS`` how long the log is of which the overview
    is opened, whose room is measured, and from which half is removed.
    """
    chosen = chosen_figures([*arguments, *os.environ.get("ONLY", "").split()])
    rows: list[Row] = []
    with (
        postgres.running() as connection,
        disk.waits(connection),
        contextlib.ExitStack() as stack,
    ):
        run = Run(connection, stack)
        for name in chosen:
            rows += FIGURES[name](run)
    print(f"\n{table(rows)}\n", flush=True)
    path = Path(os.environ.get("RESULTS") or RESULTS)
    write(path, rows, keep=len(chosen) < len(FIGURES))
    print(f"Written to {path}", flush=True)
    return 0


def chosen_figures(names: Iterable[str]) -> list[str]:
    """The figures to measure, in their own order.

    :raises Problem: one of `names` is no figure.
    """
    names = [name for text in names for name in text.split(",") if name]
    unknown = [name for name in names if name not in FIGURES]
    if unknown:
        raise errors.Problem(
            f"There is no figure {', '.join(unknown)}: choose from {', '.join(FIGURES)}"
        )
    return [name for name in FIGURES if not names or name in names]
