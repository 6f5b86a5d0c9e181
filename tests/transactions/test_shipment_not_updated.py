"""What is no update of a shipment."""

import pytest

from .goods import (
    deliver,
    first_warehouse,
    new_product,
    new_sale,
    picking_by_hand,
    return_wizard,
)
from .shipments import picking_of
from .undo import Undo


def test_what_no_shipment_shows_is_no_update(shipments, subtests):
    shipment = shipments.made(quantity=2)
    for what, act in {
        "printed": lambda picking: picking.do_print_picking(),
        "chatter": lambda picking: picking.message_post(body="A note"),
        "activity": lambda picking: picking.activity_schedule(
            "mail.mail_activity_data_todo"
        ),
        "follower": lambda picking: picking.message_subscribe(picking.partner_id.ids),
        "same value": lambda picking: picking.write(
            {"origin": picking.origin, "priority": "0"}
        ),
        "responsible": lambda picking: picking.write(
            {"user_id": picking.env.ref("base.user_demo").id}
        ),
        "picked": lambda picking: picking.move_ids.write({"picked": True}),
        "same quantity": lambda picking: picking.move_line_ids.write({"quantity": 2}),
        "nothing left to reserve": lambda picking: picking.action_assign(),
        "order's note": lambda picking: picking.sale_id.write({"note": "Thank you"}),
        "product": lambda picking: picking.move_ids.product_id.write({"name": "Best"}),
    }.items():
        with subtests.test(what):
            with shipments.transaction() as env:
                act(picking_of(env, shipment))
            assert shipments.told() == []


def test_a_change_that_is_taken_back_is_no_update(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.carrier_tracking_ref = "for a moment"
        picking.move_ids.product_uom_qty = 5
        picking.move_line_ids.quantity = 1
        env.cr.flush()
        picking.carrier_tracking_ref = False
        picking.move_line_ids.quantity = 2
        picking.move_ids.product_uom_qty = 2
    assert shipments.told() == []


def test_a_change_that_a_savepoint_takes_back_is_no_update(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        with pytest.raises(Undo), env.cr.savepoint():
            picking.carrier_tracking_ref = "taken back"
            picking.move_line_ids.quantity = 1
            picking.move_line_ids.action_put_in_pack()
            env.cr.flush()
            raise Undo
    assert shipments.told() == []


def test_a_package_that_is_made_and_taken_away_at_once_is_no_update(shipments):
    shipment = shipments.made(quantity=2)
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        picking.action_put_in_pack()
        env.cr.flush()
        assert picking.move_line_ids.result_package_id
        picking.move_line_ids.result_package_id = False
    assert shipments.told() == []


def test_what_a_transaction_makes_it_does_not_update(shipments):
    with shipments.transaction() as env:
        order = new_sale(env, new_product(env, stock=10))
        order.action_confirm()
        env.cr.flush()
        picking = order.picking_ids
        picking.carrier_tracking_ref = "T-1"
        picking.action_put_in_pack()
        env.cr.flush()
        order.order_line.product_uom_qty = 3
    [(event, _name, data)] = shipments.events()
    assert event == "shipment.created"
    assert "previous" not in data
    assert data["shipment"]["trackings"] == [{"number": "T-1", "url": None}]
    assert data["shipment"]["packages"]
    assert [line["quantity"] for line in data["shipment"]["lines"]] == ["3.00"]


def test_a_delivery_that_just_got_its_order_is_no_update(shipments):
    with shipments.transaction() as env:
        product = new_product(env)
        order_id = new_sale(env, product).id
        picking_id = picking_by_hand(env, product).id
    with shipments.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        picking.carrier_tracking_ref = "T-1"
        picking.move_ids.sale_line_id = env["sale.order"].browse(order_id).order_line
    assert shipments.sorted_events() == [("shipment.created", picking_id)]


def test_transfers_that_are_no_shipments_have_no_updates(shipments):
    shipment = shipments.made()
    with shipments.transaction() as env:
        picking = picking_of(env, shipment)
        deliver(picking)
        product = picking.move_ids.product_id
        return_wizard(picking).action_create_returns()
        alone = picking_by_hand(env, product)
        receipt = picking_by_hand(env, product, kind=first_warehouse(env).in_type_id)
        ids = (picking.return_ids + alone + receipt).ids
    shipments.events()
    for act in (
        lambda picking: picking.write({"carrier_tracking_ref": "T-1"}),
        lambda picking: picking.move_ids.write({"product_uom_qty": 3}),
        lambda picking: picking.action_confirm(),
        lambda picking: picking.action_cancel(),
        lambda picking: picking.unlink(),
    ):
        with shipments.transaction() as env:
            act(env["stock.picking"].browse(ids))
        assert shipments.told() == []
