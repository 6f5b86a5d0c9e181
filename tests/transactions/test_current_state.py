"""The current state of what a webhook applies to, sent when somebody asks for it."""

import json
from datetime import timedelta

import pytest

from dev.receiver import answer

from .conftest import new_order, type_ids
from .goods import deliver as ship_goods
from .goods import new_product, new_sale, return_wizard
from .loading import check_faithful, later, load_of, messages, run, send
from .unbuilt import later as build_later


@pytest.fixture(autouse=True)
def no_older_orders(shop):
    """Whatever other tests have left is not what a webhook is for."""
    with shop.transaction() as env:
        channel = env["sale.channel"].create({"name": "Tests of the current state"})
    shop.channel = channel.id


def follow(shop, event="order.updated", **values):
    return shop.webhook(event, sale_channel_ids=[(4, shop.channel)], **values)


def orders(shop, count=3, **values):
    return [
        shop.order(sale_channel_id=shop.channel, **values) for _number in range(count)
    ]


def edit(shop, order_id, text):
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = text


def told_ids(shop, webhook_id, subject="order"):
    return [each["data"][subject]["id"] for each in messages(shop, webhook_id)]


def parts_of(monkeypatch, count):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_load

    monkeypatch.setattr(nshift_webhook_load, "BATCH", count)


# what is told


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


# when it is told


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
    assert "4 of 7 records" in text
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
    with pytest.raises(UserError, match="0 of 5 records.*Wait until it has ended"):
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


# beside whoever works on the same orders


def test_who_was_at_work_before_is_let_end(shop, registry, monkeypatch):
    """They may not know a webhook that is new, and so tell nothing of what they do."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    monkeypatch.setattr(nshift_webhook_loading, "OLDER_S", 0.3)
    [order_id] = orders(shop, 1)
    with shop.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "before"
        order.flush_recordset()
        webhook = follow(shop)
        send(shop, webhook)
        run(shop)
        assert messages(shop) == []
        # another process, which does not know it yet
        monkeypatch.setattr(
            registry["nshift.webhook.outbox"], "_audiences", lambda self: {}
        )
    assert messages(shop) == []
    run(shop)
    assert check_faithful(shop, webhook)[order_id]["customer_reference"] == "before"


def test_what_everybody_knows_begins_at_once(shop):
    [order_id] = orders(shop, 1)
    webhook = follow(shop)
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook SET write_date = write_date - interval '1 hour'"
        )
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref  # noqa: B018
        send(shop, webhook)
        run(shop)
        assert told_ids(shop, webhook) == [order_id]


def test_nobody_is_waited_for_for_ever(shop, monkeypatch):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    monkeypatch.setattr(nshift_webhook_loading, "OLDER_S", 0.3)
    [order_id] = orders(shop, 1)
    webhook = follow(shop)
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref  # noqa: B018
        send(shop, webhook)
        run(shop)
        assert messages(shop) == []
        with shop.transaction() as other:
            other.cr.execute(
                "UPDATE nshift_webhook_load "
                "SET started_at = started_at - interval '2 minutes'"
            )
        run(shop)
        assert told_ids(shop, webhook) == [order_id]


def test_a_change_while_the_records_are_read(shop, registry, monkeypatch):
    """It is committed before the messages: these are on what it has made of it."""
    first, changed, last = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    outbox = registry["nshift.webhook.outbox"]
    sound = outbox._snapshots
    texts = iter(["new"])

    def snapshots(self, *args):
        found = sound(self, *args)
        # not in the user's own
        if text := next(texts, None):
            edit(shop, changed, text)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_snapshots", snapshots)
        run(shop)
    told = check_faithful(shop, webhook)
    assert told.keys() == {first, changed, last}
    assert told[changed]["customer_reference"] == "new"
    assert load_of(shop, webhook) == ("done", 3, 3, 3, 0)


def test_a_change_that_has_begun_before_the_messages(shop):
    """Odoo runs it again: then it comes after them."""
    from psycopg2.errors import SerializationFailure

    [order_id] = orders(shop, 1)
    webhook = follow(shop)
    send(shop, webhook)
    with pytest.raises(SerializationFailure), shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "first try"
        run(shop)
    edit(shop, order_id, "again")
    assert check_faithful(shop, webhook)[order_id]["customer_reference"] == "again"
    assert len(messages(shop, webhook)) == 2


def test_nobody_is_waited_for_and_nobody_waits(shop):
    """Of an order that somebody is saving, it is told when that is done."""
    first, held, last = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    with shop.transaction() as env:
        env["sale.order"].browse(held).client_order_ref = "slowly"
        # the settlement: its number is counted from here on
        env.cr.flush()
        run(shop)
        assert told_ids(shop, webhook) == [first, last]
        assert load_of(shop, webhook)[:3] == ("running", 3, 2)
        # without a lock on what was not told
        edit(shop, first, "at once")
    later(shop)
    told = check_faithful(shop, webhook)
    assert told[held]["customer_reference"] == "slowly"
    assert load_of(shop, webhook) == ("done", 3, 3, 3, 0)


# how it is sent


@pytest.fixture
def endpoint(hook, shop):
    hook.told_of("order.updated")
    hook.write(
        parallel_requests=1,
        sale_channel_ids=[(4, shop.channel)],
    )
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
    begun, release = endpoint.hold()
    from .test_beside_each_other import in_thread

    join = in_thread(endpoint.deliver)
    assert begun.wait(20)
    edit(shop, live, "just now")
    release.set()
    assert join() is None
    # after those that were announced already
    assert order_ids(endpoint).index(live) <= 5


@pytest.mark.parametrize("in_hand", [False, True])
def test_what_happens_to_one_of_them_takes_its_message_along(shop, endpoint, in_hand):
    """In this order, and both before the others."""
    made = orders(shop, 20)
    send(shop, endpoint.id)
    run(shop)
    if in_hand:
        begun, release = endpoint.hold()
        from .test_beside_each_other import in_thread

        join = in_thread(endpoint.deliver)
        assert begun.wait(20)
        edit(shop, made[-1], "just now")
        release.set()
        assert join() is None
    else:
        edit(shop, made[-1], "just now")
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
