"""A shipment is done, or cancelled."""

import pytest

from .goods import deliver, new_product, new_sale, new_warehouse, return_wizard
from .shipments import picking_of, undone
from .undo import Undo


def test_a_delivery_that_is_done_is_told_once(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    events = {event: data for event, _name, data in shipments.events()}
    assert sorted(events) == ["shipment.done", "shipment.updated"]
    done = events["shipment.done"]["shipment"]
    assert (done["id"], done["state"]) == (shipment["id"], "done")
    assert done["done_at"]
    assert events["shipment.updated"]["shipment"] == done
    previous = events["shipment.updated"]["previous"]
    assert (previous["state"], previous["done_at"]) == ("assigned", None)
    assert undone(done, previous) == shipment


def test_a_done_delivery_that_changes_is_not_done_again(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    shipments.events()
    for values in ({"carrier_tracking_ref": "T-1"}, {"printed": True}):
        with shipments.transaction() as env:
            picking_of(env, shipment).write(values)
    assert shipments.told() == ["shipment.updated"]


def test_a_backorder_is_new_and_only_what_was_sent_is_done(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        deliver(picking, quantity=3, skip_backorder=True)
        backorder_id = picking.backorder_ids.id
    events = shipments.events()
    assert sorted((event, data["shipment"]["id"]) for event, _, data in events) == [
        ("shipment.created", backorder_id),
        ("shipment.done", shipment["id"]),
        ("shipment.updated", shipment["id"]),
    ]
    for event, _name, data in events:
        expected = "2.00" if event == "shipment.created" else "3.00"
        assert [line["quantity"] for line in data["shipment"]["lines"]] == [expected]
    with shipments.transaction() as env:
        deliver(env["stock.picking"].browse(backorder_id))
    assert shipments.sorted_events() == [
        ("shipment.done", backorder_id),
        ("shipment.updated", backorder_id),
    ]


def test_a_partial_delivery_without_a_backorder_is_done_and_not_cancelled(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        deliver(
            picking_of(env, shipment),
            quantity=3,
            skip_backorder=True,
            picking_ids_not_to_backorder=[shipment["id"]],
        )
    assert shipments.sorted_events() == [
        ("shipment.done", shipment["id"]),
        ("shipment.updated", shipment["id"]),
    ]


def test_a_split_is_an_update_of_the_one_and_a_new_other(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.move_ids.quantity = 2
        picking.action_split_transfer()
        other_id = picking.backorder_ids.id
    events = {event: data for event, _name, data in shipments.events()}
    assert sorted(events) == ["shipment.created", "shipment.updated"]
    assert events["shipment.created"]["shipment"]["id"] == other_id
    updated = events["shipment.updated"]
    [line] = shipment["lines"]
    assert updated["previous"]["lines"] == {
        str(line["id"]): {"quantity": "5.00", "contents": line["contents"]}
    }
    assert undone(updated["shipment"], updated["previous"]) == shipment


def test_an_order_that_is_delivered_at_once_is_created_and_done(shipments):
    with shipments.transaction() as env:
        order = new_sale(env, new_product(env, stock=10))
        order.action_confirm()
        env.cr.flush()
        deliver(order.picking_ids)
        picking_id = order.picking_ids.id
    events = shipments.events()
    assert sorted(event for event, _name, _data in events) == [
        "shipment.created",
        "shipment.done",
    ]
    for _event, _name, data in events:
        assert data["shipment"]["id"] == picking_id
        assert data["shipment"]["state"] == "done"


def test_deliveries_that_are_done_together_are_told_each(shipments):
    made = [shipments.made(), shipments.made()]
    ids = sorted(shipment["id"] for shipment in made)
    with shipments.transaction() as env:
        deliver(env["stock.picking"].browse(ids))
    assert shipments.sorted_events() == [
        *[("shipment.done", id_) for id_ in ids],
        *[("shipment.updated", id_) for id_ in ids],
    ]


def test_only_the_last_step_is_done_as_a_shipment(shipments):
    with shipments.transaction() as env:
        warehouse = new_warehouse(env, delivery_steps="pick_pack_ship")
        product = new_product(env, stock=10, warehouse=warehouse)
        order = new_sale(env, product, warehouse_id=warehouse.id)
        order.action_confirm()
        order_id = order.id
    told = []
    for _step in range(3):
        told.append(shipments.told())
        with shipments.transaction() as env:
            deliver(
                env["stock.picking"].search(
                    [
                        ("reference_ids.sale_ids", "=", order_id),
                        ("state", "=", "assigned"),
                    ]
                )
            )
    assert told == [[], [], ["shipment.created"]]
    assert sorted(shipments.told()) == ["shipment.done", "shipment.updated"]


def test_a_validation_that_a_savepoint_takes_back_is_not_told(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        with pytest.raises(Undo), env.cr.savepoint():
            deliver(picking_of(env, shipment))
            env.cr.flush()
            raise Undo
    assert shipments.told() == []


def test_a_return_that_is_done_is_not_told(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    shipments.events()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        return_wizard(picking).action_create_returns()
        deliver(picking.return_ids)
        assert picking.return_ids.state == "done"
    assert shipments.told() == []


@pytest.mark.parametrize(
    "act",
    [
        lambda picking: picking.action_cancel(),
        lambda picking: picking.move_ids._action_cancel(),
        lambda picking: picking.sale_id.action_cancel(),
    ],
    ids=["delivery", "its moves", "order"],
)
def test_a_delivery_that_is_cancelled_is_told_once(shipments, act):
    shipment = shipments.made()
    with shipments.transaction() as env:
        act(picking_of(env, shipment))
        assert picking_of(env, shipment).state == "cancel"
    events = {event: data for event, _name, data in shipments.events()}
    assert sorted(events) == ["shipment.cancelled", "shipment.updated"]
    cancelled = events["shipment.cancelled"]["shipment"]
    assert (cancelled["id"], cancelled["state"]) == (shipment["id"], "cancel")
    assert events["shipment.updated"]["shipment"] == cancelled
    previous = events["shipment.updated"]["previous"]
    assert previous["state"] == "assigned"
    assert undone(cancelled, previous) == shipment


def test_each_open_delivery_of_a_cancelled_order_is_cancelled(shipments):
    shipment = shipments.made(quantity=5)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        deliver(picking, quantity=3, skip_backorder=True)
        picking.sale_id.order_line = [(0, 0, {"product_id": new_product(env).id})]
        backorder = picking.backorder_ids
        backorder.do_print_picking()
        picking.sale_id.order_line = [(0, 0, {"product_id": new_product(env).id})]
        open_ids = sorted((picking.sale_id.picking_ids - picking).ids)
        assert len(open_ids) == 2
    shipments.events()
    with shipments.transaction() as env:
        picking_of(env, shipment).sale_id._action_cancel()
    assert shipments.sorted_events() == [
        *[("shipment.cancelled", id_) for id_ in open_ids],
        *[("shipment.updated", id_) for id_ in open_ids],
    ]


def test_a_delivery_that_is_deleted_is_cancelled_and_told_as_it_was(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking_of(env, shipment).unlink()
    [(event, name, data)] = shipments.events()
    assert (event, name) == ("shipment.cancelled", shipment["name"])
    assert data["shipment"] == shipment | {"state": "cancel"}


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_a_delivery_that_is_cancelled_and_deleted_at_once_is_cancelled_once(
    shipments, early
):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.action_cancel()
        if early:
            env.cr.flush()
        picking.unlink()
    [(event, _name, data)] = shipments.events()
    assert event == "shipment.cancelled"
    assert data["shipment"] == shipment | {"state": "cancel"}


def test_a_cancelled_delivery_that_is_deleted_is_not_cancelled_again(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking_of(env, shipment).action_cancel()
    shipments.events()
    with shipments.transaction() as env:
        picking_of(env, shipment).unlink()
    assert shipments.told() == []


def test_a_delivery_that_loses_its_order_is_cancelled(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.move_ids.sale_line_id = False
        assert not picking.sale_id
    [(event, _name, data)] = shipments.events()
    assert event == "shipment.cancelled"
    assert data["shipment"] == shipment | {"state": "cancel"}
    with shipments.transaction() as env:
        picking_of(env, shipment).carrier_tracking_ref = "T-1"
    assert shipments.told() == []


def test_a_done_delivery_is_not_cancelled_with_its_order(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        deliver(picking_of(env, shipment))
    shipments.events()
    with shipments.transaction() as env:
        order = picking_of(env, shipment).sale_id
        order.action_cancel()
        assert order.state == "cancel"
    assert shipments.told() == []


def test_a_delivery_that_is_made_and_deleted_at_once_is_nothing(shipments):
    with shipments.transaction() as env:
        order = new_sale(env, new_product(env))
        order.action_confirm()
        env.cr.flush()
        order.picking_ids.unlink()
    assert shipments.told() == []


def test_a_cancellation_that_a_savepoint_takes_back_is_not_told(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        with pytest.raises(Undo), env.cr.savepoint():
            picking_of(env, shipment).action_cancel()
            env.cr.flush()
            raise Undo
    assert shipments.told() == []


def test_an_order_that_is_confirmed_again_has_the_one_cancelled_and_a_new_one(
    shipments,
):
    shipment = shipments.made()
    with shipments.transaction() as env:
        order = picking_of(env, shipment).sale_id
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        [new_id] = set(order.picking_ids.ids) - {shipment["id"]}
    assert shipments.sorted_events() == [
        ("shipment.cancelled", shipment["id"]),
        ("shipment.created", new_id),
        ("shipment.updated", shipment["id"]),
    ]
