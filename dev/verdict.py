"""Compares what the story expects, what Odoo says, and what the receiver got."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import zip_longest
from operator import itemgetter

from .receiver import Request
from .story import Expected, Story

TIMEOUT = 90
"""Seconds that the deliveries may take; the job runner itself needs 5 to begin."""
QUIET = 1
"""Seconds to wait for what should not come any more."""
COLUMNS = ("Webhook", "Order", "Event", "Odoo says", "Receiver got", "Verdict")


@dataclass(frozen=True)
class Delivery:
    """One event as seen from all three sides; None where a side does not know it.

    :param event: its fields in Odoo.
    :param requests: the attempts that arrived.
    """

    webhook: str
    order: str
    expected: Expected | None
    event: dict | None
    requests: list[Request] | None
    faults: list[str] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        says = got = "nothing"
        if self.event:
            code, count = self.event["response_code"], self.event["attempt_count"]
            says = f"{self.event['state']}, {code or 'no answer'}, {_count(count)}"
        if self.requests:
            statuses = ", ".join(str(each.status) for each in self.requests)
            got = f"signed, answered {statuses}"
        faults = "; ".join(self.faults) or "ok"
        return self.webhook, self.order, self._type(), says, got, faults

    def _type(self) -> str:
        if self.event:
            return self.event["event"]
        if self.expected:
            return self.expected.event
        return self.requests[0].message["type"]


def reach(story: Story) -> tuple[list[Delivery], list[str]]:
    """Wait until all is delivered (or time is up) and compare.

    :return: the deliveries, in the order they happened, and what is wrong besides.
    """
    deadline = time.monotonic() + TIMEOUT
    while (events := _events(story)) and time.monotonic() < deadline:
        pending = any(event["state"] == "pending" for event in events)
        if not pending and len(events) >= len(story.expected):
            break
        time.sleep(0.5)
    time.sleep(QUIET)
    paths = {hook.path for hook in story.hook_ids}
    requests = [each for each in story.receiver.requests() if each.path in paths]
    return compare(story, _events(story), requests)


def compare(
    story: Story, events: list[dict], requests: Iterable[Request]
) -> tuple[list[Delivery], list[str]]:
    """Set the three sides against each other.

    :param events: ``nshift.webhook.event`` as `_EVENT_FIELDS`, in Odoo's order.
    :param requests: in the order they arrived.
    """
    names = {id_: hook.name for hook, id_ in story.hook_ids.items()}
    paths = {hook.path: hook.name for hook in story.hook_ids}
    stray = [
        f"A request to {request.path} is not accepted: {request.fault}"
        for request in requests
        if request.fault
    ]
    attempts: dict[str, list[Request]] = {}
    for request in requests:
        if not request.fault:
            attempts.setdefault(request.message_id, []).append(request)

    # Each record's messages are in order among themselves: an order's, and each
    # shipment's. The story has one return of an order after the other.
    sides: dict[tuple[str, str, str], tuple[list, list, list]] = {}

    def side(webhook: str, order: str, type_: str, number: int) -> list:
        key = webhook, order, type_.partition(".")[0]
        return sides.setdefault(key, ([], [], []))[number]

    for each in story.expected:
        side(each.hook.name, each.order, each.event, 0).append(each)
    for event in events:
        webhook = names[event["webhook_id"]]
        side(webhook, _order_of(event), event["event"], 1).append(event)
    for group in attempts.values():
        message = group[0].message
        webhook = paths[group[0].path]
        side(webhook, order_number(message), message["type"], 2).append(group)
    for _expected, known, arrived in sides.values():
        known.sort(key=itemgetter("res_id"))
        arrived.sort(key=lambda group: _subject(group[0].message)["id"])

    deliveries = [
        Delivery(webhook, order, *what, faults=_faults(*what))
        for (webhook, order, _kind), lists in sides.items()
        for what in zip_longest(*lists)
    ]
    return deliveries, stray


def table(deliveries: list[Delivery]) -> str:
    """The deliveries as lines with aligned columns."""
    rows = [COLUMNS, *(delivery.row() for delivery in deliveries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


_EVENT_FIELDS = (
    "webhook_id",
    "event",
    "message_id",
    "state",
    "response_code",
    "attempt_count",
    "payload",
    "res_name",
    "res_id",
)


def order_number(message: dict) -> str:
    """The order that a message is about, or whose shipment it is about."""
    subject = _subject(message)
    return subject.get("orders", [subject])[0]["name"]


def _subject(message: dict) -> dict:
    """The order, shipment or return that a message is about."""
    kind = message["type"].partition(".")[0]
    return message["data"][kind]


def _order_of(event: dict) -> str:
    if event["payload"]:
        return order_number(json.loads(event["payload"]))
    return event["res_name"]


def _events(story: Story) -> list[dict]:
    domain = [("webhook_id", "in", list(story.hook_ids.values()))]
    return story.api.search("nshift.webhook.event", domain, *_EVENT_FIELDS, order="id")


def _faults(
    expected: Expected | None, event: dict | None, requests: list[Request] | None
) -> list[str]:
    faults = []
    if not expected:
        faults.append("not expected")
    if not event:
        faults.append("missing in Odoo")
    elif event["state"] != "delivered" or event["response_code"] != 200:
        faults.append("not delivered")
    if expected and event and expected.event != event["event"]:
        faults.append(f"{expected.event} expected")
    if not requests:
        return [*faults, "did not arrive"]
    statuses = [request.status for request in requests]
    if statuses[-1] != 200 or 200 in statuses[:-1]:
        faults.append("not accepted exactly once")
    if len({request.body for request in requests}) > 1:
        faults.append("attempts differ")
    if expected and len(requests) != expected.attempts:
        faults.append(f"{_count(expected.attempts)} expected")
    if event:
        if event["message_id"] != requests[0].message_id:
            faults.append("out of order")
        elif event["payload"].encode() != requests[0].body:
            faults.append("not the bytes that Odoo shows")
        elif event["attempt_count"] != len(requests):
            faults.append("attempts miscounted")
    return faults


def _count(attempts: int) -> str:
    return f"{attempts} attempt{'s' if attempts != 1 else ''}"
