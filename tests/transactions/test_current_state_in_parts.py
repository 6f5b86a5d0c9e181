"""When the current state is told: in parts, until it is stopped."""

import pytest

from .conftest import type_ids
from .loading import (  # noqa: F401
    follow,
    load_of,
    messages,
    no_older_orders,
    orders,
    parts_of,
    run,
    send,
    told_ids,
)


def test_it_is_told_in_parts_each_of_which_is_kept(shop, registry, monkeypatch):
    """A process that ends in between leaves the rest to the next, and nothing twice."""
    parts_of(monkeypatch, 2)
    made = orders(shop, 7)
    webhook = follow(shop)
    send(shop, webhook)
    load = registry["nshift.webhook.load"]
    sound = load._next_part
    left = iter(range(2))

    def ends(self):
        next(left)
        return sound(self)

    with monkeypatch.context() as patch:
        patch.setattr(load, "_next_part", ends)
        with pytest.raises((StopIteration, RuntimeError)):
            run(shop)
    assert told_ids(shop, webhook) == made[:4]
    assert load_of(shop, webhook)[:3] == ("running", 7, 4)
    with shop.transaction() as env:
        text = env["nshift.webhook"].browse(webhook).load_text
    assert "Records: 4 of 7" in text
    run(shop)
    assert told_ids(shop, webhook) == made
    assert load_of(shop, webhook) == ("done", 7, 7, 7, 0)


def test_it_is_stopped(shop, monkeypatch):
    """Nothing more is told, and what waits is not sent."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    monkeypatch.setattr(nshift_webhook_loading, "MOST_WAITING", 1)
    parts_of(monkeypatch, 2)
    orders(shop, 6)
    webhook = follow(shop)
    send(shop, webhook)
    run(shop)
    with shop.transaction() as env:
        record = env["nshift.webhook"].browse(webhook)
        assert record.is_loading
        record.action_stop_load()
        assert not record.is_loading
        assert "stopped" in record.load_text
    run(shop)
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([("webhook_id", "=", webhook)])
        assert events.mapped("state") == ["cancelled"] * 2
        assert not env["nshift.webhook.load.part"].search([("id", "!=", False)])
        actions = env["nshift.webhook"].browse(webhook).audit_ids.mapped("action")
    assert actions[:2] == ["state_stopped", "state_sent"]
    # and may be begun anew
    assert send(shop, webhook) == 6


def test_stopping_gives_up_what_is_just_being_told(shop, registry, monkeypatch):
    orders(shop, 3)
    webhook = follow(shop)
    send(shop, webhook)
    monkeypatch.setattr(
        registry["nshift.webhook.sequence"],
        "_count_up",
        once(
            registry["nshift.webhook.sequence"]._count_up,
            lambda: stop(shop, webhook),
        ),
    )
    run(shop)
    run(shop)
    assert messages(shop, webhook) == []
    assert load_of(shop, webhook)[0] == "stopped"


def stop(shop, webhook):
    with shop.transaction() as env:
        env["nshift.webhook"].browse(webhook).action_stop_load()


def once(method, act):
    """Return a method before whose first call something is done."""
    acts = iter([act])

    def wrapped(self, *args):
        if act := next(acts, None):
            act()
        return method(self, *args)

    return wrapped


@pytest.mark.parametrize("act", ["archive", "delete", "leave channel", "other type"])
def test_what_becomes_of_the_webhook_meanwhile(shop, act):
    orders(shop, 3)
    webhook = follow(shop)
    send(shop, webhook)
    with shop.transaction() as env:
        record = env["nshift.webhook"].browse(webhook)
        if act == "archive":
            record.active = False
        elif act == "delete":
            record.unlink()
        elif act == "leave channel":
            other = env["sale.channel"].create({"name": "Another one"})
            record.sale_channel_ids = other
        else:
            record.type_ids = type_ids(env, "order.created")
    run(shop)
    assert messages(shop) == []
    with shop.transaction() as env:
        assert not env["nshift.webhook.load"].search([("state", "=", "running")])
        assert not env["nshift.webhook.load.part"].search([("id", "!=", False)])


def test_one_at_a_time_but_a_selection_joins_and_goes_first(shop, monkeypatch):
    from odoo.exceptions import UserError

    parts_of(monkeypatch, 2)
    made = orders(shop, 5)
    webhook = follow(shop)
    send(shop, webhook)
    with pytest.raises(UserError, match="0 of 5.*Wait until it has ended"):
        send(shop, webhook)
    assert send(shop, webhook, chosen={"sale.order": made[-1:]}) == 1
    run(shop)
    assert told_ids(shop, webhook) == [made[-1], *made]
    assert load_of(shop, webhook) == ("done", 6, 6, 6, 0)


@pytest.mark.parametrize("event", ["order.created", "order.updated"])
def test_what_cannot_be_told_is_refused(shop, event):
    from odoo.exceptions import UserError

    orders(shop, 1)
    webhook = follow(shop, event)
    if event == "order.updated":
        with shop.transaction() as env:
            env["nshift.webhook"].browse(webhook).active = False
    with pytest.raises(UserError, match="not told of updates|archived"):
        send(shop, webhook)
