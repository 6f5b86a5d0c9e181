"""From when on a webhook is told that has just been added, changed or deleted."""

from contextlib import contextmanager, suppress

import pytest
from psycopg2.pool import PoolError

from odoo.exceptions import UserError

from .conftest import new_order, type_ids


def test_a_webhook_hears_though_others_have_looked_before_it_was_committed(shop):
    with shop.transaction() as env:
        env["nshift.webhook"].create(
            {
                "name": "new",
                "url": "https://example.com/",
                "type_ids": type_ids(env, "order.created"),
            }
        )
        with shop.transaction() as other:
            assert not other["nshift.webhook.interest"]._now().audiences
    shop.order()
    assert shop.told() == ["order.created"]


@pytest.mark.parametrize("act", ["added", "changed", "deleted"])
def test_a_webhook_is_as_committed_though_an_older_transaction_looks(shop, act):
    """On a server of threads, what one of them reads is there for all the others."""
    kept = shop.webhook("order.created", name="kept")
    if act != "added":
        webhook_id = shop.webhook("order.deleted", name="other")
    with shop.transaction() as old:
        old.cr.execute("SELECT count(*) FROM nshift_webhook")
        if act == "added":
            webhook_id = shop.webhook("order.created", name="other")
        elif act == "changed":
            with shop.transaction() as env:
                webhook = env["nshift.webhook"].browse(webhook_id)
                webhook.type_ids = type_ids(env, "order.created")
        else:
            with shop.transaction() as env:
                env["nshift.webhook"].browse(webhook_id).unlink()
        new_order(old)
    shop.order()
    with shop.transaction() as env:
        _older, *newer = env["nshift.webhook.event"].search([], order="res_id, id")
        told = [event.webhook_id.id for event in newer]
    assert told[-2:] == ([kept] if act == "deleted" else [kept, webhook_id])


@pytest.mark.parametrize("act", ["added", "archived", "deleted"])
def test_a_change_of_a_webhook_that_is_taken_back(shop, act):
    """Within a transaction that goes on, and for others at once and later."""
    webhook_id = shop.webhook("order.created")
    with shop.transaction() as env:
        with suppress(UserError), env.cr.savepoint():
            webhook = env["nshift.webhook"].browse(webhook_id)
            if act == "added":
                webhook.copy({"name": "taken back", "active": True})
            elif act == "archived":
                webhook.active = False
            else:
                webhook.unlink()
            new_order(env)
            env.flush_all()
            order_ids = []
            # an order that is saved as its webhook is deleted waits for that
            if act != "deleted":
                order_ids.append(shop.order())
            raise UserError("No.")
        order_ids.append(new_order(env).id)
    order_ids.append(shop.order())
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="res_id")
        assert events.webhook_id.ids == [webhook_id]
        assert events.mapped("res_id") == order_ids


def test_a_webhook_that_is_added_as_another_transaction_looks(
    shop, registry, monkeypatch
):
    """What was read a moment before the commit is kept for nobody after it."""
    shop.webhook("order.created", name="old")
    interest = registry["nshift.webhook.interest"]
    read = interest._read

    def read_and_add(self):
        found = read(self)
        monkeypatch.setattr(interest, "_read", read)
        shop.webhook("order.created", name="new")
        return found

    monkeypatch.setattr(interest, "_read", read_and_add)
    first_id, second_id = shop.order(), shop.order()
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([])
        told = [(event.res_id, event.webhook_id.name) for event in events]
        assert sorted(told) == [
            (first_id, "old"),
            (second_id, "new"),
            (second_id, "old"),
        ]


def test_no_connection_is_free(shop, registry, monkeypatch):
    """For a look at what is committed."""
    shop.webhook("order.created")

    @contextmanager
    def none_left():
        raise PoolError("The Connection Pool Is Full")
        yield

    with shop.transaction() as env:
        monkeypatch.setattr(registry, "cursor", none_left)
        new_order(env)
        env.flush_all()
        monkeypatch.undo()
    assert shop.told() == ["order.created"]


def test_the_table_is_locked(shop):
    """As by an upgrade, or by this transaction itself."""
    shop.webhook("order.created")
    with shop.transaction() as env:
        env.cr.execute("LOCK TABLE nshift_webhook_type_rel")
        new_order(env)
    assert shop.told() == ["order.created"]
