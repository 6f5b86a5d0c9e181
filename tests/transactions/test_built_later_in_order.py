"""A message that is built later keeps those behind it waiting, as one that is sent
again does.
"""

import pytest

from .unbuilt import DELAYS, build, edit, later, waits


@pytest.fixture
def updates(hook):
    """A webhook for updates and its endpoint."""
    hook.told_of("order.updated")
    return hook


def test_later_messages_on_the_same_order_wait_for_it(shop, updates, trouble):
    order_id, other = shop.order(), shop.order()
    with trouble(order_id=order_id):
        edit(shop, order_id, "one")
    edit(shop, order_id, "two")
    edit(shop, other, "other")
    updates.deliver()
    assert [message_of(request) for request in updates.arrived()] == ["other"]
    # by the scheduled actions, nothing of it is let forward
    with shop.transaction() as env:
        env.ref("nshift_webhooks.cron_wipe").method_direct_trigger()
    updates.deliver()
    assert updates.states() == ["pending", "pending", "delivered"]
    assert not updates.jobs() or min(updates.jobs()) > 0
    later(shop)
    updates.deliver()
    first, second = updates.arrived()[1:]
    # built later, it has what the second one tells
    assert (message_of(first), message_of(second)) == ("two", "two")
    assert updates.states() == ["delivered"] * 3


@pytest.mark.parametrize("act", ["deliver", "action_cancel", "unlink"])
def test_what_is_not_built_is_not_due_when_the_one_before_it_is_settled(
    shop, updates, trouble, act
):
    order_id = shop.order()
    edit(shop, order_id, "one")
    with trouble():
        edit(shop, order_id, "two")
    if act == "deliver":
        updates.deliver()
    else:
        with shop.transaction() as env:
            first = env["nshift.webhook.event"].search([], order="id", limit=1)
            getattr(first, act)()
    with shop.transaction() as env:
        last = env["nshift.webhook.event"].search([], limit=1)
        assert (last.state, last.next_attempt_at) == ("pending", False)
    later(shop)
    updates.deliver()
    assert [message_of(request) for request in updates.arrived()][-1] == "two"


def test_later_messages_follow_when_it_is_given_up(shop, updates, trouble):
    order_id = shop.order()
    with trouble():
        edit(shop, order_id, "one")
    edit(shop, order_id, "two")
    updates.deliver()
    updates.forget_jobs()
    with trouble():
        later(shop, runs=2)
    assert updates.jobs() == [0]
    updates.deliver()
    assert [message_of(request) for request in updates.arrived()] == ["two"]
    assert updates.states() == ["failed", "delivered"]


def test_later_messages_follow_when_it_is_cancelled(shop, updates, trouble):
    order_id = shop.order()
    with trouble():
        edit(shop, order_id, "one")
    edit(shop, order_id, "two")
    updates.deliver()
    with shop.transaction() as env:
        env["nshift.webhook.event"].search([], order="id", limit=1).action_cancel()
    updates.deliver()
    assert [message_of(request) for request in updates.arrived()] == ["two"]


def test_when_one_is_built_those_before_it_need_not_wait_any_longer(
    shop, updates, trouble
):
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param(DELAYS, "60,6000")
    order_id = shop.order()
    with trouble():
        edit(shop, order_id, "one")
        later(shop)
        edit(shop, order_id, "two")
    first, second = waits(shop)
    assert first > 5900 > second
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event SET next_build_at = now() AT TIME ZONE 'UTC' "
            "- interval '1 s' WHERE build_count = 1"
        )
    build(shop)
    assert waits(shop) == []


def test_where_the_latest_state_is_enough_it_is_superseded(shop, updates, trouble):
    updates.write(ordering="latest")
    order_id = shop.order()
    with trouble():
        edit(shop, order_id, "one")
    edit(shop, order_id, "two")
    updates.deliver()
    assert [message_of(request) for request in updates.arrived()] == ["two"]
    assert updates.states() == ["superseded", "delivered"]


def test_the_latest_state_that_is_built_does_not_wait_for_a_later_one(
    shop, updates, trouble
):
    updates.write(ordering="latest")
    order_id = shop.order()
    edit(shop, order_id, "one")
    with trouble():
        edit(shop, order_id, "two")
    updates.deliver()
    assert [message_of(request) for request in updates.arrived()] == ["one"]
    later(shop)
    updates.deliver()
    assert [message_of(request) for request in updates.arrived()] == ["one", "two"]


def message_of(request):
    return request.message["data"]["order"]["customer_reference"]
