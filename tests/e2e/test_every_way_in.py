"""Ways into an order that need a server: what is told is exactly what is committed."""

import xmlrpc.client

import pytest

from dev import product
from dev.api import ApiError

from .test_delivery import SIGNATURE
from .told import Told, Visitor
from .waiting import eventually


@pytest.fixture
def told(shop):
    return Told(shop)


# Other systems


def json2(shop):
    """Odoo's current API."""
    names = {"create": ("vals_list",), "write": ("vals",)}

    def call(model, method, ids, *args):
        named = dict(zip(names.get(method, ()), args, strict=True))
        return shop.api.call(model, method, ids or (), **named)

    return call


def xml_rpc(shop):
    """The API of earlier versions, in XML."""
    url, database = shop.odoo.url, shop.odoo.database.name
    user = product.LOGIN, product.PASSWORD
    common = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/common")
    uid = common.authenticate(database, *user, {})
    models = xmlrpc.client.ServerProxy(f"{url}/xmlrpc/2/object", allow_none=True)

    def call(model, method, ids, *args):
        args = [ids, *args] if ids else args
        return models.execute_kw(database, uid, user[1], model, method, list(args))

    return call


def json_rpc(shop):
    """The API of earlier versions, in JSON."""
    visitor = Visitor(shop.odoo)
    database = shop.odoo.database.name

    def service(name, method, *args):
        return visitor.rpc("/jsonrpc", service=name, method=method, args=args)

    uid = service("common", "login", database, product.LOGIN, product.PASSWORD)

    def call(model, method, ids, *args):
        args = [ids, *args] if ids else args
        access = database, uid, product.PASSWORD
        return service("object", "execute_kw", *access, model, method, args)

    return call


def web_client(shop):
    """What the backend's pages use."""
    visitor = Visitor(shop.odoo).log_in(product.LOGIN, product.PASSWORD)

    def call(model, method, ids, *args):
        return visitor.call(model, method, *([ids, *args] if ids else args))

    return call


@pytest.mark.parametrize("client", [json2, xml_rpc, json_rpc, web_client])
def test_another_system_is_told_exactly_what_it_has_done(told, client):
    call = client(told.shop)
    values = told.shop.order_values(client_order_ref="mine")
    line = values["order_line"][0]
    values["order_line"] = [line, line]
    three = call("sale.order", "create", None, [values, values, values])
    orders = told.exactly(*[("order.created", id_) for id_ in three])
    assert {len(order["lines"]) for order in orders.values()} == {2}
    one, two, three = three
    [*lines] = orders["order.created", one]["lines"]
    commands = [[1, lines[0]["id"], {"product_uom_qty": 5}], [2, lines[1]["id"], 0]]
    call("sale.order", "write", [one], {"order_line": commands})
    assert [line["quantity"] for line in told.updated(one)["lines"]] == ["5.00"]
    call("sale.order", "write", [one, two, three], {"client_order_ref": "ours"})
    told.exactly(*[("order.updated", id_) for id_ in (one, two, three)])
    call("sale.order", "write", [one, two], {"client_order_ref": "ours"})
    told.nothing()
    call("sale.order", "action_confirm", [one])
    told.order_confirmed(one)
    call("sale.order", "unlink", [two, three])
    told.exactly(("order.deleted", two), ("order.deleted", three))


def test_a_call_that_fails_in_the_end_is_nothing(told):
    one, two = told.quotation(), told.quotation()
    with pytest.raises(ApiError):
        # there is no such order as the second
        told.api.call("sale.order", "action_confirm", [two, two + 1000])
    with pytest.raises(ApiError):
        told.api.write("sale.order", one, client_order_ref="x", partner_id=False)
    told.nothing()


def test_the_backends_form_is_told_when_it_is_saved_and_not_before(told):
    backend = Visitor(told.shop.odoo).log_in(product.LOGIN, product.PASSWORD)
    customer = told.api.ref("base.res_partner_2")
    specification = {"partner_id": {}, "partner_invoice_id": {}, "amount_total": {}}
    values = {"partner_id": customer}
    backend.call("sale.order", "onchange", [], {}, [], specification)
    backend.call("sale.order", "onchange", [], values, ["partner_id"], specification)
    told.nothing()
    values = told.shop.order_values()
    [saved] = backend.call("sale.order", "web_save", [], values, specification)
    order_id = saved["id"]
    told.exactly(("order.created", order_id))
    backend.call("sale.order", "web_read", [order_id], specification)
    told.nothing()
    values = {"client_order_ref": "form"}
    backend.call("sale.order", "web_save", [order_id], values, specification)
    assert told.updated(order_id)["customer_reference"] == "form"
    backend.call("sale.order", "action_confirm", [order_id])
    told.order_confirmed(order_id)


def test_products_chosen_from_the_catalogue_are_an_update_each(told):
    backend = Visitor(told.shop.odoo).log_in(product.LOGIN, product.PASSWORD)
    order_id = told.quotation(order_line=[])
    product_id = told.api.ref("product.product_product_6")

    def choose(quantity):
        backend.rpc(
            "/product/catalog/update_order_line_info",
            res_model="sale.order",
            order_id=order_id,
            product_id=product_id,
            quantity=quantity,
            child_field="order_line",
        )

    for quantity in (1, 4):
        choose(quantity)
        [line] = told.updated(order_id)["lines"]
        assert line["quantity"] == f"{quantity}.00"
    choose(4)
    told.nothing()
    choose(0)
    assert told.updated(order_id)["lines"] == []


# What runs in Odoo by itself


def action(told, code):
    """Make a server action on orders; returns its id."""
    [model] = told.api.search("ir.model", [("model", "=", "sale.order")], "id")
    return told.api.create(
        "ir.actions.server",
        name="Action",
        model_id=model["id"],
        state="code",
        code=code,
    )


def run(told, action_id, order_id):
    told.api.call(
        "ir.actions.server",
        "run",
        [action_id],
        context={
            "active_model": "sale.order",
            "active_id": order_id,
            "active_ids": [order_id],
        },
    )


def test_another_job_that_changes_an_order_is_one_update(told):
    order_id = told.quotation()
    code = "records.with_delay().write({'client_order_ref': 'by a job'})"
    run(told, action(told, code), order_id)
    eventually(lambda: told.committed(order_id)["customer_reference"] == "by a job")
    assert told.updated(order_id)["customer_reference"] == "by a job"


def test_a_scheduled_action_is_one_update(told):
    order_id = told.quotation()
    [model] = told.api.search("ir.model", [("model", "=", "sale.order")], "id")
    cron = told.api.create(
        "ir.cron",
        name="Orders",
        model_id=model["id"],
        state="code",
        code=f"model.browse({order_id}).write({{'client_order_ref': 'by cron'}})",
        interval_type="weeks",
        nextcall="2040-01-01 00:00:00",
    )
    code = f"env['ir.cron'].browse({cron})._trigger()"
    run(told, action(told, code), order_id)
    eventually(lambda: told.committed(order_id)["customer_reference"] == "by cron", 90)
    assert told.updated(order_id)["customer_reference"] == "by cron"


# Customers


def portal(told, order_id):
    """Send a quotation; returns its page and the token of the link to it."""
    told.api.call("sale.order", "action_quotation_sent", [order_id])
    told.forget()
    link = told.api.call("sale.order", "get_portal_url", [order_id])
    path, _, query = link.partition("?")
    return path, dict(pair.split("=") for pair in query.split("&"))["access_token"]


def test_a_look_at_a_quotation_is_nothing(told):
    order_id = told.quotation()
    path, token = portal(told, order_id)
    page = Visitor(told.shop.odoo).page(f"{path}?access_token={token}")
    assert told.api.read("sale.order", order_id, "name")["name"] in page
    told.nothing()


def test_a_customer_who_declines_is_one_update(told):
    order_id = told.quotation(require_signature=True, require_payment=False)
    path, token = portal(told, order_id)
    visitor = Visitor(told.shop.odoo)
    page = visitor.page(f"{path}?access_token={token}")
    visitor.submit(
        page, f"{path}/decline", access_token=token, decline_message="Too expensive"
    )
    assert told.updated(order_id)["state"] == "cancel"


def test_a_customer_who_is_logged_in_and_signs_is_one_update(told):
    [customer] = told.api.search("res.users", [("login", "=", "portal")], "partner_id")
    order_id = told.quotation(
        partner_id=customer["partner_id"], require_signature=True, require_payment=False
    )
    path, _token = portal(told, order_id)
    visitor = Visitor(told.shop.odoo).log_in("portal", "portal")
    answer = visitor.rpc(f"{path}/accept", name="Joel", signature=SIGNATURE)
    assert answer["force_refresh"] is True
    told.order_confirmed(order_id)


def test_what_a_customer_chooses_of_what_is_optional_is_one_update(told):
    values = told.shop.order_values()
    [line] = values["order_line"]
    order_id = told.quotation(
        order_line=[
            [0, 0, line[2] | {"sequence": 1}],
            [
                0,
                0,
                {
                    "display_type": "line_section",
                    "name": "Options",
                    "is_optional": True,
                    "sequence": 2,
                },
            ],
            [0, 0, line[2] | {"sequence": 3, "product_uom_qty": 0}],
        ]
    )
    path, token = portal(told, order_id)
    fixed, _section, optional = (line[0] for line in told.committed(order_id)["lines"])
    visitor = Visitor(told.shop.odoo)

    def choose(line_id, quantity):
        visitor.rpc(
            f"{path}/update_line_dict",
            access_token=token,
            line_id=line_id,
            input_quantity=quantity,
        )

    choose(optional, 2)
    lines = told.updated(order_id)["lines"]
    assert [line["quantity"] for line in lines] == ["1.00", "0.00", "2.00"]
    choose(fixed, 2)
    told.nothing()


def test_a_customer_who_promises_a_payment_is_told_with_what_to_pay_under(told):
    """By wire transfer: the order gets the reference to pay under."""
    [provider] = told.api.search(
        "payment.provider",
        [("custom_mode", "=", "wire_transfer"), ("company_id", "=", 1)],
        "id",
        limit=1,
    )
    told.api.write(
        "payment.provider", provider["id"], state="enabled", is_published=True
    )
    order_id = told.quotation(require_signature=False, require_payment=True)
    link = told.api.call("sale.order", "get_portal_url", [order_id])
    path, _, query = link.partition("?")
    token = dict(pair.split("=") for pair in query.split("&"))["access_token"]
    told.nothing()
    visitor = Visitor(told.shop.odoo)
    total = told.committed(order_id)["amount_total"]
    transaction = visitor.rpc(
        f"{path}/transaction",
        access_token=token,
        provider_id=provider["id"],
        payment_method_id=told.api.ref("payment_custom.payment_method_wire_transfer"),
        token_id=None,
        amount=float(total),
        flow="redirect",
        tokenization_requested=False,
        landing_route=path,
    )
    told.nothing()
    page = visitor.page(f"{path}?access_token={token}")
    reference = transaction["reference"]
    visitor.submit(page, "/payment/custom/process", reference=reference)
    order = told.updated(order_id)
    assert (order["state"], order["payment_state"]) == ("draft", "pending")
    assert visitor.rpc("/payment/status/poll")["state"] == "pending"
    order = told.updated(order_id)
    assert order["state"] == "sent"
    assert order["payment_reference"] == order["name"]
