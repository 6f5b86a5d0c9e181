"""The webhooks that are told of a new shipment, and its message as committed."""

import pytest

from .goods import (
    deliver,
    new_lots,
    new_product,
    new_sale,
)
from .sales import Sales, order_of, quantities
from .undo import Undo


@pytest.fixture
def sales(shop):
    shop.webhook_for_each(("order.created", "order.updated", "shipment.created"))
    return Sales(shop.registry)


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
        one, two = new_lots(env, product, "ONE", "TWO")
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
