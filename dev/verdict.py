"""Compares what the story expects, what Odoo says, and what the receiver got."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import zip_longest
from operator import itemgetter

from .receiver import Request
from .story import Expected, Story

TIMEOUT = 90
"""Seconds that the deliveries may take; the job runner itself needs 5 to begin."""
QUIET = 1
"""Seconds to wait for what should not come any more."""
COLUMNS = ("Webhook", "Order", "Expected", "Odoo says", "Receiver got", "Verdict")
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


@dataclass(frozen=True)
class Delivery:
    """One event as seen from all three sides; None where a side does not know it.

    :param event: its fields in Odoo.
    :param requests: the attempts that arrived, rightly signed.
    """

    webhook: str
    order: str
    expected: Expected | None
    event: dict | None
    requests: list[Request] | None

    @property
    def agrees(self) -> bool:
        """Whether all sides say that the same message was accepted, once."""
        expected, event, requests = self.expected, self.event, self.requests
        if not (expected and event and requests):
            return False
        *earlier, last = (request.status for request in requests)
        return (
            expected.event == event["event"]
            and (event["state"], event["response_code"], last)
            == ("delivered", 200, 200)
            and 200 not in earlier
            and expected.attempts == event["attempt_count"] == len(requests)
            and {(each.message_id, each.body) for each in requests}
            == {(event["message_id"], event["payload"].encode())}
        )

    def row(self) -> tuple[str, ...]:
        """A line of the table."""
        expected = says = got = "nothing"
        if self.expected:
            expected = f"{self.expected.event}, {_count(self.expected.attempts)}"
        if self.event:
            code, count = self.event["response_code"], self.event["attempt_count"]
            says = f"{self.event['event']} {self.event['state']}, {code or 'no answer'}"
            says += f", {_count(count)}"
        if self.requests:
            statuses = ", ".join(str(each.status) for each in self.requests)
            got = f"signed, answered {statuses}"
        verdict = "ok" if self.agrees else "WRONG"
        return self.webhook, self.order, expected, says, got, verdict


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

    Each record's messages are in order among themselves: an order's, and each
    shipment's. The story has one return of an order after the other.

    :param events: ``nshift.webhook.event`` as `_EVENT_FIELDS`, in Odoo's order.
    :param requests: in the order they arrived.
    """
    names = {id_: hook.name for hook, id_ in story.hook_ids.items()}
    paths = {hook.path: hook.name for hook in story.hook_ids}
    stray: list[str] = []
    attempts: dict[str, list[Request]] = defaultdict(list)
    for request in requests:
        if request.fault:
            stray.append(
                f"A request to {request.path} is not accepted: {request.fault}"
            )
        else:
            attempts[request.message_id].append(request)

    sides: dict[tuple, tuple[list, list, list]] = defaultdict(lambda: ([], [], []))

    def side(number: int, webhook: str, order: str, type_: str) -> list:
        return sides[webhook, order, type_.partition(".")[0]][number]

    for each in story.expected:
        side(0, each.hook.name, each.order, each.event).append(each)
    for event in events:
        webhook = names[event["webhook_id"]]
        side(1, webhook, _order_of(event), event["event"]).append(event)
    for group in attempts.values():
        message, webhook = group[0].message, paths[group[0].path]
        side(2, webhook, order_number(message), message["type"]).append(group)
    for _expected, known, arrived in sides.values():
        known.sort(key=itemgetter("res_id"))
        arrived.sort(key=lambda group: _subject(group[0].message)["id"])

    deliveries = [
        Delivery(webhook, order, *seen)
        for (webhook, order, _kind), lists in sides.items()
        for seen in zip_longest(*lists)
    ]
    return deliveries, stray


def table(deliveries: list[Delivery]) -> str:
    """The deliveries as lines with aligned columns."""
    rows = [COLUMNS, *(delivery.row() for delivery in deliveries)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


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


def _count(attempts: int) -> str:
    return f"{attempts} attempt{'s' if attempts != 1 else ''}"
