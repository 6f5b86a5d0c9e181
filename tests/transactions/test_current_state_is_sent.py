"""How messages on the current state are sent, and what goes before them."""

from contextlib import nullcontext

import pytest

from dev.receiver import answer

from .loading import (  # noqa: F401
    check_faithful,
    load_of,
    no_older_orders,
    orders,
    parts_of,
    run,
    send,
)
from .unbuilt import edit


@pytest.fixture
def endpoint(hook, shop):
    hook.told_of("order.updated")
    hook.write(parallel_requests=1, sale_channel_ids=[(4, shop.channel)])
    return hook


def order_ids(hook):
    return [each.message["data"]["order"]["id"] for each in hook.arrived()]


def test_little_of_it_waits_and_more_is_told_when_that_has_gone(
    shop, endpoint, monkeypatch
):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    parts_of(monkeypatch, 2)
    monkeypatch.setattr(nshift_webhook_loading, "MOST_WAITING", 4)
    monkeypatch.setattr(nshift_webhook_loading, "FEW_WAITING", 2)
    made = orders(shop, 9)
    send(shop, endpoint.id)
    run(shop)
    assert endpoint.states() == ["pending"] * 4
    run(shop)
    assert endpoint.states() == ["pending"] * 4
    while "running" in load_of(shop, endpoint.id):
        take_triggers(shop)
        endpoint.deliver()
        assert take_triggers(shop), "it goes on by itself"
        run(shop)
    endpoint.deliver()
    assert order_ids(endpoint) == made


def take_triggers(shop):
    with shop.transaction() as env:
        schedule = env.ref("nshift_webhooks.cron_load")
        triggers = env["ir.cron.trigger"].search([("cron_id", "=", schedule.id)])
        return len(triggers) if triggers.unlink() else 0


def test_what_is_refused_does_not_hold_up_the_rest(shop, endpoint, monkeypatch):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    parts_of(monkeypatch, 1)
    monkeypatch.setattr(nshift_webhook_loading, "MOST_WAITING", 1)
    made = orders(shop, 3)
    send(shop, endpoint.id)
    endpoint.answers(answer(422))
    for _order in made:
        run(shop)
        endpoint.deliver()
    assert endpoint.states() == ["pending", "delivered", "delivered"]
    assert order_ids(endpoint) == made


def test_what_happens_to_others_is_sent_first(shop, endpoint):
    made, live = orders(shop, 20), orders(shop, 1)[0]
    send(shop, endpoint.id, chosen={"sale.order": made})
    run(shop)
    edit(shop, live, "just now")
    endpoint.deliver()
    assert order_ids(endpoint) == [live, *made]


def test_also_when_much_of_it_is_in_hand(shop, endpoint):
    made, live = orders(shop, 20), orders(shop, 1)[0]
    send(shop, endpoint.id, chosen={"sale.order": made})
    run(shop)
    with endpoint.under_way():
        edit(shop, live, "just now")
    # after those that were announced already, of which more go while it is being saved
    # on a busy machine; in its turn it would be the last
    assert order_ids(endpoint).index(live) < 15


@pytest.mark.parametrize("in_hand", [False, True])
def test_what_happens_to_one_of_them_takes_its_message_along(shop, endpoint, in_hand):
    """In this order, and both before the others."""
    made = orders(shop, 20)
    send(shop, endpoint.id)
    run(shop)
    with endpoint.under_way() if in_hand else nullcontext():
        edit(shop, made[-1], "just now")
    if not in_hand:
        endpoint.deliver()
    arrived = order_ids(endpoint)
    first, second = (at for at, id_ in enumerate(arrived) if id_ == made[-1])
    assert first < second <= (8 if in_hand else 2)
    texts = [
        each.message["data"]["order"]["customer_reference"]
        for each in endpoint.arrived()
        if each.message["data"]["order"]["id"] == made[-1]
    ]
    assert texts == [None, "just now"]
    check_faithful(shop, endpoint.id)


def test_where_the_latest_state_is_enough_a_change_replaces_it(shop, endpoint):
    endpoint.write(ordering="latest")
    made = orders(shop, 3)
    send(shop, endpoint.id)
    run(shop)
    edit(shop, made[-1], "just now")
    endpoint.deliver()
    assert sorted(order_ids(endpoint)) == made
    assert endpoint.states() == ["delivered", "delivered", "superseded", "delivered"]
