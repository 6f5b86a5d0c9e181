"""How fast events are delivered, and what users notice of it."""

import statistics
import time
from collections.abc import Iterator

import requests

from .. import certificate
from ..progress import Activity
from .estimate import estimate
from .report import Row
from .run import Run
from .works import WORKERS, Works

ROUNDS = 5
LATENCY_ORDERS = 150
# as many of each as an import has orders, times:
AT_ONCE = 3
ALONE = 0.2
BARE = 2
MANY = 10
LOG = 1000


def throughput(run: Run) -> Iterator[Row]:
    """Events a second from commit to receiver, against two other ways."""
    works = run.works
    at_once, alone_at_once = AT_ONCE * run.orders, round(ALONE * run.orders)
    per_job, per_session, rates = [], [], []
    with Activity("Measuring how many events a second arrive") as activity:
        works.deliver(at_once)
        works.deliver_each_alone(alone_at_once)
        for _ in range(run.rounds or ROUNDS):
            ours = works.deliver(at_once)
            alone = works.deliver_each_alone(alone_at_once)
            bare = _bare_session(works, BARE * run.orders)
            rates.append(ours)
            per_job.append(ours / alone)
            per_session.append(ours / bare)
            activity.note(f"{ours:.0f}, {alone:.0f} and {bare:.0f} a second")
    yield Row(
        "throughput_per_second",
        statistics.median(rates),
        f"events a second on this machine, {at_once} committed at once",
    )
    yield Row(
        "throughput_vs_job_per_event",
        estimate(per_job),
        "the same, divided by what one queue job for each event does",
        goal=15,
        at_least=True,
    )
    yield Row(
        "throughput_vs_bare_session",
        estimate(per_session),
        "the same, divided by a loop of requests.Session.post in one thread",
        goal=0.8,
        at_least=True,
    )


def _bare_session(works: Works, number: int) -> float:
    authority = str(certificate.ensure().authority)
    with requests.Session() as session:
        started = time.monotonic()
        for _ in range(number):
            session.post(
                works.endpoint.url,
                data=works.body,
                headers={"Content-Type": "application/json"},
                timeout=15,
                # the session's own would give way to the environment's
                verify=authority,
            )
        return number / (works.endpoint.wait_for(number)[-1][1] - started)


def latency(run: Run) -> Iterator[Row]:
    """From the commit of an order to the arrival of its event, at low load."""
    works = run.works
    times = []
    with Activity("Measuring how long an event is on its way"):
        for _ in range(run.rounds or LATENCY_ORDERS):
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
    """What workers grow by while they deliver; which one does is chance."""
    works = run.works
    many = MANY * run.orders
    with Activity(f"Measuring memory while {many} events are delivered"):
        # each of the workers may have a turn
        for _ in range(WORKERS * 3):
            works.deliver(run.orders)
        before = works.memory()
        works.deliver(many)
        after = works.memory()
    yield Row(
        "worker_memory_growth",
        after / before,
        f"memory of all workers after {many} events, divided by that before",
        goal=1.05,
    )


def confirming(run: Run) -> Iterator[Row]:
    """What a user who confirms orders notices of 10,000 events that are delivered."""
    works = run.works
    many = MANY * run.orders
    ratios = []
    with Activity(f"Measuring orders while {many} events are delivered"):
        works.shop.order_and_confirm()
        for _ in range(run.rounds or ROUNDS):
            # the events of these orders are delivered in both cases
            idle = _confirmations(works, seconds=run.orders / 200)
            works.commit_events(many)
            busy = _confirmations(works, while_=works.is_delivering)
            works.wait_until_idle()
            ratios.append(statistics.median(busy) / statistics.median(idle))
    yield Row(
        "confirm_while_delivering",
        estimate(ratios),
        f"seconds to make and confirm an order while {many} events are delivered, "
        "divided by those when nothing else goes on",
        goal=1.15,
    )


def _confirmations(works, *, seconds=None, while_=None) -> list[float]:
    end = time.monotonic() + (seconds or 600)
    times = []
    while True:
        started = time.monotonic()
        works.shop.order_and_confirm()
        times.append(time.monotonic() - started)
        if time.monotonic() > end or (while_ and not while_()):
            return times


def full_log(run: Run) -> Iterator[Row]:
    """What a long history costs."""
    works = run.works
    at_once, log = AT_ONCE * run.orders, LOG * run.orders
    with Activity(f"Measuring with {log} events in the log") as activity:
        works.deliver(at_once)
        empty = [works.deliver(at_once) for _ in range(run.rounds or ROUNDS)]
        activity.note("filling the log")
        works.fill_log(log)
        works.deliver(at_once)
        full = [works.deliver(at_once) for _ in range(run.rounds or ROUNDS)]
    yield Row(
        "throughput_full_log",
        estimate([b / a for a, b in zip(sorted(empty), sorted(full), strict=True)]),
        f"events a second with {log} events in the log, divided by those without",
        goal=0.9,
        at_least=True,
    )
