"""The demo finds what is missing, extra, out of order or wrongly signed."""

import json
from dataclasses import replace

import pytest

from dev import verdict
from dev.receiver import Request
from dev.story import HOOKS, Expected, Story

CREATED, UPDATED = HOOKS[0], HOOKS[1]


def message(number, hook, record_id=1):
    """The body of a message."""
    data = {"order": {"id": record_id, "name": "S1"}}
    return json.dumps({"id": f"msg_{number}", "type": hook.events[0], "data": data})


def event(number, hook, **values):
    """An event as Odoo shows it."""
    record_id = values.get("res_id", 1)
    return {
        "webhook_id": HOOKS.index(hook),
        "event": hook.events[0],
        "message_id": f"msg_{number}",
        "state": "delivered",
        "response_code": 200,
        "attempt_count": 1,
        "payload": message(number, hook, record_id),
        "res_name": "S1",
        "res_id": record_id,
    } | values


def request(number, hook, status=200, fault=None, record_id=1):
    """A request as the receiver recorded it."""
    headers = {"webhook-id": f"msg_{number}"}
    body = message(number, hook, record_id).encode()
    return Request(hook.path, headers, body, fault, 0, status)


class Day:
    """Two updates of one order: what was expected, what Odoo says, what arrived."""

    def __init__(self):
        self.story = Story(api=None, receiver=None)
        self.story.hook_ids = {hook: id_ for id_, hook in enumerate(HOOKS)}
        self.story.expected = [Expected(UPDATED, "order.updated", "S1")] * 2
        self.events = [event(1, UPDATED), event(2, UPDATED)]
        self.requests = [request(1, UPDATED), request(2, UPDATED)]

    def agrees(self):
        """Whether each delivery is right, and that the table says the same."""
        deliveries, stray = verdict.compare(self.story, self.events, self.requests)
        _head, *lines = verdict.table(deliveries).splitlines()
        found = [delivery.agrees for delivery in deliveries]
        assert [line.endswith("  ok") for line in lines] == found
        return [*found, *stray]


@pytest.fixture
def day():
    return Day()


def test_nothing_is_wrong(day):
    assert day.agrees() == [True, True]


def test_an_attempt_that_failed_is_right_if_it_was_expected(day):
    day.requests.insert(0, request(1, UPDATED, status=500))
    day.events[0]["attempt_count"] = 2
    assert day.agrees() == [False, True]
    day.story.expected[0] = replace(day.story.expected[0], attempts=2)
    assert day.agrees() == [True, True]


def other_bytes(day):
    day.requests[1] = replace(day.requests[1], body=day.requests[1].body + b" ")


def attempts_differ(day):
    first = request(2, UPDATED, status=500)
    day.requests.insert(1, replace(first, body=first.body + b" "))
    day.events[1]["attempt_count"] = 2
    day.story.expected[1] = replace(day.story.expected[1], attempts=2)


def accepted_twice(day):
    day.requests.append(request(2, UPDATED))
    day.events[1]["attempt_count"] = 2
    day.story.expected[1] = replace(day.story.expected[1], attempts=2)


def not_delivered(day):
    day.events[1] |= {"state": "failed", "response_code": 500}
    day.requests[1] = request(2, UPDATED, status=500)


def not_built(day):
    day.events[1] |= {"state": "failed", "payload": False, "response_code": 0}
    del day.requests[1]


@pytest.mark.parametrize(
    "spoil",
    [
        other_bytes,
        attempts_differ,
        accepted_twice,
        not_delivered,
        not_built,
        lambda day: day.events[1].update(event="order.created"),
        lambda day: day.events[1].update(attempt_count=2),
        lambda day: day.requests.pop(),
        lambda day: day.events.pop(),
    ],
)
def test_one_is_wrong(day, spoil):
    spoil(day)
    assert day.agrees() == [True, False]


def test_what_was_not_expected(day):
    day.events.append(event(3, CREATED))
    day.requests.append(request(3, CREATED))
    assert day.agrees() == [True, True, False]


def test_what_is_out_of_order(day):
    day.requests.reverse()
    assert day.agrees() == [False, False]


def test_two_records_may_overtake_each_other(day):
    day.events[1] = event(2, UPDATED, res_id=2)
    day.requests = [request(2, UPDATED, record_id=2), request(1, UPDATED)]
    assert day.agrees() == [True, True]


def test_a_wrong_signature(day):
    day.requests.append(request(3, UPDATED, 401, "No matching signature found"))
    assert day.agrees() == [
        True,
        True,
        "A request to /warehouse/updates is not accepted: No matching signature found",
    ]
