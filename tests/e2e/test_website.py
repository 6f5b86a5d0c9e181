"""A web shop, and rules that change orders by themselves: what visitors do is told
exactly as it is committed.
"""

import json

import pytest

from dev import product, template

from .conftest import DELAYS, PROGRAMS, Shop
from .told import Told, Visitor

#: Seconds: the first test that needs them installs all the modules.
pytestmark = pytest.mark.timeout(1800)


@pytest.fixture(scope="module")
def web_shop():
    with product.running(
        options={"bin_path": PROGRAMS}, modules=template.MORE
    ) as running:
        running.api.create("ir.config_parameter", key=DELAYS, value="1")
        provider = running.api.ref("payment.payment_provider_demo")
        running.api.write("payment.provider", provider, state="test", is_published=True)
        yield Shop(running)


@pytest.fixture
def told(web_shop):
    web_shop.close_hooks()
    return Told(web_shop)


@pytest.fixture
def told_carts(web_shop):
    """What is told to webhooks that ask for carts."""
    web_shop.close_hooks()
    return Told(web_shop, include_carts=True)


@pytest.fixture
def visitor(web_shop):
    return Visitor(web_shop.odoo)


def product_of(told, **values):
    """Make a product of the web shop; returns what its page sends to the cart."""
    template_id = told.api.create(
        "product.template",
        **{"name": "Lamp", "list_price": 20, "is_published": True} | values,
    )
    [variant] = told.api.search(
        "product.product", [("product_tmpl_id", "=", template_id)], "id"
    )
    return {"product_template_id": template_id, "product_id": variant["id"]}


def cart(told, visitor):
    """Put a lamp into a new visitor's cart; returns the order's id."""
    visitor.rpc("/shop/cart/add", **product_of(told), quantity=1)
    [order] = told.api.search(
        "sale.order", [("website_id", "!=", False)], "id", order="id desc", limit=1
    )
    return order["id"]


def test_a_cart_that_a_visitor_leaves_is_nothing(told, visitor):
    order_id = cart(told, visitor)
    visitor.page("/shop/cart")
    visitor.rpc("/shop/cart/add", **product_of(told, name="Table"), quantity=2)
    told.nothing()
    # a salesperson makes an order of it
    told.api.call("sale.order", "action_confirm", [order_id])
    [picking] = told.api.search("stock.picking", [("sale_id", "=", order_id)], "id")
    told.exactly(("order.created", order_id), ("shipment.created", picking["id"]))


def test_a_cart_that_is_asked_for_is_told_with_each_change(told_carts, visitor):
    told = told_carts
    visitor.page("/shop")
    told.nothing()
    order_id = cart(told, visitor)
    order = told.exactly(("order.created", order_id))["order.created", order_id]
    assert [line["quantity"] for line in order["lines"]] == ["1.00"]
    visitor.page("/shop/cart")
    told.nothing()
    visitor.rpc("/shop/cart/add", **product_of(told, name="Table"), quantity=2)
    first, second = told.updated(order_id)["lines"]
    visitor.rpc("/shop/cart/update", line_id=first["id"], quantity=3)
    lines = told.updated(order_id)["lines"]
    assert [line["quantity"] for line in lines] == ["3.00", "2.00"]
    visitor.rpc("/shop/cart/update", line_id=first["id"], quantity=3)
    told.nothing()
    visitor.rpc("/shop/cart/update", line_id=second["id"], quantity=0)
    assert len(told.updated(order_id)["lines"]) == 1
    visitor.rpc("/shop/cart/clear")
    assert told.updated(order_id)["lines"] == []


def test_a_visitors_order_is_told_from_the_cart_to_the_payment(told_carts, visitor):
    told = told_carts
    order_id = cart(told, visitor)
    told.exactly(("order.created", order_id))
    page = visitor.page("/shop/address")
    answer = visitor.submit(
        page,
        "/shop/address/submit",
        address_type="delivery",
        use_delivery_as_billing="true",
        name="Vera Visitor",
        email="vera@example.com",
        phone="+1 555 0100",
        street="1 Main Street",
        city="San Francisco",
        zip="94105",
        country_id=told.api.ref("base.us"),
        state_id=told.api.ref("base.state_us_5"),
        required_fields="name,email",
    )
    assert "invalid_fields" not in json.loads(answer), answer
    order = told.updated(order_id)
    for address in ("customer", "invoice_address", "delivery_address"):
        assert order[address]["name"] == "Vera Visitor"
    before = told.committed(order_id)
    visitor.page("/shop/checkout")
    changed = told.committed(order_id) != before
    told.exactly(*[("order.updated", order_id)] * changed)
    carrier = told.api.create(
        "delivery.carrier",
        name="Bicycle",
        fixed_price=7,
        is_published=True,
        product_id=product_of(told, name="Delivery", type="service")["product_id"],
    )
    told.nothing()
    visitor.rpc("/shop/set_delivery_method", dm_id=carrier)
    order = told.updated(order_id)
    assert order["carrier"]["name"] == "Bicycle"
    assert len(order["lines"]) == 2
    visitor.page("/shop/payment")
    told.nothing()
    # of the page's form
    token = told.api.call("sale.order", "get_portal_url", [order_id])
    token = token.partition("access_token=")[2].partition("&")[0]
    told.nothing()
    transaction = visitor.rpc(
        f"/shop/payment/transaction/{order_id}",
        access_token=token,
        provider_id=told.api.ref("payment.payment_provider_demo"),
        payment_method_id=told.api.ref("payment_demo.payment_method_demo"),
        token_id=None,
        amount=float(order["amount_total"]),
        flow="direct",
        tokenization_requested=False,
        landing_route="/shop/payment/validate",
    )
    told.nothing()
    visitor.rpc(
        "/payment/demo/simulate_payment",
        reference=transaction["reference"],
        payment_details="1234",
        simulated_state="done",
    )
    order = told.updated(order_id)
    assert (order["state"], order["payment_state"]) == ("draft", "paid")
    assert visitor.rpc("/payment/status/poll")["state"] == "done"
    order = told.order_confirmed(order_id)
    assert order["customer"]["email"] == "vera@example.com"
    visitor.page("/shop/payment/validate")
    visitor.page("/shop/confirmation")
    told.nothing()


def test_a_payment_that_fails_changes_no_order(told, visitor):
    order_id = told.quotation(require_payment=True, require_signature=False)
    link = told.api.call("sale.order", "get_portal_url", [order_id])
    path, _, query = link.partition("?")
    transaction = visitor.rpc(
        f"{path}/transaction",
        access_token=dict(pair.split("=") for pair in query.split("&"))["access_token"],
        provider_id=told.api.ref("payment.payment_provider_demo"),
        payment_method_id=told.api.ref("payment_demo.payment_method_demo"),
        token_id=None,
        amount=float(told.committed(order_id)["amount_total"]),
        flow="direct",
        tokenization_requested=False,
        landing_route=path,
    )
    visitor.rpc(
        "/payment/demo/simulate_payment",
        reference=transaction["reference"],
        payment_details="1234",
        simulated_state="error",
    )
    assert visitor.rpc("/payment/status/poll")["state"] == "error"
    told.nothing()


@pytest.fixture
def rule(told):
    """Make an automation rule on orders; it is gone after the test."""
    made = []

    def rule(trigger, code, **values):
        [model] = told.api.search("ir.model", [("model", "=", "sale.order")], "id")
        action = {
            "name": "Rule",
            "model_id": model["id"],
            "state": "code",
            "code": code,
            "usage": "base_automation",
        }
        made.append(
            told.api.create(
                "base.automation",
                **{
                    "name": "Rule",
                    "model_id": model["id"],
                    "trigger": trigger,
                    "action_server_ids": [[0, 0, action]],
                }
                | values,
            )
        )

    yield rule
    told.api.call("base.automation", "unlink", made)


def test_an_order_that_a_rule_completes_is_one_creation(told, rule):
    rule("on_create_or_write", "record.write({'origin': 'by a rule'})")
    order_id = told.shop.order()
    order = told.exactly(("order.created", order_id))["order.created", order_id]
    assert order["origin"] == "by a rule"


def test_a_change_that_a_rule_goes_on_with_is_one_update(told, rule):
    order_id, other = told.quotation(), told.quotation()
    code = f"model.browse({other}).write({{'origin': 'as well'}})"
    rule("on_create_or_write", code, filter_domain=f"[('id', '=', {order_id})]")
    told.api.write("sale.order", order_id, client_order_ref="changed")
    orders = told.exactly(("order.updated", order_id), ("order.updated", other))
    assert orders["order.updated", order_id]["customer_reference"] == "changed"
    assert orders["order.updated", other]["origin"] == "as well"


def test_a_rule_that_deletes_what_is_created_is_nothing(told, rule):
    rule(
        "on_create",
        "record.unlink()",
        filter_domain="[('client_order_ref', '=', 'not wanted')]",
    )
    told.shop.order(client_order_ref="not wanted")
    told.nothing()
    kept = told.shop.order()
    told.exactly(("order.created", kept))
