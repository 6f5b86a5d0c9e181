"""How fast events are delivered, and what users notice of it."""

import statistics
import time
from collections.abc import Iterator

import requests

from ..progress import Activity
from .estimate import estimate
from .report import Row
from .run import Run
from .works import WORKERS

ROUNDS = 5
AT_ONCE = 3000
ALONE = 200
BARE = 2000
ORDERS = 150
LOG = 1_000_000
MANY = 10_000


def throughput(run: Run) -> Iterator[Row]:
    """Events a second from commit to receiver, against two other ways."""
    works = run.works
    per_job, per_session, rates = [], [], []
    with Activity("Measuring how many events a second arrive") as activity:
        works.deliver(AT_ONCE)
        works.deliver_each_alone(20)
        for _ in range(run.rounds or ROUNDS):
            ours = works.deliver(AT_ONCE)
            alone = works.deliver_each_alone(ALONE)
            bare = _bare_session(works)
            rates.append(ours)
            per_job.append(ours / alone)
            per_session.append(ours / bare)
            activity.note(f"{ours:.0f}, {alone:.0f} and {bare:.0f} a second")
    yield Row(
        "throughput_per_second",
        statistics.median(rates),
        f"events a second on this machine, {AT_ONCE} committed at once",
    )
    yield Row(
        "throughput_vs_job_per_event",
        estimate(per_job),
        "the same, divided by what one queue job for each event does",
        goal=6,
        at_least=True,
    )
    yield Row(
        "throughput_vs_bare_session",
        estimate(per_session),
        "the same, divided by a loop of requests.Session.post in one thread",
        goal=0.6,
        at_least=True,
    )


def _bare_session(works) -> float:
    with requests.Session() as session:
        started = time.monotonic()
        for _ in range(BARE):
            session.post(
                works.endpoint.url,
                data=works.body,
                headers={"Content-Type": "application/json"},
                timeout=15,
            )
        return BARE / (works.endpoint.wait_for(BARE)[-1][1] - started)


def latency(run: Run) -> Iterator[Row]:
    """From the commit of an order to the arrival of its event, at low load."""
    works = run.works
    times = []
    with Activity(f"Measuring the way of {ORDERS} orders"):
        for _ in range(run.rounds or ORDERS):
            times.append(works.arrival())
            time.sleep(0.1)
    yield Row(
        "latency_median_s",
        statistics.median(times),
        f"seconds from commit to arrival, {len(times)} orders one by one",
        goal=0.3,
    )
    rank = min(len(times) - 1, round(len(times) * 0.99))
    yield Row("latency_p99_s", sorted(times)[rank], "in 99 of 100 cases it is less")


def memory(run: Run) -> Iterator[Row]:
    """What a worker grows by while it delivers."""
    works = run.works
    with Activity(f"Measuring memory while {MANY} events are delivered"):
        # each of the workers may have a turn
        for _ in range(WORKERS * 3):
            works.deliver(1000)
        before = works.memory()
        works.deliver(MANY)
        after = works.memory()
    yield Row(
        "worker_memory_growth",
        max(after[pid] / before[pid] for pid in before.keys() & after.keys()),
        f"memory of the worker that grew most, after {MANY} events",
        goal=1.05,
    )


def confirming(run: Run) -> Iterator[Row]:
    """What a user who confirms orders notices of 10,000 events that are delivered."""
    works = run.works
    ratios = []
    with Activity(f"Measuring orders while {MANY} events are delivered"):
        works.shop.order_and_confirm()
        for _ in range(run.rounds or ROUNDS):
            # the events of these orders are delivered in both cases
            idle = _confirmations(works, seconds=5)
            works.commit_events(MANY)
            busy = _confirmations(works, while_=works.is_delivering)
            works.wait_until_idle()
            ratios.append(statistics.median(busy) / statistics.median(idle))
    yield Row(
        "confirm_while_delivering",
        estimate(ratios),
        f"seconds to make and confirm an order while {MANY} events are delivered, "
        "divided by those when nothing else goes on",
        goal=1.15,
    )


def _confirmations(works, *, seconds=None, while_=None) -> list[float]:
    end = time.monotonic() + (seconds or 600)
    times = []
    while time.monotonic() < end and (while_ is None or while_()):
        started = time.monotonic()
        works.shop.order_and_confirm()
        times.append(time.monotonic() - started)
    return times


def full_log(run: Run) -> Iterator[Row]:
    """What a long history costs."""
    works = run.works
    with Activity(f"Measuring with {LOG} events in the log") as activity:
        works.deliver(AT_ONCE)
        empty = [works.deliver(AT_ONCE) for _ in range(run.rounds or ROUNDS)]
        activity.note("filling the log")
        works.fill_log(LOG)
        works.deliver(AT_ONCE)
        full = [works.deliver(AT_ONCE) for _ in range(run.rounds or ROUNDS)]
    yield Row(
        "throughput_full_log",
        estimate([b / a for a, b in zip(sorted(empty), sorted(full), strict=True)]),
        f"events a second with {LOG} events in the log, divided by those without",
        goal=0.9,
        at_least=True,
    )
