"""What cannot be built of a change fails alone, and is built later, by itself."""

import json
from contextlib import contextmanager

import pytest
from psycopg2.errors import SerializationFailure

from .test_harmless import wrong_key, wrong_query

DELAYS = "nshift_webhooks.retry_delays"


@pytest.fixture
def trouble(shop, registry, monkeypatch):
    """Have another addon's code fail for some types of events, or some orders."""

    @contextmanager
    def trouble(fault=wrong_key, event=None, order_id=None):
        sound = registry["sale.order"]._nshift_webhook_data

        def data(self, type_, change):
            if event in (None, type_) and order_id in (None, change.id):
                fault(self.env)
            return sound(self, type_, change)

        with monkeypatch.context() as patch:
            patch.setattr(registry["sale.order"], "_nshift_webhook_data", data)
            yield

    return trouble


@pytest.fixture
def told(shop):
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param(DELAYS, "60,600")
    for event in ("order.created", "order.updated", "order.confirmed"):
        shop.webhook(event)
    return shop


def log(shop, event=None):
    """The state, the reason and whether there is a message, by type, oldest first."""
    with shop.transaction() as env:
        return [
            (each.event, each.state, each.failure or None, bool(each.payload))
            for each in env["nshift.webhook.event"].search([], order="event, id")
            if event in (None, each.event)
        ]


def edit(shop, order_id, text):
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = text


def confirm(shop, order_id):
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()


def later(shop, runs=1):
    """Let the time pass until what could not be built is built again, and build it."""
    for _ in range(runs):
        with shop.transaction() as env:
            env.cr.execute(
                "UPDATE nshift_webhook_event "
                "SET next_build_at = next_build_at - interval '1 day'"
            )
        build(shop)


def build(shop):
    with shop.transaction() as env:
        env.ref("nshift_webhooks.cron_build").method_direct_trigger()


def waits(shop):
    """Seconds until each message that could not be built is built again."""
    with shop.transaction() as env:
        env.cr.execute(
            "SELECT extract(epoch FROM next_build_at - now() AT TIME ZONE 'UTC') "
            "FROM nshift_webhook_event WHERE next_build_at IS NOT NULL "
            "AND state = 'pending' ORDER BY id"
        )
        return [float(seconds) for [seconds] in env.cr.fetchall()]


UNBUILT = ("pending", "payload", False)
GIVEN_UP = ("failed", "payload", False)
BUILT = ("pending", None, True)


@pytest.mark.parametrize("fault", [wrong_key, wrong_query])
def test_only_the_type_that_cannot_be_built_fails(told, trouble, fault):
    order_id = told.order()
    told.events()
    with trouble(fault, "order.confirmed"):
        confirm(told, order_id)
    assert log(told) == [("order.confirmed", *UNBUILT), ("order.updated", *BUILT)]
    [_failed, (_event, _name, data)] = sorted(told.events(), key=lambda each: each[0])
    assert data["previous"]["state"] == "draft"


def test_it_fails_in_each_webhook_that_wanted_it(told, trouble):
    told.webhook("order.confirmed", name="another")
    order_id = told.order()
    told.events()
    with trouble(event="order.confirmed"):
        confirm(told, order_id)
    assert log(told, "order.confirmed") == [("order.confirmed", *UNBUILT)] * 2


@pytest.mark.parametrize("fault", [wrong_key, wrong_query])
def test_where_it_is_not_known_what_happened_the_rest_is_told(
    told, registry, monkeypatch, fault, caplog
):
    """Another addon adds a type of its own, and fails."""
    sound = registry["sale.order"]._nshift_webhook_happened
    order_id = told.order()
    told.events()

    def happened(self, change):
        if change.entered("sale"):
            fault(self.env)
        return sound(self, change)

    with monkeypatch.context() as patch:
        patch.setattr(registry["sale.order"], "_nshift_webhook_happened", happened)
        confirm(told, order_id)
    assert log(told) == [("order.confirmed", *BUILT), ("order.updated", *BUILT)]
    assert [record for record in caplog.records if record.exc_info]


def test_it_is_built_by_itself_when_the_fault_is_gone(told, trouble):
    order_id = told.order()
    told.events()
    with trouble(event="order.confirmed"):
        confirm(told, order_id)
    edit(told, order_id, "by then")
    with told.transaction() as env:
        env["queue.job"].search([]).unlink()
    build(told)
    assert log(told, "order.confirmed") == [("order.confirmed", *UNBUILT)]
    later(told)
    assert log(told, "order.confirmed") == [("order.confirmed", *BUILT)]
    with told.transaction() as env:
        assert env["queue.job"].search([]).state == "pending"
        event = env["nshift.webhook.event"].search([("event", "=", "order.confirmed")])
        message = json.loads(event.payload)
        assert (message["id"], message["type"]) == (event.message_id, event.event)
        # what the record is by then
        assert message["data"]["order"]["customer_reference"] == "by then"
        assert not event.advice
        assert not event.next_build_at


def test_it_is_tried_as_often_as_messages_are_sent_and_then_given_up(told, trouble):
    with trouble():
        told.order()
        assert [50 < seconds <= 72 for seconds in waits(told)] == [True]
        later(told)
        assert [590 < seconds <= 720 for seconds in waits(told)] == [True]
        assert log(told) == [("order.created", *UNBUILT)]
        later(told)
    assert log(told) == [("order.created", *GIVEN_UP)]
    assert waits(told) == []
    later(told)
    assert log(told) == [("order.created", *GIVEN_UP)]
    # by hand it can be built all the same
    with told.transaction() as env:
        env["nshift.webhook.event"].search([]).action_send_again()
    assert log(told) == [("order.created", *BUILT)]


def test_it_does_not_look_given_up_while_it_is_tried(told, trouble):
    with trouble():
        told.order()
    with told.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.state, event.failure) == ("pending", "payload")
        assert "tried again by itself" in event.advice
        assert event.error == "KeyError: 'missing'"
        assert (event.build_count, event.attempt_count) == (1, 0)
        assert event.next_build_at
        event.action_cancel()
        assert event.state == "cancelled"
    later(told)
    assert log(told) == [("order.created", "cancelled", "payload", False)]


def test_what_is_gone_is_not_tried_again(told, trouble):
    told.webhook("order.deleted")
    order_id = told.order()
    told.events()
    with trouble(), told.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    assert log(told) == [("order.deleted", *GIVEN_UP)]


def test_what_is_deleted_before_it_is_built_is_given_up(told, trouble):
    with trouble():
        order_id = told.order()
    with told.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    later(told)
    assert log(told) == [("order.created", *GIVEN_UP)]
    with told.transaction() as env:
        assert "does not exist any more" in env["nshift.webhook.event"].search([]).error


def test_what_the_webhook_is_not_told_of_any_more_is_given_up(told, trouble):
    with trouble():
        told.order()
    with told.transaction() as env:
        channel = env["sale.channel"].create({"name": "Other"})
        env["nshift.webhook"].search([]).sale_channel_ids = channel
    later(told)
    assert log(told) == [("order.created", *GIVEN_UP)]


def test_one_that_cannot_be_built_keeps_no_other_waiting(told, trouble):
    with trouble():
        broken, _sound = told.order(), told.order()
    with trouble(order_id=broken):
        later(told)
    assert log(told) == [("order.created", *UNBUILT), ("order.created", *BUILT)]


def test_a_try_that_ends_the_process_counts(told, trouble):
    """Else it would be the first one of each run, and no other would ever be built."""

    def end(_env):
        raise SystemExit

    with trouble():
        told.order()
    for _ in range(2):
        with trouble(end), pytest.raises(SystemExit):
            later(told)
        assert log(told) == [("order.created", *UNBUILT)]
    later(told)
    assert log(told) == [("order.created", *GIVEN_UP)]


def test_a_conflict_with_whoever_saves_the_order_is_no_try(told, trouble):
    def conflict(_env):
        raise SerializationFailure

    with trouble():
        told.order()
    with trouble(conflict):
        later(told, runs=4)
    assert log(told) == [("order.created", *UNBUILT)]
    build(told)
    assert log(told) == [("order.created", *BUILT)]


def test_a_failure_of_the_action_itself_does_not_disable_it(
    told, trouble, registry, monkeypatch
):
    with trouble():
        told.order()
    with monkeypatch.context() as patch:
        patch.setattr(registry["nshift.webhook.event"], "_try_to_build", wrong_key)
        later(told)
    later(told)
    assert log(told) == [("order.created", *BUILT)]


@pytest.fixture
def updates(hook):
    """A webhook for updates and its endpoint."""
    hook.write(event="order.updated")
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
