"""What several webhooks hear of one change is kept once."""

import json
import threading

import pytest

from dev.receiver import answer

from .hook import Hook


@pytest.fixture
def told(shop):
    """The shop with three webhooks for created orders, and an order that is told."""
    for _ in range(3):
        shop.webhook("order.created")
    shop.order()
    return shop


def bodies(shop):
    with shop.transaction() as env:
        return len(env["nshift.webhook.body"].search([]))


def log(env):
    return env["nshift.webhook.event"].search([], order="id")


def test_kept_once(told):
    """Each has a whole message of its own all the same."""
    assert bodies(told) == 1
    with told.transaction() as env:
        events = log(env)
        env.cr.execute("SELECT count(payload) FROM nshift_webhook_event")
        assert env.cr.fetchone() == (0,)
        messages = [json.loads(payload) for payload in events.mapped("payload")]
        assert [each["id"] for each in messages] == events.mapped("message_id")
        [data] = {json.dumps(each["data"]) for each in messages}
        assert '"sequence":1' in data.replace(" ", "")
        sizes = [len(event.payload.encode()) for event in events]
        assert sizes == events.mapped("payload_size")


def test_one_webhook_has_its_own(shop):
    shop.webhook("order.created")
    shop.order()
    assert bodies(shop) == 0


def test_versions_and_types_differ(shop):
    """Only what is the same, byte for byte, is kept once."""
    for types in (["order.created"], ["order.created", "order.confirmed"]):
        shop.webhook(*types)
    shop.webhook("order.confirmed")
    order_id = shop.order()
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()
    assert bodies(shop) == 2


def test_sent_as_kept(hook, receiver):
    """The bytes that arrive are those of the log, at each attempt."""
    other = Hook(hook.shop, receiver, "order.created")
    hook.answers(answer(400), answer(200))
    hook.shop.order()
    assert bodies(hook.shop) == 1
    hook.deliver()
    hook.make_due()
    hook.deliver()
    with hook.shop.transaction() as env:
        kept = {event.webhook_id.id: event.payload.encode() for event in log(env)}
    sent = [request.body for request in hook.arrived()]
    assert sent == [kept[hook.id]] * 2
    assert [request.body for request in other.arrived()] == [kept[other.id]]


def test_found_by_text(told):
    with told.transaction() as env:
        events = env["nshift.webhook.event"]
        assert len(events.search([("payload", "ilike", "LAMP-1")])) == 3
        assert len(events.search([("payload", "!=", False)])) == 3
        assert not events.search([("payload", "=", False)])
        one = log(env)[1]
        assert events.search([("payload", "like", one.message_id)]) == one


def test_last_one_takes_it_along(told):
    for left in (2, 1, 0):
        with told.transaction() as env:
            log(env)[0].unlink()
        assert bodies(told) == (left > 0)
        with told.transaction() as env:
            assert all(log(env).mapped("payload"))


def test_wiped_alone(told):
    """A message that one webhook has wiped is there for the others, and only them."""
    with told.transaction() as env:
        log(env)[:2]._wipe()
    with told.transaction() as env:
        assert [bool(event.payload) for event in log(env)] == [False, False, True]
        log(env)[2]._wipe()
    assert bodies(told) == 0


def test_webhook_takes_its_messages_along(told):
    with told.transaction() as env:
        env["nshift.webhook"].search([]).unlink()
    assert bodies(told) == 0


@pytest.mark.parametrize("is_repeatable", [True, False])
def test_two_take_the_last_ones(told, is_repeatable):
    """Neither sees what the other does, and yet nothing is left of the message."""
    from odoo.service.model import retrying

    from odoo.addons.nshift_webhooks.transaction import committed

    with told.transaction() as env:
        log(env)[0].unlink()
        first, second = log(env).ids
    has_begun, may_end = threading.Event(), threading.Event()

    def wipe():
        def act(env):
            env["nshift.webhook.event"].search_count([])
            has_begun.set()
            may_end.wait(60)
            env["nshift.webhook.event"].browse(second)._wipe()

        if is_repeatable:
            with told.transaction() as env:
                retrying(lambda: act(env), env)
        else:
            with committed(told.registry) as env:
                act(env)

    thread = threading.Thread(target=wipe)
    with told.transaction() as env:
        env["nshift.webhook.event"].browse(first)._wipe()
        thread.start()
        assert has_begun.wait(60)
        may_end.set()
        # the other one waits for the body, or is run again
        thread.join(0.3)
    thread.join(60)
    assert bodies(told) == 0
