"""What good messages notice of an endpoint that refuses, or that is gone."""

import statistics
import time
from collections.abc import Iterator

from .. import ports
from ..progress import Activity
from . import sink
from .report import Row
from .run import Run

REFUSED = 600
GOOD = 5
GOOD_EACH_S = 30
SETTLED_AFTER_S = 20
RATE_S = 60
ARRIVALS = 60
# times as many as an import has orders
BACKLOG = 400
RECORDS = 20_000


def refusals(run: Run) -> Iterator[Row]:
    """An endpoint that answers 404 to messages on orders that it does not know."""
    works = run.works
    unknown = works.body.replace(b"{", b'{"unknown":1,', 1)
    delays = []
    with (
        sink.running(refused="unknown") as endpoint,
        works.webhook(endpoint.url) as webhook_id,
        Activity(f"Measuring good messages beside {REFUSED} refused") as activity,
    ):
        works.commit_events(REFUSED, webhook_id, unknown)
        for _ in range(run.rounds or GOOD):
            run.sleep(GOOD_EACH_S)
            endpoint.take()
            works.arrival()
            delays.append(_next_good(endpoint))
            activity.note(f"after {max(delays):.1f} s at most")
    yield Row(
        f"good_beside_{REFUSED}_refused_s",
        max(delays),
        f"seconds to the arrival of a good one, the longest of {len(delays)}",
        goal=10,
    )
    with (
        sink.running(refused="") as endpoint,
        works.webhook(endpoint.url) as webhook_id,
        Activity("Measuring how often an endpoint is asked that refuses all"),
    ):
        works.commit_events(REFUSED, webhook_id)
        run.sleep(SETTLED_AFTER_S)
        endpoint.take()
        started = time.monotonic()
        run.sleep(RATE_S)
        per_second = len(endpoint.take()) / (time.monotonic() - started)
    yield Row(
        "requests_to_refuser_per_minute",
        60 * per_second,
        f"to an endpoint that answers 404 to each of {REFUSED} messages",
        goal=12,
    )


def _next_good(endpoint: sink.Sink) -> float:
    """Wait for the next message that is not refused; the seconds that it took."""
    started = time.monotonic()
    while True:
        for id_, arrived in endpoint.wait_for(1):
            if not id_.startswith("msg_bench_"):
                return max(0.0, arrived - started)


def backlog(run: Run) -> Iterator[Row]:
    """Very many events that wait for an endpoint that is gone."""
    works = run.works
    number = BACKLOG * run.orders
    with Activity(f"Measuring beside {number} events that wait") as activity:
        alone = _arrivals(works, run.rounds or ARRIVALS)
        with works.webhook(f"https://localhost:{ports.free_port()}/") as webhook_id:
            activity.note("filling the log")
            works.fill_backlog(webhook_id, number, RECORDS)
            # as if they had come one by one, and not all at once
            works.wait_until_seen(webhook_id)
            beside = _arrivals(works, run.rounds or ARRIVALS)
    yield Row(
        "latency_beside_backlog",
        statistics.median(beside) / statistics.median(alone),
        f"seconds from commit to arrival beside {number} events that wait for a dead "
        "endpoint, divided by those without",
        goal=1.5,
    )


def _arrivals(works, number: int) -> list[float]:
    times = []
    for _ in range(number):
        times.append(works.arrival())
        time.sleep(0.1)
    return times
