"""What two transactions do at once: nothing is lost, and no secret goes astray."""

import threading
import time

import pytest
from psycopg2.errors import SerializationFailure

from .conftest import new_order
from .in_thread import in_thread


@pytest.fixture
def stale(registry, monkeypatch):
    """Other processes' caches: they do not know yet that a webhook has changed."""
    monkeypatch.setattr(
        registry["nshift.webhook.interest"], "_changed", lambda self: None
    )


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_deletion_of_another_webhook(shop, stale, registry, when, caplog):
    """An order that is saved as a webhook is deleted is told to all the others."""
    kept = shop.webhook("order.created", name="kept")
    gone = shop.webhook("order.created", name="gone")
    registry.clear_cache()

    def delete():
        with shop.transaction() as env:
            env["nshift.webhook"].browse(gone).unlink()

    with shop.transaction() as env:
        known = env["nshift.webhook.interest"]._now().audiences["sale.order"]
        assert len(known._subscriptions["order.created"]) == 2
    if when == "before":
        delete()
    with shop.transaction() as env:
        order = new_order(env)
        order.flush_recordset()
        if when == "meanwhile":
            delete()
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([])
        assert events.webhook_id.ids == [kept]
        assert events.res_id == order.id
    registry.clear_cache()
    assert "are not told" not in caplog.text


@pytest.mark.parametrize("kind", ["new header", "header without a value"])
@pytest.mark.parametrize("first", ["value", "url"])
def test_value_and_url_at_once(shop, kind, first):
    """Of a header's value and another URL, only one gets through: the other is tried
    again by Odoo, and sees what there is by then.
    """
    hook = shop.webhook("order.created", url="https://a.example/")
    with shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook)
        if kind == "header without a value":
            webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "old"})]
            webhook.header_ids._drop_values()

    def enter(env):
        webhook = env["nshift.webhook"].browse(hook)
        if webhook.header_ids:
            webhook.header_ids.value = "s3cret"
        else:
            webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "s3cret"})]
        env.flush_all()

    def redirect(env):
        env["nshift.webhook"].browse(hook).url = "https://evil.example/"
        env.flush_all()

    leader, follower = (enter, redirect) if first == "value" else (redirect, enter)

    def follow():
        with shop.transaction() as env:
            env["nshift.webhook"].browse(hook).read(["url"])
            begun.set()
            follower(env)

    begun = threading.Event()
    with shop.transaction() as env:
        leader(env)
        join = in_thread(follow)
        assert begun.wait(60)
        # until it waits for the row
        time.sleep(0.5)
    assert isinstance(join(), SerializationFailure)


def test_secret_and_answer_at_once(hook):
    """Whoever rotates a secret does not meet with answers that are recorded."""
    hook.shop.order()
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).write({"name": "edited"})
        env.flush_all()
        hook.deliver()
    assert hook.states() == ["delivered"]


def test_built_for_others_no_more(shop):
    """What could not be built is not built when it has become another company's."""
    from odoo.exceptions import UserError

    with shop.transaction() as env:
        companies = env["res.company"]
        other = companies.search([("name", "=", "Company B")]) or companies.create(
            {"name": "Company B"}
        )
        env.user.company_ids += other
        mine, other = env.company.id, other.id
        channel = env["sale.channel"].create({"name": "elsewhere"}).id
    for values in ({"company_id": mine}, {"sale_channel_ids": [channel]}):
        shop.webhook("order.created", **values)
        order_id = shop.order(client_order_ref="x" * 5_100_000, sale_channel_id=channel)
        with shop.transaction() as env:
            order = env["sale.order"].browse(order_id)
            order.order_line.unlink()
            order.write({"sale_channel_id": False, "client_order_ref": "B's"})
            order.company_id = other
        with (
            pytest.raises(UserError, match="another company or channel"),
            shop.transaction() as env,
        ):
            env["nshift.webhook.event"].search([]).action_send_again()
        with shop.transaction() as env:
            events = env["nshift.webhook.event"].search([])
            assert events.mapped("state") == ["failed"]
            env["nshift.webhook"].search([]).unlink()


def test_long_name(shop):
    """The log keeps the beginning of a record's name."""
    shop.webhook("order.updated")
    order_id = shop.order()
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).name = "N" * 100_000
    [(_event, name, data)] = shop.events()
    assert name == "N" * 200
    assert data["order"]["name"] == "N" * 100_000
