"""The check that every message of every test goes through."""

import json

import pytest

from dev import paths

from .. import messages


@pytest.fixture
def message():
    path = paths.ADDON / "contract" / "examples" / "order.updated.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_as_declared(message):
    assert messages.fault(message) is None


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda order: order.update(more=1), "$.data.order: Additional properties"),
        (lambda order: order.pop("terms"), "$.data.order: 'terms' is a required"),
        (lambda order: order.update(name=7), "$.data.order.name: 7 is not of type"),
        (lambda order: order.update(locked=None), "$.data.order.locked: None is not"),
        (lambda order: order.update(amount_tax="1,00"), "$.data.order.amount_tax:"),
        (
            lambda order: order.update(ordered_at="2026-05-01T10:30:00+02:00"),
            "$.data.order.ordered_at: '2026-05-01T10:30:00+02:00' is not a 'date-time'",
        ),
        (
            lambda order: order.update(valid_until="20260501"),
            "$.data.order.valid_until: '20260501' is not a 'date'",
        ),
        (
            lambda order: order["lines"][0].update(kind="thing"),
            "$.data.order.lines[0].kind: 'thing' is not one of",
        ),
        (
            lambda order: order["customer"].update(custom={"x": 1.5}),
            "$.data.order.customer.custom.x: 1.5 is not valid",
        ),
    ],
)
def test_not_as_declared(message, spoil, found):
    spoil(message["data"]["order"])
    assert messages.fault(message).startswith(found)


@pytest.mark.parametrize(
    ("previous", "is_right"),
    [
        (None, True),
        ({"state": "draft", "customer": None}, False),
        ({"lines": {"70": None, "71": {"quantity": "1.00"}}}, True),
        ({"lines": {"new": None}}, False),
        ({"lines": []}, False),
        ({"lines": {"70": {"more": 1}}}, False),
        ({"tags": ["a"], "carrier": None}, True),
        ({"custom": {"key": [{"id": 1, "name": None}]}}, True),
    ],
)
def test_previous(message, previous, is_right):
    message["data"]["previous"] = previous
    assert (messages.fault(message) is None) == is_right


@pytest.mark.parametrize(
    ("type_", "reason", "is_right"),
    [
        ("order.updated", "current state", True),
        ("order.created", "matches", True),
        ("order.created", "current state", False),
        ("order.deleted", "no longer matches", True),
        ("order.cancelled", "deleted", False),
    ],
)
def test_reason(message, type_, reason, is_right):
    message["type"] = type_
    message["data"]["reason"] = reason
    if type_ != "order.updated":
        del message["data"]["previous"]
    assert (messages.fault(message) is None) == is_right


def test_remembered(message):
    """Until somebody asks, and no more than a few."""
    checked = messages.Checked()
    checked(json.dumps(message))
    assert checked.take_faults() == []
    del message["timestamp"]
    for _ in range(messages.MOST_FAULTS + 1):
        checked(json.dumps(message))
    faults = checked.take_faults()
    assert len(faults) == messages.MOST_FAULTS
    assert faults[0].startswith(f"order.updated {message['id']}: $: 'timestamp'")
    assert checked.take_faults() == []
