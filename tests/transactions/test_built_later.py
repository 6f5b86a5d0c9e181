"""What cannot be built of a change fails alone, and is built later, by itself."""

import json

import pytest
from psycopg2.errors import SerializationFailure

from .unbuilt import DELAYS, build, edit, later, waits, wrong_key, wrong_query


@pytest.fixture
def told(shop):
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param(DELAYS, "60,600")
    shop.webhook_for_each(("order.created", "order.updated", "order.confirmed"))
    return shop


def log(shop, event=None):
    """The state, the reason and whether there is a message, by type, oldest first."""
    with shop.transaction() as env:
        return [
            (each.event, each.state, each.failure or None, bool(each.payload))
            for each in env["nshift.webhook.event"].search([], order="event, id")
            if event in (None, each.event)
        ]


def confirm(shop, order_id):
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()


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


def test_a_time_that_a_wrong_clock_has_left_is_corrected(told, trouble):
    with trouble():
        told.order()
    with told.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event "
            "SET next_build_at = next_build_at + interval '1 year'"
        )
    with told.transaction() as env:
        env.ref("nshift_webhooks.cron_deliver_overdue").method_direct_trigger()
    assert max(waits(told)) <= 0
