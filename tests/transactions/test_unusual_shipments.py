"""`shipment.created` of deliveries that no confirmation makes, that are cancelled, and
that are for several orders; returns.
"""

import pytest

from .goods import (
    deliver,
    first_warehouse,
    new_product,
    new_sale,
    new_warehouse,
    picking_by_hand,
    return_wizard,
)
from .sales import Sales, order_of, quantities
from .undo import Undo


@pytest.fixture
def sales(shop):
    shop.webhook_for_each(("order.created", "order.updated", "shipment.created"))
    return Sales(shop.registry)


# Returns


@pytest.mark.parametrize("has_type", [True, False], ids=["receipt", "own type"])
def test_a_return_is_no_shipment(sales, has_type):
    """Also where Odoo gives the return the delivery's own operation type."""
    with sales.transaction() as env:
        warehouse = new_warehouse(env)
        if not has_type:
            warehouse.out_type_id.return_picking_type_id = False
        product = new_product(env, stock=10, warehouse=warehouse)
        order = new_sale(env, product, quantity=2, warehouse_id=warehouse.id)
        order.action_confirm()
        deliver(order.picking_ids)
        order_id, picking_id = order.id, order.picking_ids.id
    sales.events()
    with sales.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        action = return_wizard(picking).action_create_returns()
        back = env["stock.picking"].browse(action["res_id"])
        assert back.sale_id.id == order_id
        assert back.return_id == picking
        assert back.picking_type_id.code == ("incoming" if has_type else "outgoing")
    assert sales.shipments() == []
    with sales.transaction() as env:
        back = env["stock.picking"].browse(picking_id).return_ids
        deliver(back)
        assert back.state == "done"
    assert sales.shipments() == []


def test_what_is_sent_out_once_more_after_a_return_is_a_shipment(sales):
    order_id = sales.delivered()
    with sales.transaction() as env:
        picking = order_of(env, order_id).picking_ids
        return_wizard(picking).action_create_returns()
        deliver(picking.return_ids)
    sales.events()
    with sales.transaction() as env:
        back = order_of(env, order_id).picking_ids.return_ids
        return_wizard(back).action_create_returns()
        again = back.return_ids.id
    assert [shipment["id"] for shipment in sales.shipments()] == [again]


def test_an_exchange_is_a_shipment_of_what_is_sent_instead(sales):
    """Odoo makes a return, and a new delivery of the order that is no return."""
    order_id = sales.delivered(quantity=5)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        first = order.picking_ids
        return_wizard(first, quantity=2).action_create_exchanges()
        back = first.return_ids
        exchange = order.picking_ids - first - back
        assert (len(back), len(exchange)) == (1, 1)
        assert not exchange.return_id
        expected = exchange.id
    [shipment] = sales.shipments()
    assert shipment["id"] == expected
    assert shipment["orders"][0]["id"] == order_id
    assert shipment["backorder_of"] is None
    assert quantities(shipment) == ["2.00"]


# Deliveries that are made by hand


def link_moves(order, picking):
    picking.move_ids.sale_line_id = order.order_line


def link_picking(order, picking):
    picking.sale_id = order


@pytest.mark.parametrize("link", [link_moves, link_picking])
def test_a_delivery_made_by_hand_is_told_when_it_gets_an_order(sales, link):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        product = order_of(env, order_id).order_line.product_id
        picking = picking_by_hand(env, product, quantity=3)
        picking.action_confirm()
        picking_id = picking.id
    assert sales.told() == []
    with sales.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        link(order_of(env, order_id), picking)
        assert picking.sale_id.id == order_id
    [shipment] = sales.shipments()
    assert shipment["id"] == picking_id
    assert shipment["orders"][0]["id"] == order_id
    assert quantities(shipment) == ["3.00"]
    with sales.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        assert picking.sale_id.id == order_id
        picking.move_ids.sale_line_id = picking.move_ids.sale_line_id
        picking.printed = True
    assert sales.shipments() == []


@pytest.mark.parametrize("link", [link_moves, link_picking])
def test_an_order_that_gets_a_delivery_made_by_hand_is_updated(sales, link):
    """Its delivery status is a computed value, and nothing else of it changes."""
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        product = order_of(env, order_id).order_line.product_id
        picking_id = picking_by_hand(env, product).id
    assert sales.told() == []
    with sales.transaction() as env:
        link(order_of(env, order_id), env["stock.picking"].browse(picking_id))
    data = {event: data for event, _name, data in sales.events()}
    assert sorted(data) == ["order.updated", "shipment.created"]
    assert data["order.updated"]["order"]["delivery_status"] == "pending"


@pytest.mark.parametrize("link", [link_moves, link_picking])
def test_a_delivery_that_is_made_and_gets_an_order_at_once_is_a_shipment(sales, link):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        picking = picking_by_hand(env, order.order_line.product_id)
        # what came before is settled here
        env.cr.flush()
        link(order, picking)
        picking_id = picking.id
    [shipment] = sales.shipments()
    assert shipment["id"] == picking_id
    assert shipment["orders"][0]["id"] == order_id


@pytest.mark.parametrize("link", [link_moves, link_picking])
def test_a_link_to_an_order_that_is_taken_back_is_no_shipment(sales, link):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        product = order_of(env, order_id).order_line.product_id
        picking_id = picking_by_hand(env, product).id
    sales.events()
    with sales.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        with pytest.raises(Undo), env.cr.savepoint():
            link(order_of(env, order_id), picking)
            env.cr.flush()
            raise Undo
        link_moves(order_of(env, order_id), picking)
        env.cr.flush()
        picking.move_ids.sale_line_id = False
    assert sales.told() == []


def test_a_delivery_that_is_made_with_its_order_is_a_shipment(sales):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        product = order_of(env, order_id).order_line.product_id
        picking_id = picking_by_hand(env, product, sale_id=order_id).id
        assert env["stock.picking"].browse(picking_id).sale_id.id == order_id
    [shipment] = sales.shipments()
    assert (shipment["id"], shipment["orders"][0]["id"]) == (picking_id, order_id)


def test_a_receipt_that_is_linked_to_an_order_is_no_shipment(sales):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        kind = first_warehouse(env).in_type_id
        picking = picking_by_hand(env, order.order_line.product_id, kind=kind)
        link_moves(order, picking)
        assert picking.sale_id == order
    assert sales.shipments() == []


def test_a_transfer_that_becomes_a_delivery_is_told_then(sales):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        kind = first_warehouse(env).int_type_id
        picking = picking_by_hand(env, order.order_line.product_id, kind=kind)
        link_moves(order, picking)
        picking_id = picking.id
    assert sales.shipments() == []
    with sales.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        kind = first_warehouse(env).out_type_id
        picking.picking_type_id = kind
        picking.move_ids.location_dest_id = kind.default_location_dest_id
    [shipment] = sales.shipments()
    assert (shipment["id"], shipment["orders"][0]["id"]) == (picking_id, order_id)


@pytest.mark.parametrize("link", [link_moves, link_picking])
def test_a_delivery_that_goes_to_another_order_is_no_new_shipment(sales, link):
    order_id = sales.sale()
    with sales.transaction() as env:
        product = order_of(env, order_id).order_line.product_id
        other_id = new_sale(env, product).id
    sales.events()
    with sales.transaction() as env:
        picking = order_of(env, order_id).picking_ids
        link(order_of(env, other_id), picking)
        assert picking.sale_id.id == other_id
    assert sales.shipments() == []


@pytest.mark.parametrize("state", ["open", "done", "cancelled"])
def test_a_copy_of_a_delivery_is_a_shipment(sales, state):
    """Its moves are of the same order lines, so Odoo counts it to the order."""
    order_id = sales.delivered() if state == "done" else sales.sale()
    with sales.transaction() as env:
        picking = order_of(env, order_id).picking_ids
        if state == "cancelled":
            picking.action_cancel()
    sales.events()
    with sales.transaction() as env:
        copy = order_of(env, order_id).picking_ids.copy()
        copy_id = copy.id
        assert copy.sale_id.id == order_id
    [shipment] = sales.shipments()
    assert shipment["id"] == copy_id
    assert shipment["orders"][0]["id"] == order_id
    assert (shipment["state"], shipment["done_at"]) == ("draft", None)
    assert shipment["backorder_of"] is None
    assert quantities(shipment) == ["2.00"]


def test_a_copy_of_a_return_is_no_shipment(sales):
    order_id = sales.delivered()
    with sales.transaction() as env:
        picking = order_of(env, order_id).picking_ids
        return_wizard(picking).action_create_returns()
    with sales.transaction() as env:
        back = order_of(env, order_id).picking_ids.return_ids
        assert back.copy().sale_id.id == order_id
    assert sales.shipments() == []


# Cancellation


def test_an_order_that_is_confirmed_again_has_a_new_shipment(sales):
    order_id = sales.sale()
    with sales.transaction() as env:
        order_of(env, order_id).action_cancel()
    assert sales.told() == ["order.updated"]
    with sales.transaction() as env:
        order_of(env, order_id).action_draft()
    assert sales.told() == ["order.updated"]
    with sales.transaction() as env:
        order = order_of(env, order_id)
        old = order.picking_ids.ids
        order.action_confirm()
        [new] = set(order.picking_ids.ids) - set(old)
    [shipment] = sales.shipments()
    assert shipment["id"] == new


def test_an_order_that_is_cancelled_and_confirmed_at_once_has_a_new_shipment(sales):
    order_id = sales.sale()
    with sales.transaction() as env:
        order = order_of(env, order_id)
        old = order.picking_ids
        order.action_cancel()
        order.action_draft()
        order.action_confirm()
        [new] = set(order.picking_ids.ids) - set(old.ids)
        assert old.state == "cancel"
    [shipment] = sales.shipments()
    assert shipment["id"] == new


def test_an_order_that_is_cancelled_and_deleted_has_no_new_shipment(sales):
    order_id = sales.sale()
    with sales.transaction() as env:
        order_of(env, order_id).action_cancel()
    assert sales.shipments() == []
    with sales.transaction() as env:
        order_of(env, order_id).unlink()
    assert sales.shipments() == []


def test_a_delivery_that_is_made_and_deleted_at_once_is_no_shipment(sales):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        # the events of the confirmation are written here
        env.cr.flush()
        order.picking_ids.action_cancel()
        order.picking_ids.unlink()
    assert sales.shipments() == []


# One delivery of several orders


def test_orders_that_share_a_delivery_are_one_shipment(sales):
    """Odoo puts moves of the same references into the same delivery."""
    one, two = sales.sale(confirm=False), sales.sale(confirm=False)
    with sales.transaction() as env:
        orders = env["sale.order"].browse([one, two])
        orders.stock_reference_ids = env["stock.reference"].create({"name": "Both"})
        orders.action_confirm()
        lines = set(orders.order_line.ids)
        assert len(orders.order_line.move_ids.picking_id) == 1
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["id"] in (one, two)
    assert {line["order_line_id"] for line in shipment["lines"]} == lines


def test_an_order_that_joins_the_delivery_of_another_makes_no_shipment(sales):
    order_id = sales.sale()
    with sales.transaction() as env:
        order = order_of(env, order_id)
        other = new_sale(env, new_product(env))
        other.stock_reference_ids = order.stock_reference_ids
        other.action_confirm()
        assert other.order_line.move_ids.picking_id == order.picking_ids
    assert sales.shipments() == []


def test_moves_by_hand_for_the_same_customer_share_a_shipment(sales):
    """Without a reference, Odoo collects moves by their customer."""
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        kind = new_warehouse(env).out_type_id
        moves = env["stock.move"].create(
            [
                {
                    "product_id": order.order_line.product_id.id,
                    "product_uom_qty": quantity,
                    "location_id": kind.default_location_src_id.id,
                    "location_dest_id": kind.default_location_dest_id.id,
                    "picking_type_id": kind.id,
                    "partner_id": order.partner_id.id,
                    "sale_line_id": order.order_line.id,
                    "origin": str(quantity),
                }
                for quantity in (1, 2)
            ]
        )
        moves._action_confirm(merge=False)
        assert len(moves.picking_id) == 1
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["id"] == order_id
    assert sorted(quantities(shipment)) == ["1.00", "2.00"]
