"""A supplier's delivery to the customer is a shipment of the order like any other.

In a database of its own, with a module that the addon does not need.
"""

import pytest

from .conftest import Shop, without_webhooks
from .goods import deliver, new_product, new_sale, return_wizard

EVENTS = ("order.created", "order.updated", "shipment.created")


class Dropshipper(Shop):
    """A shop that tells of orders and new shipments, and of what suppliers send."""

    def product(self, supplier=None, **values):
        """Make a product that a supplier sends to customers; returns its id.

        :param supplier: by default one that sends nothing else
        """
        supplier = supplier or self.supplier()
        with self.transaction() as env:
            seller = {"partner_id": supplier, "price": 5}
            route = env.ref("stock_dropshipping.route_drop_shipping")
            values = {
                "seller_ids": [(0, 0, seller)],
                "route_ids": [(6, 0, route.ids)],
            } | values
            return new_product(env, **values).id

    def supplier(self):
        with self.transaction() as env:
            return env["res.partner"].create({"name": "Supplier"}).id

    def sale(self, *product_ids, quantity=2, **values):
        """Make and confirm an order; returns its id."""
        with self.transaction() as env:
            products = env["product.product"].browse(product_ids)
            order = new_sale(env, *products, quantity=quantity, **values)
            order.action_confirm()
            return order.id

    def purchase(self, *order_ids):
        """Confirm the purchases of orders."""
        with self.transaction() as env:
            purchases_of(env, *order_ids).button_confirm()

    def shipments(self):
        """Take all events out of the log; returns the new shipments only."""
        return [
            data["shipment"]
            for event, _name, data in self.events()
            if event == "shipment.created"
        ]


def purchases_of(env, *order_ids):
    lines = env["purchase.order.line"].search([("sale_order_id", "in", order_ids)])
    return lines.order_id


@pytest.fixture
def sales(registry_with_more):
    sales = without_webhooks(Dropshipper(registry_with_more))
    sales.webhook_for_each(EVENTS)
    return sales


def test_a_dropshipment_is_told_when_its_purchase_is_confirmed(sales):
    order_id = sales.sale(sales.product())
    assert sales.told() == ["order.created"]
    sales.purchase(order_id)
    with sales.transaction() as env:
        picking = env["sale.order"].browse(order_id).picking_ids
        assert picking.picking_type_id.code == "dropship"
        picking_id, name = picking.id, picking.name
    events = sales.events()
    assert sorted(event for event, _name, _data in events) == [
        "order.updated",
        "shipment.created",
    ]
    [shipment] = [data["shipment"] for _, _, data in events if "shipment" in data]
    assert (shipment["id"], shipment["name"]) == (picking_id, name)
    assert shipment["orders"][0]["id"] == order_id
    assert shipment["state"] == "assigned"
    assert shipment["warehouse"] is None
    assert shipment["backorder_of"] is None
    assert [line["quantity"] for line in shipment["lines"]] == ["2.00"]


def test_order_and_purchase_may_be_confirmed_at_once(sales):
    product_id = sales.product()
    with sales.transaction() as env:
        product = env["product.product"].browse(product_id)
        order = new_sale(env, product)
        order.action_confirm()
        purchases_of(env, order.id).button_confirm()
    assert sales.told() == ["order.created", "shipment.created"]


def test_each_supplier_of_an_order_makes_a_shipment(sales):
    order_id = sales.sale(sales.product(), sales.product())
    sales.events()
    sales.purchase(order_id)
    shipments = sales.shipments()
    assert len({shipment["id"] for shipment in shipments}) == len(shipments) == 2
    assert {shipment["orders"][0]["id"] for shipment in shipments} == {order_id}


def test_what_comes_from_the_warehouse_is_told_before_what_the_supplier_sends(sales):
    with sales.transaction() as env:
        stocked = new_product(env, stock=10).id
    dropped = sales.product()
    order_id = sales.sale(stocked, dropped)
    [here] = sales.shipments()
    sales.purchase(order_id)
    [there] = sales.shipments()
    assert here["id"] != there["id"]
    assert [
        [line["product"]["id"] for line in shipment["lines"]]
        for shipment in (here, there)
    ] == [[stocked], [dropped]]


def test_orders_of_one_purchase_share_a_shipment(sales):
    """Odoo buys for each order by itself, until somebody merges the purchases."""
    supplier = sales.supplier()
    one, two = (sales.sale(sales.product(supplier=supplier)) for _order in range(2))
    with sales.transaction() as env:
        purchases_of(env, one, two).action_merge()
    sales.events()
    with sales.transaction() as env:
        orders = env["sale.order"].browse([one, two])
        purchase = purchases_of(env, one, two).filtered(
            lambda purchase: purchase.state == "draft"
        )
        purchase.button_confirm()
        assert len(orders.order_line.move_ids.picking_id) == 1
        lines = set(orders.order_line.ids)
    [shipment] = sales.shipments()
    assert shipment["orders"][0]["id"] in (one, two)
    assert {line["order_line_id"] for line in shipment["lines"]} == lines


def test_orders_with_a_purchase_each_have_a_shipment_each(sales):
    product_id = sales.product()
    one, two = sales.sale(product_id), sales.sale(product_id)
    sales.events()
    sales.purchase(one, two)
    assert {shipment["orders"][0]["id"] for shipment in sales.shipments()} == {one, two}


def test_a_dropshipment_goes_from_the_supplier_to_the_customer(sales):
    """Odoo keeps the supplier as the transfer's contact."""
    supplier = sales.supplier()
    with sales.transaction() as env:
        customer = env["res.partner"].create({"name": "Customer", "city": "Odense"}).id
    order_id = sales.sale(sales.product(supplier=supplier), partner_id=customer)
    sales.events()
    sales.purchase(order_id)
    [shipment] = sales.shipments()
    assert shipment["delivery_address"]["id"] == customer
    assert shipment["sender_address"]["id"] == supplier


def test_a_backorder_of_a_dropshipment_is_a_shipment(sales):
    order_id = sales.sale(sales.product(), quantity=5)
    sales.purchase(order_id)
    sales.events()
    with sales.transaction() as env:
        picking = env["sale.order"].browse(order_id).picking_ids
        deliver(picking, quantity=3, skip_backorder=True)
        assert picking.state == "done"
        first = picking.name
    [shipment] = sales.shipments()
    assert shipment["backorder_of"]["name"] == first
    assert shipment["orders"][0]["id"] == order_id
    assert [line["quantity"] for line in shipment["lines"]] == ["2.00"]


def test_a_dropshipment_that_is_done_is_no_new_shipment(sales):
    order_id = sales.sale(sales.product())
    sales.purchase(order_id)
    sales.events()
    with sales.transaction() as env:
        deliver(env["sale.order"].browse(order_id).picking_ids)
    assert sales.told() == ["order.updated"]


def test_a_return_of_a_dropshipment_is_no_shipment(sales):
    order_id = sales.sale(sales.product())
    sales.purchase(order_id)
    with sales.transaction() as env:
        deliver(env["sale.order"].browse(order_id).picking_ids)
    sales.events()
    with sales.transaction() as env:
        picking = env["sale.order"].browse(order_id).picking_ids
        return_wizard(picking).action_create_returns()
        back = picking.return_ids
        assert (len(back), back.sale_id.id) == (1, order_id)
        # Odoo's own type for dropshipping has none for returns
        assert back.picking_type_id == picking.picking_type_id
    assert sales.shipments() == []


def test_more_of_a_line_after_its_purchase_has_a_shipment_of_its_own(sales):
    order_id = sales.sale(sales.product())
    sales.purchase(order_id)
    [first] = sales.shipments()
    with sales.transaction() as env:
        env["sale.order"].browse(order_id).order_line.product_uom_qty = 5
    assert sales.told() == ["order.updated"]
    sales.purchase(order_id)
    [second] = sales.shipments()
    assert second["id"] != first["id"]
    assert [line["quantity"] for line in second["lines"]] == ["3.00"]


@pytest.mark.parametrize(
    ("act", "event"),
    [
        (deliver, "shipment.done"),
        (lambda picking: picking.purchase_id.button_cancel(), "shipment.cancelled"),
        (lambda picking: picking.action_cancel(), "shipment.cancelled"),
    ],
    ids=["done", "purchase cancelled", "cancelled"],
)
def test_what_becomes_of_a_dropshipment_is_told(sales, act, event):
    order_id = sales.sale(sales.product())
    sales.purchase(order_id)
    [shipment] = sales.shipments()
    for each in ("shipment.updated", "shipment.done", "shipment.cancelled"):
        sales.webhook(each)
    with sales.transaction() as env:
        act(env["stock.picking"].browse(shipment["id"]))
    events = {event: data for event, _name, data in sales.events()}
    assert sorted(events) == sorted(["order.updated", "shipment.updated", event])
    state = {"shipment.done": "done", "shipment.cancelled": "cancel"}[event]
    assert events[event]["shipment"]["id"] == shipment["id"]
    assert events[event]["shipment"]["state"] == state
    assert events["shipment.updated"]["previous"]["state"] == "assigned"


def test_a_purchase_that_no_order_asked_for_makes_no_shipment(sales):
    with sales.transaction() as env:
        rules = env.ref("stock_dropshipping.route_drop_shipping").rule_ids
        kind = rules.filtered(
            lambda rule: rule.company_id == env.company
        ).picking_type_id
        assert kind.code == "dropship"
        purchase = env["purchase.order"].create(
            {
                "partner_id": env["res.partner"].create({"name": "Supplier"}).id,
                "picking_type_id": kind.id,
                "dest_address_id": env.ref("base.res_partner_2").id,
                "order_line": [(0, 0, {"product_id": new_product(env).id})],
            }
        )
        purchase.button_confirm()
        assert purchase.picking_ids.picking_type_id == kind
    assert sales.told() == []


def test_a_receipt_for_an_order_is_no_shipment(sales):
    """What is bought for an order and comes to the warehouse first (MTO)."""
    with sales.transaction() as env:
        mto = env.ref("stock.route_warehouse0_mto")
        mto.active = True
        buy = env.ref("purchase_stock.route_warehouse0_buy")
        routes = [(6, 0, (mto | buy).ids)]
    product_id = sales.product(route_ids=routes)
    order_id = sales.sale(product_id)
    [shipment] = sales.shipments()
    with sales.transaction() as env:
        order = env["sale.order"].browse(order_id)
        purchase = (
            env["purchase.order.line"]
            .search([("product_id", "=", product_id)])
            .order_id
        )
        purchase.button_confirm()
        assert purchase.picking_ids.picking_type_id.code == "incoming"
        assert order.picking_ids.id == shipment["id"]
    assert sales.shipments() == []
