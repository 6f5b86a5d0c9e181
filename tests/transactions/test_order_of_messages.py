"""Promise 4, in order: what each setting of a webhook makes of it."""

import pytest

from dev.receiver import answer

from ..under_way import counted
from .hook import Hook


@pytest.fixture
def updates(shop, hook):
    """A webhook for changes of orders; of all orders there are, nothing is due."""
    return Hook(shop, hook.receiver, "order.updated")


def change(shop, order_id, reference):
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = reference


def references(hook):
    return [
        request.message["data"]["order"]["customer_reference"]
        for request in hook.arrived()
    ]


def test_many_changes_of_one_order_arrive_in_order(shop, updates):
    order_id = shop.order()
    for number in range(12):
        change(shop, order_id, str(number))
    updates.deliver()
    assert references(updates) == [str(number) for number in range(12)]
    assert updates.states() == ["delivered"] * 12


def test_of_one_order_never_two_are_under_way(shop, updates):
    order_id = shop.order()
    most = []
    updates.answers(*[counted(answer(200, delay=0.05), most)] * 4)
    for number in range(4):
        change(shop, order_id, str(number))
    updates.deliver()
    assert most == [1] * 4


@pytest.mark.parametrize("settle", ["action_cancel", "unlink"])
def test_settled_by_hand(shop, updates, settle):
    """What waits behind a message goes out when somebody cancels or deletes that."""
    updates.answers(answer(500))
    order_id = shop.order()
    for reference in ("first", "second"):
        change(shop, order_id, reference)
    updates.deliver()
    assert references(updates) == ["first"]
    with shop.transaction() as env:
        domain = [("webhook_id", "=", updates.id)]
        events = env["nshift.webhook.event"].search(domain, order="id")
        assert not events[1].next_attempt_at, "it is held back"
        getattr(events[0], settle)()
    with shop.transaction() as env:
        env.ref("nshift_webhooks.cron_deliver_overdue").method_direct_trigger()
    updates.deliver()
    assert updates.states()[-1] == "delivered"


def test_latest_state_only_replaces_what_has_not_got_through(shop, updates):
    updates.write(ordering="latest")
    updates.answers(answer(500))
    one, two = shop.order(), shop.order()
    change(shop, one, "one, first")
    updates.deliver()
    for reference in ("second", "third"):
        change(shop, one, f"one, {reference}")
    change(shop, two, "two")
    updates.forget_jobs()
    updates.deliver()
    assert updates.states() == ["superseded", "superseded", "delivered", "delivered"]
    assert references(updates)[0] == "one, first"
    assert sorted(references(updates)[1:]) == ["one, third", "two"]
    assert updates.jobs() == []


def test_latest_state_only_leaves_what_is_under_way(shop, updates):
    updates.write(ordering="latest")
    order_id = shop.order()

    def slow(handler):
        # the job looks again before this is answered
        change(shop, order_id, "second")
        return answer(200, delay=0.5)(handler)

    updates.answers(slow)
    change(shop, order_id, "first")
    updates.deliver()
    assert references(updates) == ["first", "second"]
    assert updates.states() == ["delivered", "delivered"]


def test_creations_are_never_superseded(shop, hook):
    hook.write(ordering="latest")
    for _order in range(2):
        shop.order()
    hook.deliver()
    assert hook.states() == ["delivered"] * 2


def test_without_order_nothing_waits_for_an_earlier_one(shop, updates):
    updates.write(ordering="none", parallel_requests=1)
    updates.answers(answer(500))
    order_id = shop.order()
    for reference in ("first", "second"):
        change(shop, order_id, reference)
    updates.deliver()
    assert references(updates) == ["first", "second"]
    assert updates.states() == ["pending", "delivered"]


def test_a_message_sent_again_does_not_overtake_the_order_of_the_others(shop, updates):
    order_id = shop.order()
    for reference in ("first", "second"):
        change(shop, order_id, reference)
    updates.deliver()
    with shop.transaction() as env:
        env["nshift.webhook.event"].search([]).action_send_again()
    updates.deliver()
    assert references(updates) == ["first", "second"] * 2
