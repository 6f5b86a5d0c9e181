"""A shipment is told once, when there is a delivery of an order: its `shipment.created`
is what was committed. Here: of orders as they are confirmed and changed.
"""

import pytest

from .goods import (
    deliver,
    first_warehouse,
    new_product,
    new_sale,
    new_warehouse,
)
from .sales import Sales, order_of, quantities
from .undo import Undo

EMPLOYEE = "demo"


@pytest.fixture
def sales(shop):
    shop.webhook_for_each(("order.created", "order.updated", "shipment.created"))
    return Sales(shop.registry)


# Confirmation


def test_a_confirmation_makes_a_shipment(sales):
    order_id = sales.sale(quantity=2, confirm=False)
    with sales.transaction() as env:
        order_of(env, order_id).action_confirm()
    events = sales.events()
    assert sorted(event for event, _name, _data in events) == [
        "order.updated",
        "shipment.created",
    ]
    data = {event: data for event, _name, data in events}
    assert data["order.updated"]["order"]["state"] == "sale"
    shipment = data["shipment.created"]["shipment"]
    assert shipment["orders"][0]["id"] == order_id
    assert shipment["backorder_of"] is None
    assert quantities(shipment) == ["2.00"]


def test_an_order_that_is_made_and_confirmed_at_once_is_told_once(sales):
    with sales.transaction() as env:
        order = new_sale(env, new_product(env))
        order.action_confirm()
        order_id = order.id
    events = sales.events()
    assert [event for event, _name, _data in events] == [
        "order.created",
        "shipment.created",
    ]
    [order, shipment] = [data for _event, _name, data in events]
    assert order["order"]["state"] == "sale"
    assert shipment["shipment"]["orders"][0]["id"] == order_id


def test_a_user_of_sales_confirms_and_it_is_told(sales):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order_of(env, order_id).user_id = env.ref("base.user_demo")
    sales.events()
    with sales.transaction(EMPLOYEE) as env:
        assert not env["nshift.webhook"].has_access("read")
        order_of(env, order_id).action_confirm()
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["id"] == order_id


def test_a_confirmation_that_a_savepoint_takes_back_is_no_shipment(sales):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        with pytest.raises(Undo), env.cr.savepoint():
            order_of(env, order_id).action_confirm()
            env.cr.flush()
            raise Undo
    assert sales.told() == []


def test_a_confirmation_that_is_taken_back_and_done_again_is_one_shipment(sales):
    with sales.transaction() as env:
        order = new_sale(env, new_product(env))
        with pytest.raises(Undo), env.cr.savepoint():
            order.action_confirm()
            env.cr.flush()
            raise Undo
        order.action_confirm()
        picking_id = order.picking_ids.id
    events = sales.events()
    assert [event for event, _name, _data in events] == [
        "order.created",
        "shipment.created",
    ]
    assert events[1][2]["shipment"]["id"] == picking_id


def test_a_confirmation_that_is_rolled_back_is_no_shipment(sales):
    order_id = sales.sale(confirm=False)
    with pytest.raises(Undo), sales.transaction() as env:
        order_of(env, order_id).action_confirm()
        env.cr.flush()
        raise Undo
    assert sales.told() == []


def test_an_order_of_services_has_no_shipment(sales):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        service = new_product(env, type="service", is_storable=False)
        order.order_line.product_id = service
        order.action_confirm()
        assert not order.picking_ids
    assert sales.told() == ["order.updated"]


def test_an_order_of_nothing_but_a_note_has_no_shipment(sales):
    with sales.transaction() as env:
        note = {"display_type": "line_note", "name": "Thank you"}
        order = new_sale(env, order_line=[(0, 0, note)])
        order.action_confirm()
        assert order.state == "sale"
    assert sales.told() == ["order.created"]


def test_services_are_no_part_of_a_shipment(sales):
    with sales.transaction() as env:
        goods, service = (
            new_product(env),
            new_product(env, type="service", is_storable=False),
        )
        order = new_sale(env, goods, service)
        order.action_confirm()
        sold = goods.id
    [shipment] = sales.shipments()
    assert [line["product"]["id"] for line in shipment["lines"]] == [sold]


def test_goods_that_no_stock_is_kept_of_are_shipped_too(sales):
    with sales.transaction() as env:
        new_sale(env, new_product(env, is_storable=False)).action_confirm()
    [shipment] = sales.shipments()
    assert (shipment["state"], quantities(shipment)) == ("assigned", ["1.00"])


def test_orders_that_are_confirmed_together_have_a_shipment_each(sales):
    one, two = sales.sale(confirm=False), sales.sale(confirm=False)
    with sales.transaction() as env:
        env["sale.order"].browse([one, two]).action_confirm()
    events = sales.events()
    assert sorted(event for event, _name, _data in events) == [
        "order.updated",
        "order.updated",
        "shipment.created",
        "shipment.created",
    ]
    assert {
        data["shipment"]["orders"][0]["id"]
        for event, _name, data in events
        if event == "shipment.created"
    } == {one, two}


# Several deliveries of one order


def test_each_warehouse_of_an_order_makes_a_shipment(sales):
    with sales.transaction() as env:
        here, there = first_warehouse(env), new_warehouse(env)
        there.delivery_route_id.sale_selectable = True
        order = new_sale(env, new_product(env), new_product(env), new_product(env))
        order.order_line[1:].route_ids = there.delivery_route_id
        order.action_confirm()
        expected = {here.code: 1, there.code: 2}
    found = {item["warehouse"]: len(item["lines"]) for item in sales.shipments()}
    assert found == expected


def test_each_route_of_an_order_makes_a_shipment(sales):
    """Two routes of one warehouse, with operation types of their own."""
    with sales.transaction() as env:
        warehouse = first_warehouse(env)
        by_courier = warehouse.out_type_id.copy(
            {"name": "Courier", "sequence_code": "COURIER"}
        )
        route = warehouse.delivery_route_id.copy(
            {"name": "By courier", "sale_selectable": True, "rule_ids": []}
        )
        rule = warehouse.delivery_route_id.rule_ids.filtered(
            lambda rule: rule.picking_type_id == warehouse.out_type_id
        )
        rule.copy({"route_id": route.id, "picking_type_id": by_courier.id})
        order = new_sale(env, new_product(env), new_product(env))
        order.order_line[0].route_ids = route
        order.action_confirm()
        kinds = set(order.picking_ids.picking_type_id.ids)
        assert kinds == {by_courier.id, warehouse.out_type_id.id}
        expected = set(order.picking_ids.ids)
    shipments = sales.shipments()
    assert len(shipments) == 2
    assert {shipment["id"] for shipment in shipments} == expected


@pytest.mark.parametrize(
    ("steps", "kinds"),
    [
        ("ship_only", ["OUT"]),
        ("pick_ship", ["PICK", "OUT"]),
        ("pick_pack_ship", ["PICK", "PACK", "OUT"]),
    ],
)
def test_only_the_last_step_of_a_delivery_is_a_shipment(sales, steps, kinds):
    with sales.transaction() as env:
        warehouse = new_warehouse(env, delivery_steps=steps)
        product = new_product(env, stock=10, warehouse=warehouse)
        order = new_sale(env, product, warehouse_id=warehouse.id)
        order.action_confirm()
        order_id = order.id
    shipments = [sales.shipments()]
    done = []
    for _step in kinds:
        with sales.transaction() as env:
            picking = env["stock.picking"].search(
                [("reference_ids.sale_ids", "=", order_id), ("state", "=", "assigned")]
            )
            done.append(picking.picking_type_id.sequence_code)
            deliver(picking)
            assert picking.state == "done"
            picking_id = picking.id
        shipments.append(sales.shipments())
    assert done == kinds
    # when the step before it is done, and for one step with the order
    *others, [shipment], nothing = shipments
    assert others == [[]] * (len(kinds) - 1)
    assert nothing == []
    assert shipment["id"] == picking_id


def test_a_receipt_or_an_internal_transfer_is_no_shipment(sales):
    with sales.transaction() as env:
        warehouse = first_warehouse(env)
        for kind in (
            warehouse.in_type_id,
            warehouse.int_type_id,
            warehouse.out_type_id,
        ):
            env["stock.picking"].create({"picking_type_id": kind.id})
    assert sales.told() == []


# Orders that change after their confirmation


def test_more_of_a_line_is_no_new_shipment_while_one_is_open(sales):
    order_id = sales.sale(quantity=2)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.order_line.product_uom_qty = 5
        assert order.picking_ids.move_ids.product_uom_qty == 5
    assert sales.told() == ["order.updated"]


def test_less_of_a_line_is_no_new_shipment(sales):
    order_id = sales.sale(quantity=5)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.order_line.product_uom_qty = 2
        assert order.picking_ids.move_ids.product_uom_qty == 2
    assert sales.told() == ["order.updated"]


@pytest.mark.parametrize("way", ["the order", "the line"])
def test_a_new_line_is_no_new_shipment_while_one_is_open(sales, way):
    order_id = sales.sale()
    with sales.transaction() as env:
        order = order_of(env, order_id)
        line = {"product_id": new_product(env).id}
        if way == "the order":
            order.order_line = [(0, 0, line)]
        else:
            env["sale.order.line"].create(line | {"order_id": order_id})
        assert len(order.picking_ids.move_ids) == 2
    assert sales.told() == ["order.updated"]


@pytest.mark.parametrize("more", ["of a line", "lines"])
def test_what_is_ordered_after_the_delivery_makes_a_new_shipment(sales, more):
    order_id = sales.delivered(quantity=2)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        [old] = order.picking_ids.ids
        if more == "lines":
            order.order_line = [(0, 0, {"product_id": new_product(env).id})]
        else:
            order.order_line.product_uom_qty = 3
    events = sales.events()
    assert sorted(event for event, _name, _data in events) == [
        "order.updated",
        "shipment.created",
    ]
    [shipment] = [data["shipment"] for _, _, data in events if "shipment" in data]
    assert shipment["id"] != old
    assert shipment["orders"][0]["id"] == order_id
    assert quantities(shipment) == ["1.00"]


def test_what_is_ordered_after_the_slip_was_printed_makes_a_new_shipment(sales):
    """Odoo adds nothing to a delivery that somebody is collecting already."""
    order_id = sales.sale()
    with sales.transaction() as env:
        order_of(env, order_id).picking_ids.do_print_picking()
    assert sales.shipments() == []
    with sales.transaction() as env:
        order_of(env, order_id).order_line = [
            (0, 0, {"product_id": new_product(env).id})
        ]
    [shipment] = sales.shipments()
    assert quantities(shipment) == ["1.00"]


# Partial deliveries


def with_wizard(picking, method):
    action = deliver(picking, quantity=3)
    wizard = picking.env[action["res_model"]].with_context(action["context"]).create({})
    getattr(wizard, method)()


@pytest.mark.parametrize(
    "act",
    [
        lambda picking: with_wizard(picking, "process"),
        lambda picking: deliver(picking, quantity=3, skip_backorder=True),
    ],
    ids=["wizard", "without asking"],
)
def test_a_backorder_is_a_shipment_that_names_the_one_before(sales, act):
    order_id = sales.sale(quantity=5)
    with sales.transaction() as env:
        picking = order_of(env, order_id).picking_ids
        act(picking)
        assert picking.state == "done"
        first = (picking.id, picking.name)
    [shipment] = sales.shipments()
    assert shipment["id"] != first[0]
    assert shipment["backorder_of"] == {"id": first[0], "name": first[1]}
    assert shipment["orders"][0]["id"] == order_id
    assert shipment["done_at"] is None
    assert quantities(shipment) == ["2.00"]


def test_each_backorder_of_a_backorder_is_a_shipment(sales):
    order_id = sales.sale(quantity=5)
    names = []
    for _time in range(2):
        with sales.transaction() as env:
            pickings = order_of(env, order_id).picking_ids
            picking = pickings.filtered(lambda picking: picking.state != "done")
            names.append(picking.name)
            deliver(picking, quantity=1, skip_backorder=True)
        [shipment] = sales.shipments()
        assert shipment["backorder_of"]["name"] == names[-1]
    assert len(set(names)) == 2
    assert quantities(shipment) == ["3.00"]


def test_a_backorder_of_an_order_that_is_confirmed_and_partly_delivered_at_once(sales):
    with sales.transaction() as env:
        order = new_sale(env, new_product(env, stock=10), quantity=5)
        order.action_confirm()
        picking = order.picking_ids
        deliver(picking, quantity=3, skip_backorder=True)
        first = picking.name
    found = {item["name"]: item for item in sales.shipments()}
    assert len(found) == 2
    done = found.pop(first)
    [backorder] = found.values()
    assert (done["state"], quantities(done)) == ("done", ["3.00"])
    assert backorder["backorder_of"]["name"] == first
    assert (backorder["state"], quantities(backorder)) == ("assigned", ["2.00"])


@pytest.mark.parametrize("way", ["wizard", "operation type"])
def test_a_partial_delivery_without_a_backorder_is_no_shipment(sales, way):
    with sales.transaction() as env:
        warehouse = new_warehouse(env)
        if way == "operation type":
            warehouse.out_type_id.create_backorder = "never"
        product = new_product(env, stock=10, warehouse=warehouse)
        order = new_sale(env, product, quantity=5, warehouse_id=warehouse.id)
        order.action_confirm()
        picking_id = order.picking_ids.id
    sales.events()
    with sales.transaction() as env:
        picking = env["stock.picking"].browse(picking_id)
        if way == "wizard":
            with_wizard(picking, "process_cancel_backorder")
        else:
            assert deliver(picking, quantity=3) is True
        assert picking.state == "done"
        assert not picking.backorder_ids
    assert sales.told() == ["order.updated"]


def test_a_complete_delivery_is_no_new_shipment(sales):
    order_id = sales.sale()
    with sales.transaction() as env:
        deliver(order_of(env, order_id).picking_ids)
    assert sales.told() == ["order.updated"]


def test_a_delivery_that_is_split_by_hand_makes_a_shipment_of_the_rest(sales):
    order_id = sales.sale(quantity=5)
    with sales.transaction() as env:
        picking = order_of(env, order_id).picking_ids
        first = picking.name
        picking.move_ids.quantity = 2
        picking.action_split_transfer()
        assert picking.state == "assigned"
    [shipment] = sales.shipments()
    assert shipment["name"] != first
    assert shipment["backorder_of"]["name"] == first
    assert shipment["orders"][0]["id"] == order_id
    assert quantities(shipment) == ["3.00"]
