"""A webhook with several types of events: one order of messages for all of them."""

from contextlib import suppress

import pytest

from dev.receiver import answer

from .conftest import new_order
from .goods import deliver
from .hook import Hook
from .unbuilt import later
from .undo import Undo

ORDERS = (
    "order.created",
    "order.updated",
    "order.confirmed",
    "order.cancelled",
    "order.deleted",
)
SHIPMENTS = (
    "shipment.created",
    "shipment.updated",
    "shipment.done",
    "shipment.cancelled",
)
REFUSED = answer(400)


@pytest.fixture
def orders(shop, hook):
    """A webhook for all that becomes of orders."""
    hook.told_of(*ORDERS)
    return hook


@pytest.fixture
def both(shop, hook):
    """A webhook for all that becomes of orders and their shipments."""
    hook.told_of(*ORDERS, *SHIPMENTS)
    return hook


def change(shop, order_id, **values):
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).write(values)


def act(shop, order_id, *methods, **values):
    """Call methods of an order, and write to it, in one transaction."""
    with shop.transaction() as env:
        order = env["sale.order"].browse(order_id)
        for method in methods:
            getattr(order, method)()
        if values:
            order.write(values)


def subject_of(request):
    data = request.message["data"]
    return data.get("order") or data.get("shipment")


def types(hook):
    """The types of what arrived, each once: what was sent again is the same message."""
    seen = {}
    for request in hook.arrived():
        seen[request.message_id] = request.message["type"]
    return list(seen.values())


def accepted(hook):
    """The types of what was accepted, in that order."""
    return [
        request.message["type"]
        for request in hook.arrived()
        if 200 <= request.status < 300
    ]


def sequences(hook):
    return [request.message["data"]["sequence"] for request in hook.arrived()]


def settle_all(hook, most=10):
    """Let time pass until nothing waits any more."""
    for _round in range(most):
        hook.deliver()
        if "pending" not in hook.states():
            return
        hook.make_due()
    raise AssertionError(hook.states())


# -- one record, all types


def test_all_that_becomes_of_an_order_arrives_in_order(shop, orders):
    """Also where its creation is refused at first, which comes before all else."""
    orders.answers(REFUSED, REFUSED)
    order_id = shop.order()
    orders.deliver()
    change(shop, order_id, client_order_ref="one")
    act(shop, order_id, "action_confirm")
    act(shop, order_id, "action_cancel")
    act(shop, order_id, "unlink")
    orders.deliver()
    assert types(orders) == ["order.created"]
    settle_all(orders)
    assert accepted(orders) == [
        "order.created",
        "order.updated",
        "order.updated",
        "order.confirmed",
        "order.updated",
        "order.cancelled",
        "order.deleted",
    ]


def test_other_orders_do_not_wait(shop, orders):
    orders.answers(REFUSED)
    order_id = shop.order()
    orders.deliver()
    change(shop, order_id, client_order_ref="one")
    act(shop, shop.order(), "action_confirm")
    orders.deliver()
    assert accepted(orders) == ["order.created", "order.updated", "order.confirmed"]


@pytest.mark.parametrize("first", ["delivered", "refused"])
def test_a_change_of_several_types_is_told_with_one_sequence(shop, orders, first):
    order_id = shop.order()
    settle_all(orders)
    orders.answers(*([REFUSED] * 2 if first == "refused" else []))
    act(shop, order_id, "action_confirm")
    settle_all(orders)
    act(shop, order_id, "action_cancel", client_order_ref="not any more")
    settle_all(orders)
    assert accepted(orders) == [
        "order.created",
        "order.updated",
        "order.confirmed",
        "order.updated",
        "order.cancelled",
    ]
    numbers = {
        request.message_id: request.message["data"]["sequence"]
        for request in orders.arrived()
    }
    assert list(numbers.values()) == [1, 2, 2, 3, 3]


def test_created_and_confirmed_at_once(shop, orders):
    with shop.transaction() as env:
        new_order(env).action_confirm()
    settle_all(orders)
    assert accepted(orders) == ["order.created", "order.confirmed"]
    assert sequences(orders) == [1, 1]
    states = [subject_of(request)["state"] for request in orders.arrived()]
    assert states == ["sale", "sale"]


def test_where_a_type_has_its_place_the_code_of_others_may_say_it_anywhere(
    shop, orders, registry, monkeypatch
):
    sound = registry["sale.order"]._nshift_webhook_happened

    def backwards(self, change):
        return sound(self, change)[::-1]

    monkeypatch.setattr(registry["sale.order"], "_nshift_webhook_happened", backwards)
    with shop.transaction() as env:
        new_order(env).action_confirm()
    assert shop.told() == ["order.created", "order.confirmed"]


def test_a_shipment_that_becomes_a_return(shop, hook, caplog):
    """It is gone as one and there as the other, in this order."""
    hook.told_of(*SHIPMENTS, "return.created", "return.updated")
    order_id = shop.order()
    act(shop, order_id, "action_confirm")
    shop.told()
    with shop.transaction() as env:
        picking = env["sale.order"].browse(order_id).picking_ids
        customers = picking.location_dest_id
        stock = picking.location_id
        picking.move_ids.write(
            {"location_id": customers.id, "location_dest_id": stock.id}
        )
    events = shop.events()
    assert [(event, data["sequence"]) for event, _name, data in events] == [
        ("shipment.cancelled", 2),
        ("return.created", 2),
    ]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# -- shipments after their order


def test_shipments_come_after_the_message_on_their_order(shop, both):
    order_id = shop.order()
    settle_all(both)
    both.answers(REFUSED)
    act(shop, order_id, "action_confirm")
    both.deliver()
    # another order's are not held up by that
    act(shop, shop.order(), "action_confirm")
    both.deliver()
    others = ["order.created", "order.updated", "order.confirmed", "shipment.created"]
    assert accepted(both)[1:] == others
    settle_all(both)
    assert accepted(both)[5:] == others[1:]


@pytest.fixture
def waiting(shop, both):
    """An order's update and confirmation, of which the first is refused again and
    again, and the shipment that its confirmation has made.
    """
    order_id = shop.order()
    settle_all(both)
    both.answers(*[REFUSED] * 5)
    act(shop, order_id, "action_confirm")
    both.deliver()
    assert both.states() == ["delivered", *["pending"] * 3]
    both.forget_jobs()
    return both


def events_of(env, hook):
    return env["nshift.webhook.event"].search(
        [("webhook_id", "=", hook.id)], order="id"
    )


def test_it_waits_for_as_long_as_that_fails(shop, waiting):
    """And is not even looked at."""
    with shop.transaction() as env:
        created = events_of(env, waiting)[-1]
        assert created.event == "shipment.created"
        assert not created.next_attempt_at
    waiting.make_due()
    waiting.deliver()
    assert types(waiting) == ["order.created", "order.updated"]
    with shop.transaction() as env:
        assert not events_of(env, waiting)[-1].next_attempt_at


@pytest.mark.parametrize("act", ["action_cancel", "unlink"])
def test_it_goes_when_that_is_given_up_by_hand(shop, waiting, act):
    waiting.answers()
    with shop.transaction() as env:
        _created, updated, _confirmed, _shipment = events_of(env, waiting)
        getattr(updated, act)()
    waiting.deliver()
    assert accepted(waiting)[1:] == ["order.confirmed", "shipment.created"]


@pytest.mark.parametrize("act", ["action_cancel", "unlink"])
def test_it_goes_when_all_of_that_is_given_up_at_once(shop, waiting, act):
    waiting.answers()
    with shop.transaction() as env:
        getattr(events_of(env, waiting)[1:3], act)()
    assert waiting.jobs() == [0]
    waiting.deliver()
    assert accepted(waiting)[1:] == ["shipment.created"]


def test_it_goes_when_that_has_failed_for_good(shop, waiting):
    for _attempt in range(2):
        waiting.make_due()
        waiting.deliver()
    waiting.answers()
    settle_all(waiting)
    assert waiting.states() == ["delivered", "failed", "delivered", "delivered"]
    assert accepted(waiting)[-1] == "shipment.created"


def test_it_goes_when_what_waits_is_dropped(shop, waiting):
    """The order's messages are dropped, and the shipment's next one is told."""
    waiting.answers()
    with shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(waiting.id)
        webhook.action_pause()
        webhook._enable(drop=True)
        picking = env["sale.order"].search([], order="id desc", limit=1).picking_ids
        picking.scheduled_date = "2030-01-01"
    waiting.deliver()
    assert accepted(waiting)[-1] == "shipment.updated"
    assert "pending" not in waiting.states()


def test_sent_in_any_order_it_does_not_wait(shop, both):
    both.write(ordering="none", parallel_requests=1)
    order_id = shop.order()
    settle_all(both)
    both.answers(REFUSED)
    act(shop, order_id, "action_confirm")
    both.deliver()
    assert accepted(both)[1:] == ["order.confirmed", "shipment.created"]


def test_it_goes_when_order_does_not_matter_any_more(shop, waiting):
    waiting.answers(REFUSED)
    waiting.write(ordering="none")
    with shop.transaction() as env:
        env.ref("nshift_webhooks.cron_wipe").method_direct_trigger()
    waiting.deliver()
    assert "shipment.created" in types(waiting)


def test_webhooks_of_one_subject_each_do_not_wait_for_each_other(shop, receiver, hook):
    hook.told_of(*ORDERS)
    shipments = Hook(shop, receiver, *SHIPMENTS)
    order_id = shop.order()
    hook.deliver()
    hook.answers(*[REFUSED] * 5)
    act(shop, order_id, "action_confirm")
    hook.deliver()
    assert accepted(shipments) == ["shipment.created"]
    with shop.transaction() as env:
        env.cr.execute(
            "SELECT count(*) FROM nshift_webhook_event WHERE after_ids IS NOT NULL"
        )
        assert env.cr.fetchone() == (0,)


def test_it_waits_for_a_message_that_is_built_later(shop, both, trouble):
    order_id = shop.order()
    settle_all(both)
    with trouble(event="order.confirmed"):
        act(shop, order_id, "action_confirm")
    both.deliver()
    assert accepted(both)[1:] == ["order.updated"]
    later(shop)
    both.deliver()
    assert accepted(both)[1:] == [
        "order.updated",
        "order.confirmed",
        "shipment.created",
    ]


def test_it_goes_when_that_cannot_be_built_for_good(shop, both, trouble):
    order_id = shop.order()
    settle_all(both)
    with trouble(event="order.confirmed"):
        act(shop, order_id, "action_confirm")
        both.deliver()
        both.forget_jobs()
        later(shop, runs=2)
    assert both.jobs() == [0]
    both.deliver()
    assert accepted(both)[1:] == ["order.updated", "shipment.created"]


def one_delivery_for_two(shop):
    """Two orders whose goods leave together; returns their ids and the shipment's."""
    with shop.transaction() as env:
        orders = new_order(env) + new_order(env)
        orders.action_confirm()
        first, second = orders.picking_ids
        second.move_ids.write({"picking_id": first.id})
        second.unlink()
        return orders.ids, first.id


@pytest.mark.parametrize("refused", [0, 1])
def test_of_several_orders_it_waits_for_all(shop, both, refused):
    order_ids, picking_id = one_delivery_for_two(shop)
    settle_all(both)

    with shop.transaction() as env:
        env["sale.order"].browse(order_ids).write({"client_order_ref": "both"})
        env["stock.picking"].browse(picking_id).scheduled_date = "2030-01-01"
    with shop.transaction() as env:
        one, other, shipment = events_of(env, both)[-3:]
        assert shipment.event == "shipment.updated"
        blocked = (one, other)[refused]
        env.cr.execute(
            "UPDATE nshift_webhook_event SET next_attempt_at = now() + interval '1 day'"
            " WHERE id = %s",
            (blocked.id,),
        )
        blocked_id = blocked.id
    before = len(accepted(both))
    both.deliver()
    assert accepted(both)[before:] == ["order.updated"]
    with shop.transaction() as env:
        env["nshift.webhook.event"].browse(blocked_id).action_cancel()
    both.deliver()
    assert accepted(both)[before:] == ["order.updated", "shipment.updated"]


@pytest.fixture
def behind_two(shop, both):
    """A shipment's event behind one of its own and one of its order's, both refused.

    :return: by type, the ids of the two that go before it
    """
    order_id = shop.order()
    act(shop, order_id, "action_confirm")
    settle_all(both)
    both.answers(*[REFUSED] * 2)
    with shop.transaction() as env:
        picking = env["sale.order"].browse(order_id).picking_ids
        picking.scheduled_date = "2030-01-01"
        picking_id = picking.id
    both.deliver()
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).note = "Ring twice"
        env["stock.picking"].browse(picking_id).scheduled_date = "2031-01-01"
    both.deliver()
    with shop.transaction() as env:
        own, order, behind = events_of(env, both)[-3:]
        assert (own.state, order.state, behind.state) == ("pending",) * 3
        assert not behind.next_attempt_at
        return {each.event: each.id for each in (own, order)}


@pytest.mark.parametrize("first", ["shipment.updated", "order.updated"])
def test_it_may_be_behind_its_own_and_its_orders(shop, both, behind_two, first):
    """Whichever is settled first, it goes after both, and then at once."""
    for event in sorted(behind_two, key=lambda event: event != first):
        assert both.states()[-1] == "pending"
        with shop.transaction() as env:
            env["nshift.webhook.event"].browse(behind_two[event]).action_cancel()
        both.deliver()
    assert both.states()[-1] == "delivered"


@pytest.mark.parametrize("first", ["shipment.updated", "order.updated"])
def test_two_settle_what_it_is_behind_at_once(shop, both, behind_two, first):
    """Neither sees what the other does, and still it is let forward."""
    [second] = behind_two.keys() - {first}
    with shop.transaction() as env:
        env["nshift.webhook.event"].browse(behind_two[first]).action_cancel()
        with shop.transaction() as other:
            other["nshift.webhook.event"].browse(behind_two[second]).action_cancel()
    both.deliver()
    assert both.states()[-1] == "delivered"


# -- what one transaction settles several times


def awaited(shop, hook):
    """(type, types of those that it waits for and that there are) of each event."""
    with shop.transaction() as env:
        env.cr.execute(
            """
            SELECT event.event, ARRAY(
                     SELECT awaited.event FROM nshift_webhook_event AS awaited
                      WHERE awaited.id = ANY(event.after_ids) ORDER BY id
                   )
              FROM nshift_webhook_event AS event
             WHERE webhook_id = %s ORDER BY id
            """,
            (hook.id,),
        )
        return env.cr.fetchall()


@pytest.fixture
def quiet(shop, both):
    """A quotation, and an empty log."""
    order_id = shop.order()
    settle_all(both)
    shop.told()
    return order_id


CONFIRMED = [
    ("order.updated", []),
    ("order.confirmed", []),
    ("shipment.created", ["order.updated", "order.confirmed"]),
]


def test_the_orders_message_was_written_at_a_savepoint(shop, both, quiet):
    with shop.transaction() as env:
        order = env["sale.order"].browse(quiet)
        order.action_confirm()
        env.cr.flush()
        order.picking_ids.scheduled_date = "2030-01-01"
    assert awaited(shop, both) == CONFIRMED


def test_the_orders_message_is_replaced_after_a_savepoint(shop, both, quiet):
    with shop.transaction() as env:
        order = env["sale.order"].browse(quiet)
        order.action_confirm()
        env.cr.flush()
        order.client_order_ref = "after all"
        env.cr.flush()
        order.order_line.product_uom_qty = 2
        env.cr.flush()
        order.note = "Ring twice"
    assert awaited(shop, both) == CONFIRMED


def test_the_orders_message_comes_after_the_shipments(shop, both, quiet):
    """The shipment's was written when there was nothing to tell of the order."""
    act(shop, quiet, "action_confirm")
    settle_all(both)
    shop.told()
    with shop.transaction() as env:
        order = env["sale.order"].browse(quiet)
        order.picking_ids.scheduled_date = "2030-01-01"
        env.cr.flush()
        order.note = "Ring twice"
    assert awaited(shop, both) == [
        ("order.updated", []),
        ("shipment.updated", ["order.updated"]),
    ]


@pytest.mark.parametrize("what", ["order", "shipment", "both"])
def test_what_is_rolled_back_is_not_waited_for(shop, both, quiet, what):
    act(shop, quiet, "action_confirm")
    settle_all(both)
    shop.told()

    with shop.transaction() as env:
        order = env["sale.order"].browse(quiet)
        order.picking_ids.scheduled_date = "2030-01-01"
        if what == "both":
            order.note = "Ring once"
        env.cr.flush()
        with suppress(Undo), env.cr.savepoint():
            if what != "shipment":
                order.note = "Ring twice"
            if what != "order":
                order.picking_ids.scheduled_date = "2031-01-01"
            env.cr.flush()
            raise Undo
    found = awaited(shop, both)
    if what == "both":
        assert found == [
            ("order.updated", []),
            ("shipment.updated", ["order.updated"]),
        ]
    else:
        assert found == [("shipment.updated", [])]
    both.deliver()
    assert set(both.states()) == {"delivered"}


# -- only the latest state


@pytest.fixture
def latest(shop, orders):
    orders.write(ordering="latest")
    order_id = shop.order()
    settle_all(orders)
    return order_id


def test_only_updates_are_replaced_and_only_by_updates(shop, orders, latest):
    orders.answers(REFUSED)
    change(shop, latest, client_order_ref="one")
    orders.deliver()
    change(shop, latest, client_order_ref="two")
    act(shop, latest, "action_confirm")
    change(shop, latest, client_order_ref="three")
    orders.deliver()
    assert accepted(orders) == ["order.created", "order.confirmed", "order.updated"]
    assert subject_of(orders.arrived()[-1])["customer_reference"] == "three"
    assert orders.states() == [
        "delivered",
        "superseded",
        "superseded",
        "superseded",
        "delivered",
        "delivered",
    ]


def test_an_update_is_not_replaced_by_something_else(shop, orders, latest):
    orders.answers(REFUSED)
    change(shop, latest, client_order_ref="one")
    orders.deliver()
    act(shop, latest, "unlink")
    orders.deliver()
    assert accepted(orders) == ["order.created"]
    settle_all(orders)
    assert accepted(orders) == ["order.created", "order.updated", "order.deleted"]


def test_a_creation_that_fails_holds_up_what_follows(shop, hook):
    hook.told_of(*ORDERS)
    hook.write(ordering="latest")
    hook.answers(REFUSED, REFUSED)
    order_id = shop.order()
    hook.deliver()
    for reference in ("one", "two"):
        change(shop, order_id, client_order_ref=reference)
        hook.deliver()
    act(shop, order_id, "action_confirm")
    settle_all(hook)
    assert accepted(hook) == ["order.created", "order.updated", "order.confirmed"]


def test_where_the_latest_state_is_enough_shipments_wait_as_well(shop, both):
    both.write(ordering="latest")
    order_id = shop.order()
    settle_all(both)
    both.answers(REFUSED)
    act(shop, order_id, "action_confirm")
    both.deliver()
    assert accepted(both) == ["order.created"]
    settle_all(both)
    assert accepted(both) == [
        "order.created",
        "order.updated",
        "order.confirmed",
        "shipment.created",
    ]


def test_what_waits_for_a_superseded_message_goes(shop, both):
    both.told_of("order.updated", *SHIPMENTS)
    both.write(ordering="latest")
    order_id = shop.order()
    both.answers(REFUSED)
    act(shop, order_id, "action_confirm")
    both.deliver()
    assert accepted(both) == []
    change(shop, order_id, note="Ring twice")
    both.deliver()
    assert sorted(accepted(both)) == ["order.updated", "shipment.created"]
    assert both.states() == ["superseded", "delivered", "delivered"]


# -- deliveries


def test_a_delivery_tells_its_order_first(shop, both):
    order_id = shop.order()
    act(shop, order_id, "action_confirm")
    settle_all(both)
    count = len(accepted(both))
    both.answers(*[REFUSED] * 2)
    with shop.transaction() as env:
        deliver(env["sale.order"].browse(order_id).picking_ids)
    settle_all(both)
    assert accepted(both)[count:] == [
        "order.updated",
        "shipment.updated",
        "shipment.done",
    ]
