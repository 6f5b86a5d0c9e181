"""Webhooks of two versions hear one change, each in its own words.

That each message is as its version declares, is checked of all messages of all tests.
"""

import json

import pytest

from dev.receiver import answer

from .hook import Hook
from .loading import follow, no_older_orders, orders, run, send  # noqa: F401
from .test_trying import Dialog
from .unbuilt import edit, later
from .version_two import FURTHER, NEW_NAME, RENAMED, counting, register

TYPES = (
    "order.created",
    "order.updated",
    "order.confirmed",
    "order.cancelled",
    "order.deleted",
)


@pytest.fixture
def two_versions(registry, monkeypatch):
    register(monkeypatch, registry)


@pytest.fixture
def shop(shop, two_versions):
    """The shop, and two webhooks: one of each version."""
    shop.old = shop.webhook(*TYPES, api_version="1")
    shop.new = shop.webhook(*TYPES)
    return shop


def told(shop):
    """Take all messages out of the log; return those of the old and the new webhook."""
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="id")
        found = {shop.old: [], shop.new: []}
        for event in events:
            found[event.webhook_id.id].append(json.loads(event.payload))
        events.unlink()
        return found[shop.old], found[shop.new]


def check_order(message, version, reference):
    order = message["data"]["order"]
    assert message["api_version"] == version
    shown, hidden = (RENAMED, NEW_NAME) if version == "1" else (NEW_NAME, RENAMED)
    assert order[shown] == reference
    assert hidden not in order
    assert (FURTHER in order) == (version == "2")


def test_every_type(shop):
    """One change, two messages of each type, on one state under one number."""
    order_id = shop.order(client_order_ref="PO-1")
    for act in (
        lambda order: order.write({"client_order_ref": "PO-2"}),
        lambda order: order.action_confirm(),
        lambda order: order._action_cancel(),
        lambda order: order.unlink(),
    ):
        with shop.transaction() as env:
            act(env["sale.order"].browse(order_id))
    old, new = told(shop)
    assert [each["type"] for each in old] == [each["type"] for each in new]
    assert {each["type"] for each in old} == set(TYPES)
    for one, two in zip(old, new, strict=True):
        reference = "PO-1" if one["type"] == "order.created" else "PO-2"
        check_order(one, "1", reference)
        check_order(two, "2", reference)
        assert one["data"]["sequence"] == two["data"]["sequence"]


def test_previous(shop):
    """What was before has each version's names, too."""
    order_id = shop.order(client_order_ref="PO-1")
    told(shop)
    edit(shop, order_id, "PO-2")
    [old], [new] = told(shop)
    assert old["data"]["previous"] == {RENAMED: "PO-1"}
    assert new["data"]["previous"] == {NEW_NAME: "PO-1"}


def test_nothing_that_the_old_one_shows(shop):
    """What changes nothing in a version, is no change to its webhooks."""
    order_id = shop.order(require_payment=False)
    told(shop)
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).require_payment = True
    old, [new] = told(shop)
    assert old == []
    assert new["data"]["previous"] == {FURTHER: False}
    edit(shop, order_id, "PO-2")
    [old], [later_one] = told(shop)
    assert old["data"]["previous"] == {RENAMED: None}
    assert old["data"]["sequence"] == later_one["data"]["sequence"]
    assert old["data"]["sequence"] > new["data"]["sequence"]


def test_written_once_a_version(shop, monkeypatch):
    for version in ("1", "1", "2"):
        shop.webhook("order.created", api_version=version)
    with counting(monkeypatch) as encoded:
        shop.order()
    shown = [FURTHER in data["order"] for data in encoded if "order" in data]
    assert sorted(shown) == [False, True]


def test_building_fails(shop, trouble):
    """A message that is built later is in its webhook's version."""
    with trouble():
        shop.order(client_order_ref="PO-1")
    later(shop)
    [old], [new] = told(shop)
    check_order(old, "1", "PO-1")
    check_order(new, "2", "PO-1")


@pytest.mark.parametrize("version", ["1", "2"])
def test_sent_again(shop, receiver, version):
    """A message stays as it was made, byte for byte."""
    hook = Hook(shop, receiver, "order.created", api_version=version)
    hook.answers(answer(422))
    shop.order(client_order_ref="PO-1")
    hook.deliver()
    with shop.transaction() as env:
        event = env["nshift.webhook.event"].search([("webhook_id", "=", hook.id)])
        event._do("send", event.ids)
    hook.deliver()
    first, second = hook.arrived()
    assert first.body == second.body
    check_order(first.message, version, "PO-1")


@pytest.mark.parametrize("version", ["1", "2"])
def test_current_state(shop, version):
    webhook_id = follow(shop, api_version=version)
    orders(shop, 2, client_order_ref="PO-1")
    send(shop, webhook_id)
    run(shop)
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([("webhook_id", "=", webhook_id)])
        messages = [json.loads(event.payload) for event in events]
    assert len(messages) == 2
    for message in messages:
        assert message["data"]["reason"] == "current state"
        check_order(message, version, "PO-1")


@pytest.mark.parametrize("version", ["1", "2"])
def test_test_message(shop, receiver, version):
    hook = Hook(shop, receiver, "order.created", api_version=version)
    shop.order(client_order_ref="PO-1")
    Dialog(hook).send()
    # a test is no attempt
    [request] = receiver.wait_for(1, hook.path)
    assert request.message["data"]["test"] is True
    check_order(request.message, version, "PO-1")
