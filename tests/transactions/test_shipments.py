"""A shipment is told once, when there is a delivery of an order: its `shipment.created`
is what was committed, whatever makes the delivery."""

import pytest

from .conftest import Shop
from .goods import (
    deliver,
    first_warehouse,
    new_product,
    new_sale,
    new_warehouse,
    picking_by_hand,
    return_wizard,
)

EMPLOYEE = "demo"


class Undo(Exception):
    """Rolls back the savepoint that it is raised in."""


class Sales(Shop):
    """A shop that tells of orders, and of new shipments."""

    def sale(self, quantity=2, stock=10, confirm=True, **values):
        """Make an order for one product of its own; returns its id.

        :param stock: what there is of the product
        :param confirm: whether to confirm it, in the same transaction
        """
        with self.transaction() as env:
            product = new_product(env, stock=stock)
            order = new_sale(env, product, quantity=quantity, **values)
            if confirm:
                order.action_confirm()
            order_id = order.id
        self.events()
        return order_id

    def delivered(self, **values):
        """Make an order that has been delivered; returns its id."""
        order_id = self.sale(**values)
        with self.transaction() as env:
            picking = env["sale.order"].browse(order_id).picking_ids
            deliver(picking)
            assert picking.state == "done"
        self.events()
        return order_id

    def shipments(self):
        """Take all events out of the log; returns the new shipments only."""
        return [
            data["shipment"]
            for event, _name, data in self.events()
            if event == "shipment.created"
        ]


@pytest.fixture
def sales(shop):
    shop.webhook_for_each(("order.created", "order.updated", "shipment.created"))
    return Sales(shop.registry)


def order_of(env, order_id):
    return env["sale.order"].browse(order_id)


def quantities(shipment):
    return [line["quantity"] for line in shipment["lines"]]


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


# Which webhooks


def channels(sales):
    with sales.transaction() as env:
        return env["sale.channel"].create([{"name": "one"}, {"name": "two"}]).ids


def test_a_shipment_has_its_orders_channel(shop):
    sales = Sales(shop.registry)
    one, two = channels(sales)
    shop.webhook("shipment.created", sale_channel_ids=[one])
    order_ids = [
        sales.sale(confirm=False, sale_channel_id=channel)
        for channel in (one, two, False)
    ]
    with sales.transaction() as env:
        order_of(env, order_ids).action_confirm()
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["channel"] == {"id": one, "name": "one"}


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_a_shipment_has_the_channel_that_its_order_is_committed_with(shop, early):
    sales = Sales(shop.registry)
    one, two = channels(sales)
    for channel in (one, two):
        shop.webhook("shipment.created", sale_channel_ids=[channel])
    order_id = sales.sale(confirm=False, sale_channel_id=one)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        if early:
            env.cr.flush()
        order.sale_channel_id = two
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["channel"] == {"id": two, "name": "two"}


def test_a_backorder_has_the_channel_that_its_order_has_by_then(shop):
    sales = Sales(shop.registry)
    one, two = channels(sales)
    order_id = sales.sale(quantity=5, sale_channel_id=one)
    for channel in (one, two):
        shop.webhook("shipment.created", sale_channel_ids=[channel])
    with sales.transaction() as env:
        order_of(env, order_id).sale_channel_id = two
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["channel"] == {"id": two, "name": "two"}
    with sales.transaction() as env:
        picking = order_of(env, order_id).picking_ids
        deliver(picking, quantity=3, skip_backorder=True)
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["channel"] == {"id": two, "name": "two"}


def test_a_change_of_channel_is_no_new_shipment_to_who_is_told_of_both(shop):
    sales = Sales(shop.registry)
    one, two = channels(sales)
    shop.webhook("shipment.created", sale_channel_ids=[one, two])
    order_id = sales.sale(sale_channel_id=one)
    with sales.transaction() as env:
        order_of(env, order_id).sale_channel_id = two
        order_of(env, order_id).picking_ids.printed = True
    assert sales.shipments() == []


def test_a_webhook_of_another_company_hears_of_no_shipment(shop):
    sales = Sales(shop.registry)
    with sales.transaction() as env:
        other = env["res.company"].create({"name": f"Company of {id(sales)}"}).id
        mine = env.company.id
    shop.webhook("shipment.created", company_id=other)
    heard = shop.webhook("shipment.created", company_id=mine)
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order_of(env, order_id).action_confirm()
    with sales.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert event.webhook_id.id == heard
        assert event.company_id.id == mine


# The payload is what was committed


@pytest.mark.parametrize(
    ("stock", "state", "contents"),
    [(10, "assigned", ["5.00"]), (3, "assigned", ["3.00"]), (0, "confirmed", [])],
    ids=["in stock", "partly", "out of stock"],
)
def test_a_shipment_is_told_with_what_was_reserved_for_it(
    sales, stock, state, contents
):
    order_id = sales.sale(quantity=5, stock=stock, confirm=False)
    with sales.transaction() as env:
        order_of(env, order_id).action_confirm()
    [shipment] = sales.shipments()
    assert shipment["state"] == state
    [line] = shipment["lines"]
    assert line["quantity"] == "5.00"
    assert [content["quantity"] for content in line["contents"]] == contents


def test_reservation_that_comes_later_in_the_transaction_is_told(sales):
    order_id = sales.sale(quantity=5, stock=0, confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        # the events of the confirmation are written here
        env.cr.flush()
        env["stock.quant"]._update_available_quantity(
            order.order_line.product_id, order.warehouse_id.lot_stock_id, 10
        )
        order.picking_ids.action_assign()
    [shipment] = sales.shipments()
    assert shipment["state"] == "assigned"
    [line] = shipment["lines"]
    assert [content["quantity"] for content in line["contents"]] == ["5.00"]


def test_unreserved_stock_is_told_as_it_was_committed(sales):
    order_id = sales.sale(quantity=5, stock=10, confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        env.cr.flush()
        order.picking_ids.do_unreserve()
    [shipment] = sales.shipments()
    assert shipment["state"] == "confirmed"
    assert shipment["lines"][0]["contents"] == []


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_packages_of_the_same_transaction_are_told(sales, early):
    with sales.transaction() as env:
        product = new_product(env, stock=10, weight=2)
        kind_id = env["stock.package.type"].create({"name": "Box"}).id
        order_id = new_sale(env, product, quantity=3).id
    sales.events()
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        if early:
            env.cr.flush()
        picking = order.picking_ids
        picking.action_put_in_pack(package_type_id=kind_id)
        package = picking.move_line_ids.result_package_id
        expected = (package.id, package.name)
        if early:
            env.cr.flush()
        package.shipping_weight = 7.5
    [shipment] = sales.shipments()
    [package] = shipment["packages"]
    assert (package["id"], package["name"]) == expected
    assert (package["type"]["name"], package["weight"]) == ("Box", "7.50")
    [content] = shipment["lines"][0]["contents"]
    assert content["package_id"] == expected[0]
    assert shipment["weight"] == "7.50"


def test_a_lot_that_is_chosen_in_the_same_transaction_is_told(sales):
    with sales.transaction() as env:
        product = new_product(env, tracking="lot")
        one, two = env["stock.lot"].create(
            [{"name": name, "product_id": product.id} for name in ("ONE", "TWO")]
        )
        location = first_warehouse(env).lot_stock_id
        for lot in (one, two):
            env["stock.quant"]._update_available_quantity(
                product, location, 5, lot_id=lot
            )
        order_id, two_id = new_sale(env, product, quantity=3).id, two.id
    sales.events()
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        env.cr.flush()
        order.picking_ids.move_line_ids.lot_id = two_id
    [shipment] = sales.shipments()
    assert [item["lot"] for item in shipment["lines"][0]["contents"]] == ["TWO"]


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_what_is_set_later_in_the_transaction_is_told(sales, early):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        for values in (
            {"carrier_tracking_ref": "T-1"},
            {"origin": "Fair"},
            {"scheduled_date": "2031-02-03 04:05:06"},
        ):
            if early:
                env.cr.flush()
            order.picking_ids.write(values)
    [shipment] = sales.shipments()
    assert shipment["trackings"] == [{"number": "T-1", "url": None}]
    assert shipment["origin"] == "Fair"
    assert shipment["scheduled_at"] == "2031-02-03T04:05:06Z"


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_the_carrier_of_the_same_transaction_is_told(sales, early):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        service = new_product(env, type="service", is_storable=False)
        carrier = env["delivery.carrier"].create(
            {"name": "Bike", "product_id": service.id}
        )
        order = order_of(env, order_id)
        order.action_confirm()
        if early:
            env.cr.flush()
        order.picking_ids.carrier_id = carrier
        carrier_id = carrier.id
    [shipment] = sales.shipments()
    assert shipment["carrier"]["id"] == carrier_id


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_the_address_of_the_same_transaction_is_told(sales, early):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        neighbour = env["res.partner"].create(
            {"name": "Neighbour", "city": "Odense", "country_id": env.ref("base.dk").id}
        )
        order = order_of(env, order_id)
        order.action_confirm()
        if early:
            env.cr.flush()
        order.with_context(
            update_delivery_shipping_partner=True
        ).partner_shipping_id = neighbour
        expected = neighbour.id
    [shipment] = sales.shipments()
    address = shipment["delivery_address"]
    assert address["id"] == expected
    assert (address["name"], address["city"], address["country"]) == (
        "Neighbour",
        "Odense",
        "DK",
    )


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_the_orders_reference_of_the_same_transaction_is_told(sales, early):
    order_id = sales.sale(confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        if early:
            env.cr.flush()
        order.client_order_ref = "PO-17"
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["customer_reference"] == "PO-17"


@pytest.mark.parametrize("early", [True, False], ids=["settled before", "at once"])
def test_lines_that_come_later_in_the_transaction_are_told(sales, early):
    order_id = sales.sale(quantity=2, confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        if early:
            env.cr.flush()
        order.order_line.product_uom_qty = 4
        if early:
            env.cr.flush()
        order.order_line = [(0, 0, {"product_id": new_product(env).id})]
    [shipment] = sales.shipments()
    assert quantities(shipment) == ["4.00", "1.00"]


def test_what_a_savepoint_takes_back_is_not_told_of_a_shipment(sales):
    order_id = sales.sale(quantity=2, confirm=False)
    with sales.transaction() as env:
        order = order_of(env, order_id)
        order.action_confirm()
        with pytest.raises(Undo), env.cr.savepoint():
            order.picking_ids.carrier_tracking_ref = "T-1"
            order.order_line.product_uom_qty = 4
            env.cr.flush()
            raise Undo
    [shipment] = sales.shipments()
    assert shipment["trackings"] == []
    assert quantities(shipment) == ["2.00"]


def test_a_delivery_that_is_done_in_the_transaction_that_makes_it_is_told_done(sales):
    with sales.transaction() as env:
        order = new_sale(env, new_product(env, stock=10), quantity=2)
        order.action_confirm()
        env.cr.flush()
        deliver(order.picking_ids)
    events = sales.events()
    assert [event for event, _name, _data in events] == [
        "order.created",
        "shipment.created",
    ]
    shipment = events[1][2]["shipment"]
    assert shipment["state"] == "done"
    assert shipment["done_at"]
    assert events[0][2]["order"]["delivery_status"] == "full"
