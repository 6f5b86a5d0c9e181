"""Pages that show events hear of new answers, and delivery does not depend on it."""

import json
import time

import pytest

from .loading import no_older_orders, run, send

__all__ = ["no_older_orders"]


@pytest.fixture
def pause(monkeypatch):
    """Set how long after a word the next one is said."""
    from odoo.addons.nshift_webhooks.store import news

    return lambda seconds: monkeypatch.setattr(news, "PAUSE_S", seconds)


def told(shop):
    """Return (channel, webhooks) of what pages were told, the earliest first."""
    with shop.transaction() as env:
        rows = env["bus.bus"].search([("channel", "like", "nshift")], order="id")
        found = [(json.loads(row.channel)[1:], json.loads(row.message)) for row in rows]
        rows.unlink()
    return [
        (channel, message["payload"]["webhook_ids"])
        for channel, message in found
        if message["type"] == "nshift_webhooks.news"
    ]


def orders(shop, count):
    for _number in range(count):
        shop.order()


def test_who_is_told_of_what(shop, hook):
    """The company's channel, and nothing but which webhook has answers."""
    told(shop)
    shop.order()
    hook.deliver()
    assert hook.states() == ["delivered"]
    with shop.transaction() as env:
        company_id = env.company.id
    assert told(shop) == [(["res.company", company_id, "nshift_webhooks"], [hook.id])]


def test_of_what_is_done_in_the_background(shop, hook):
    """Whoever looks at the webhook hears of it, though nothing is sent."""
    hook.told_of("order.updated")
    order_id = shop.order()
    with shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).action_pause()
        company_id = env.company.id
    company = ["res.company", company_id, "nshift_webhooks"]
    told(shop)
    send(shop, hook.id, chosen={"sale.order": [order_id]})
    assert told(shop) == []
    run(shop)
    assert told(shop) == [(company, [hook.id])]
    from odoo.tools import SQL

    with shop.transaction() as env:
        domain = [("webhook_id", "=", hook.id)]
        events = env["nshift.webhook.event"].search(domain)
        batches = env["nshift.webhook.batch"]
        batches._add("cancel", SQL("id = ANY(%s)", events.ids))
    with shop.transaction() as env:
        assert env["nshift.webhook.batch"]._do_next()
    assert told(shop) == [(company, [hook.id])]


def test_many_answers_are_one_word(shop, hook, pause):
    """The first answers are told of at once, the last ones when the job ends."""
    pause(60)
    told(shop)
    orders(shop, 30)
    hook.deliver()
    assert hook.states() == ["delivered"] * 30
    assert 1 <= len(told(shop)) <= 2


def test_while_a_slow_answer_is_awaited(shop, hook, pause):
    """What was recorded meanwhile is told of in time, and not when the job ends."""
    pause(0.1)
    hook.write(parallel_requests=2)
    orders(shop, 2)
    with hook.under_way():
        told_before = 0
        until = time.monotonic() + 15
        while not told_before and time.monotonic() < until:
            time.sleep(0.05)
            told_before = len(told(shop))
    assert told_before
    assert told(shop)


@pytest.mark.usefixtures("caplog")
def test_a_locked_bus_holds_up_nothing(shop, hook):
    with shop.transaction() as env:
        env.cr.execute("LOCK TABLE bus_bus IN EXCLUSIVE MODE")
        orders(shop, 3)
        started = time.monotonic()
        hook.deliver()
        assert time.monotonic() - started < 60
        assert hook.states() == ["delivered"] * 3


@pytest.mark.usefixtures("caplog")
def test_a_bus_that_fails_holds_up_nothing(shop, hook):
    with shop.transaction() as env:
        env.cr.execute("ALTER TABLE bus_bus RENAME TO bus_bus_gone")
    try:
        shop.order()
        hook.deliver()
        assert hook.states() == ["delivered"]
    finally:
        with shop.transaction() as env:
            env.cr.execute("ALTER TABLE bus_bus_gone RENAME TO bus_bus")
