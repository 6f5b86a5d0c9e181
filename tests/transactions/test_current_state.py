"""Of what the current state is sent, and what the messages say."""

import json
from datetime import timedelta

import pytest

from .conftest import new_order
from .goods import deliver as ship_goods
from .goods import new_product, new_sale, return_wizard
from .loading import (  # noqa: F401
    check_faithful,
    follow,
    later,
    load_of,
    messages,
    no_older_orders,
    orders,
    run,
    send,
    told_ids,
)
from .unbuilt import edit
from .unbuilt import later as build_later


def test_all_that_a_webhook_applies_to_is_told(shop):
    """Whatever was there before the webhook was."""
    old = orders(shop)
    webhook, other = follow(shop), follow(shop, name="other")
    shop.order()
    assert send(shop, webhook) == 3
    assert messages(shop) == [], "nothing while a person waits"
    run(shop)
    told = messages(shop, webhook)
    assert [each["data"]["order"]["id"] for each in told] == old
    assert {each["type"] for each in told} == {"order.updated"}
    for message in told:
        assert message["data"]["reason"] == "current state"
        assert message["data"]["previous"] is None
        assert message["data"]["sequence"] == 2
    check_faithful(shop, webhook)
    assert messages(shop, other) == []
    assert load_of(shop, webhook) == ("done", 3, 3, 3, 0)


def test_a_change_says_no_such_reason(shop):
    [order_id] = orders(shop, 1)
    webhook = follow(shop)
    edit(shop, order_id, "changed")
    [message] = messages(shop, webhook)
    assert message["data"]["reason"] == "updated"


def test_what_is_gone_is_told_where_that_was_given_up(shop):
    """Or the receiver would keep it for ever; what was there again since is no such."""
    webhook = shop.webhook(
        "order.created",
        "order.updated",
        "order.deleted",
        sale_channel_ids=[(4, shop.channel)],
    )
    kept, gone, moved, back = orders(shop, 4)
    with shop.transaction() as env:
        env["sale.order"].browse(gone).unlink()
        env["sale.order"].browse([moved, back]).sale_channel_id = False
    with shop.transaction() as env:
        env["nshift.webhook.event"].search([("event", "=", "order.deleted")]).write(
            {"state": "failed", "next_attempt_at": False}
        )
    with shop.transaction() as env:
        env["sale.order"].browse(back).sale_channel_id = shop.channel

    def given_up():
        with shop.transaction() as env:
            events = env["nshift.webhook.event"].search([("state", "=", "failed")])
            return sorted(events.mapped("res_id"))

    send(shop, webhook, since="2020-01-01 00:00:00")
    run(shop)
    assert given_up() == [gone, moved, back]
    send(shop, webhook)
    run(shop)
    with shop.transaction() as env:
        env["nshift.webhook.batch"]._run()
    assert given_up() == [back]
    assert kept in told_ids(shop, webhook)


@pytest.mark.parametrize("kind", ["shipment", "return"])
def test_shipments_and_returns_that_are_there(shop, kind):
    """Not what was cancelled: that was told as gone, and no other transfers."""
    with shop.transaction() as env:
        product = new_product(env, stock=100)
        sales = [
            new_sale(env, product, sale_channel_id=shop.channel) for _number in range(3)
        ]
        for sale in sales:
            sale.action_confirm()
        kept, gone, returned = (sale.picking_ids for sale in sales)
        gone.action_cancel()
        ship_goods(returned)
        return_wizard(returned).action_create_returns()
        [back] = sales[2].picking_ids - returned
        expected = {"shipment": [kept.id, returned.id], "return": [back.id]}[kind]
    webhook = follow(shop, f"{kind}.updated")
    assert send(shop, webhook) == len(expected)
    run(shop)
    assert told_ids(shop, webhook, kind) == expected


def test_what_was_made_or_changed_since_a_date(shop):
    """Also by a change of a line, or of the contact of an order that is open."""
    old, own, line, contact = orders(shop, 4)
    webhook = follow(shop)
    with shop.transaction() as env:
        partner = env["res.partner"].create({"name": "Corrected"})
        env["sale.order"].browse(contact).partner_id = partner
        line_id = env["sale.order"].browse(line).order_line.id
        for table, ids in (
            ("sale_order", [old, own, line, contact]),
            ("sale_order_line", [line_id]),
            ("res_partner", [partner.id, env.ref("base.res_partner_2").id]),
        ):
            env.flush_all()
            env.cr.execute(
                f"UPDATE {table} SET write_date = '2020-01-01' WHERE id = ANY(%s)",
                (ids,),
            )
        env.cr.execute(
            "UPDATE sale_order_line SET write_date = '2020-01-01' "
            "WHERE order_id = ANY(%s)",
            ([old, own, contact],),
        )
        env.invalidate_all()
        env["sale.order"].browse(own).message_post(body="A note is no change")
        env["sale.order"].browse(own).client_order_ref = "changed"
        env["sale.order.line"].browse(line_id).name = "changed"
        partner.street = "changed"
        since = env.cr.now() - timedelta(days=1)
    shop.events()
    assert send(shop, webhook, since=since) == 3
    run(shop)
    assert told_ids(shop, webhook) == [own, line, contact]


def test_shipments_that_were_changed_since_a_date(shop):
    """Also by a change of what they show of their order."""
    with shop.transaction() as env:
        product = new_product(env, stock=100)
        sales = [
            new_sale(env, product, sale_channel_id=shop.channel) for _number in range(2)
        ]
        for sale in sales:
            sale.action_confirm()
        old, changed = (sale.picking_ids.id for sale in sales)
        changed_order = sales[1].id
        env.flush_all()
        for table in (
            "sale_order",
            "sale_order_line",
            "stock_picking",
            "stock_move",
            "stock_move_line",
            "res_partner",
        ):
            env.cr.execute(f"UPDATE {table} SET write_date = '2020-01-01'")
    webhook = follow(shop, "shipment.updated")
    edit(shop, changed_order, "changed")
    with shop.transaction() as env:
        since = env.cr.now() - timedelta(days=1)
    shop.events()
    assert send(shop, webhook, since=since) == 1
    run(shop)
    assert told_ids(shop, webhook, "shipment") == [changed]
    assert send(shop, webhook) == 2
    run(shop)
    assert told_ids(shop, webhook, "shipment") == [changed, old, changed]


def test_a_selection_as_far_as_the_webhook_applies_to_it(shop):
    mine, _other = orders(shop, 2)
    foreign = shop.order()
    webhook = follow(shop)
    assert send(shop, webhook, chosen={"sale.order": [mine, foreign]}) == 1
    run(shop)
    assert told_ids(shop, webhook) == [mine]


def test_what_ceases_to_match_before_its_turn_is_not_told(shop):
    kept, moved, deleted = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    with shop.transaction() as env:
        env["sale.order"].browse(moved).sale_channel_id = False
        env["sale.order"].browse(deleted).unlink()
    shop.events()
    run(shop)
    assert told_ids(shop, webhook) == [kept]
    assert load_of(shop, webhook) == ("done", 3, 3, 1, 0)


def test_carts_are_orders_to_whoever_asks_for_them(registry_with_more):
    from .conftest import Shop, without_webhooks

    shop = without_webhooks(Shop(registry_with_more))
    order = shop.order()
    with shop.transaction() as env:
        website = env["website"].search([], limit=1)
        cart = new_order(env, website_id=website.id).id
    plain = shop.webhook("order.updated")
    all_of_them = shop.webhook("order.updated", include_carts=True)
    chosen = {"sale.order": [order, cart]}
    assert send(shop, plain, chosen=chosen) == 1
    assert send(shop, all_of_them, chosen=chosen) == 2
    run(shop)
    assert told_ids(shop, plain) == [order]
    assert told_ids(shop, all_of_them) == [order, cart]


# what goes wrong


def test_one_that_cannot_be_built_harms_no_other(shop, trouble):
    """It is built later, as any other, and is the current state still."""
    sound, broken, last = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    with trouble(order_id=broken):
        run(shop)
    assert told_ids(shop, webhook) == [sound, last]
    assert load_of(shop, webhook) == ("done", 3, 3, 3, 1)
    build_later(shop)
    with shop.transaction() as env:
        event = env["nshift.webhook.event"].search([("res_id", "=", broken)])
        data = json.loads(event.payload)["data"]
    assert (data["reason"], data["previous"]) == ("current state", None)


@pytest.mark.usefixtures("caplog")
def test_what_fails_otherwise_is_given_up_alone(shop, registry, monkeypatch):
    """The load comes to its end."""
    first, broken, last = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    sequence = registry["nshift.webhook.sequence"]
    sound = sequence._count_up

    def count_up(self, records):
        if broken in records.ids:
            raise ValueError("no number")
        return sound(self, records)

    monkeypatch.setattr(sequence, "_count_up", count_up)
    run(shop)
    assert told_ids(shop, webhook) == [first, last]
    for _try in range(5):
        later(shop)
    assert load_of(shop, webhook) == ("done", 3, 3, 2, 1)


def test_what_ends_the_process_is_given_up_alone(shop, registry, monkeypatch):
    """The process is another one each time; the others are told in between."""
    first, broken, last = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    outbox = registry["nshift.webhook.outbox"]
    sound = outbox._snapshots

    def snapshots(self, records, *args):
        if broken in records.ids:
            raise SystemExit("killed")
        return sound(self, records, *args)

    monkeypatch.setattr(outbox, "_snapshots", snapshots)
    ends = 0
    for _process in range(10):
        try:
            later(shop)
        except SystemExit:
            ends += 1
    assert ends == 5
    assert told_ids(shop, webhook) == [first, last]
    assert load_of(shop, webhook) == ("done", 3, 3, 2, 1)
