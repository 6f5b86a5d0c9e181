"""Whoever changes an order is heard, and what is told does not depend on who it is."""

import json

import pytest

from .conftest import new_order
from .told import Told, carrier, payment_term, ship, user, user_with_rights


@pytest.fixture
def told(shop):
    return Told(shop)


def test_a_salesperson_without_any_right_on_webhooks_is_heard(told):
    # whose product it is
    told.quotation()
    with told.transaction() as env:
        login = user(env, "seller", "sales_team.group_sale_salesman").login
    with told.transaction(login) as env:
        assert not env["nshift.webhook"].has_access("read")
        assert not env["nshift.webhook.event"].has_access("read")
        assert not env["queue.job"].has_access("read")
        order_id = new_order(env).id
    order = told.exactly(("order.created", order_id))["order.created", order_id]
    assert order["salesperson"] == "Seller"
    with told.transaction(login) as env:
        env["sale.order"].browse(order_id).client_order_ref = "mine"
    told.updated(order_id)
    with told.transaction(login) as env:
        env["sale.order"].browse(order_id).action_confirm()
    told.order_confirmed(order_id)


def test_a_warehouse_worker_is_heard(told):
    order_id = told.confirmed(quantity=2)
    with told.transaction() as env:
        login = user(env, "worker", "stock.group_stock_user").login
    [picking_id] = told.shipments(order_id)
    with told.transaction(login) as env:
        assert not env["nshift.webhook"].has_access("read")
        ship(env["stock.picking"].browse(picking_id), 2)
    [line] = told.updated(order_id)["lines"]
    assert line["quantity_delivered"] == "2.00"


def test_whoever_may_see_no_delivery_and_changes_its_order_is_heard(told):
    order_id = told.confirmed()
    told.webhook("shipment.updated")
    [shipment_id] = told.shipments(order_id)
    with told.transaction() as env:
        login = user_with_rights(env, "agent", "sale.order").login
    with told.transaction(login) as env:
        assert not env["stock.picking"].has_access("read")
        env["sale.order"].browse(order_id).client_order_ref = "PO-17"
    told.exactly(("order.updated", order_id), ("shipment.updated", shipment_id))


def test_a_user_of_another_company_who_changes_a_package_is_heard(told):
    with told.transaction() as env:
        order = new_order(env)
        order.action_confirm()
        order.picking_ids.move_ids.quantity = 1
        package = order.picking_ids.move_line_ids.action_put_in_pack()
        company = env["res.company"].create({"name": "Packers"})
        login = user(
            env,
            "packer",
            "stock.group_stock_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        ).login
        box_id = env["stock.package.type"].create({"name": "Box"}).id
        shipment_id, package_id = order.picking_ids.id, package.id
    told.webhook("shipment.updated")
    told.events()
    with told.transaction(login) as env:
        package = env["stock.package"].browse(package_id)
        lines = [("result_package_id", "=", package_id)]
        assert not env["stock.move.line"].search(lines)
        package.package_type_id = box_id
    told.exactly(("shipment.updated", shipment_id))


def test_what_was_before_does_not_depend_on_who_is_at_work(told):
    with told.transaction() as env:
        env["res.lang"]._activate_lang("fr_FR")
        login = user(env, "helper", "base.group_user").login
        lamp = new_order(env).order_line.product_id
        lamp.with_context(lang="fr_FR").name = "Lampe"
    order_id = told.quotation(client_order_ref="old")
    with told.transaction(login, lang="fr_FR") as env:
        assert not env["sale.order"].has_access("read")
        env["sale.order"].browse(order_id).sudo().client_order_ref = "new"
    [(_event, _name, data)] = told.events()
    assert data["previous"] == {"customer_reference": "old"}


@pytest.mark.parametrize("login", ["portal", "public"])
def test_a_customer_on_the_website_is_heard(told, login):
    """Odoo's portal works as its user, as superuser."""
    order_id = told.quotation()
    with told.transaction() as env:
        env = env(
            user=env["res.users"]
            .with_context(active_test=False)
            .search([("login", "=", login)])
        )
        assert not env["sale.order"].has_access("write")
        order = env["sale.order"].sudo().browse(order_id)
        order.action_confirm()
    told.order_confirmed(order_id)


def test_a_user_of_another_company_is_heard_by_that_companys_webhooks(told):
    with told.transaction() as env:
        company = env["res.company"].search([("chart_template", "=", "us")])
        mine = env.company
        assert company not in mine
        env["stock.warehouse"].create(
            {"name": "Elsewhere", "code": "ELSE", "company_id": company.id}
        )
        login = user(
            env,
            "elsewhere",
            "sales_team.group_sale_salesman",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        ).login
        company_id, mine_id = company.id, mine.id
    told.quotation()
    for event in ("order.created", "order.updated", "shipment.created"):
        told.webhook(event, name="theirs", company_id=company_id)
        told.webhook(event, name="mine", company_id=mine_id)
    with told.transaction(login) as env:
        order_id = new_order(env, company_id=company_id).id
    with told.transaction(login) as env:
        env["sale.order"].browse(order_id).action_confirm()
    with told.transaction() as env:
        events = env["nshift.webhook.event"].search([])
        assert events.company_id.id == company_id
        assert "mine" not in events.webhook_id.mapped("name")
        assert sorted(
            events.filtered(lambda e: e.webhook_id.name == "theirs").mapped("event")
        ) == ["order.created", "order.updated", "shipment.created"]
        [created] = events.filtered(
            lambda e: e.webhook_id.name == "theirs" and e.event == "order.created"
        )
        order = json.loads(created.payload)["data"]["order"]
        assert order["company"]["id"] == company_id
        events.unlink()


@pytest.fixture
def french(told):
    """What is shown of an order, in two languages; values for orders that are alike."""
    with told.transaction() as env:
        env["res.lang"]._activate_lang("fr_FR")
        lamp = new_order(env).order_line.product_id
        tax = env["account.tax"].create(
            {"name": "Twelve", "amount": 12, "type_tax_use": "sale"}
        )
        term, way = payment_term(env), carrier(env)
        for record, name in (
            (lamp, "Lampe"),
            (lamp.uom_id, "Unités"),
            (tax, "Douze"),
            (term, "Dans une semaine"),
            (way, "Vélo"),
        ):
            record.with_context(lang="fr_FR").name = name
        warehouse = env["stock.warehouse"].search(
            [("company_id", "=", env.company.id)], limit=1
        )
        values = {
            "partner_id": env.ref("base.res_partner_2").id,
            "user_id": env.ref("base.user_admin").id,
            "company_id": env.company.id,
            "warehouse_id": warehouse.id,
            "payment_term_id": term.id,
            "carrier_id": way.id,
            "date_order": "2031-02-03 04:05:06",
            "validity_date": "2031-03-04",
            "commitment_date": "2031-02-07 23:30:00",
            "order_line": [
                (
                    0,
                    0,
                    {
                        "product_id": lamp.id,
                        "product_uom_qty": 1.5,
                        "price_unit": 1234.5,
                        "tax_ids": [(6, 0, tax.ids)],
                    },
                ),
            ],
        }
    told.events()
    return values


def test_whole_messages_do_not_depend_on_who_is_at_work(told, french):
    """Language, time zone and allowed companies: byte for byte, but for what tells one
    order from the other.
    """
    with told.transaction() as env:
        companies = env["res.company"].search([]).ids
        for login, lang, tz in (
            ("oslo", "en_US", "Pacific/Auckland"),
            ("paris", "fr_FR", "Asia/Tokyo"),
        ):
            user(
                env,
                login,
                "sales_team.group_sale_salesman_all_leads",
                lang=lang,
                tz=tz,
                company_id=french["company_id"],
                company_ids=[(6, 0, companies)],
            )
    told_by = []
    for login, context in (
        (None, {}),
        ("oslo", {"lang": "en_US", "tz": "Pacific/Auckland"}),
        (
            "paris",
            {
                "lang": "fr_FR",
                "tz": "Asia/Tokyo",
                "allowed_company_ids": companies[::-1],
            },
        ),
    ):
        with told.transaction(login, **context) as env:
            order_id = env["sale.order"].create(french).id
        with told.transaction(login, **context) as env:
            env["sale.order"].browse(order_id).client_order_ref = "changed"
        with told.transaction(login, **context) as env:
            env["sale.order"].browse(order_id).action_confirm()
        told_by.append(messages(told))
    first, *rest = told_by
    assert [event for event, _message in first] == [
        "order.created",
        "order.updated",
        "order.updated",
        "shipment.created",
    ]
    for each in rest:
        assert each == first
    assert "Lampe" not in json.dumps(told_by)


def messages(told):
    """Take all events out of the log; returns their messages, without what is of one
    order or moment only.
    """
    with told.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="id")
        found = sorted(
            (event.event, event.id, neutral(event.payload)) for event in events
        )
        events.unlink()
    return [(event, message) for event, _id, message in found]


def neutral(message):
    """A message without ids, numbers and times of its own; the order of its parts and
    the way they are written stay.
    """
    content = json.loads(message)
    assert message == encoded(content)
    data = content["data"]
    # what it was says nothing that an earlier message did not say
    data.pop("previous", None)
    for subject in (data.get("order"), data.get("shipment")):
        if subject:
            subject |= {"id": 0, "name": "", "created_at": ""}
            if subject["state"] == "sale":
                # when it was confirmed
                subject["ordered_at"] = ""
            for line in subject["lines"]:
                ids = ("id", "order_id", "order_line_id")
                line |= {name: 0 for name in ids if name in line}
    if shipment := data.get("shipment"):
        shipment["orders"][0] |= {"id": 0, "name": ""}
        shipment["origin"] = ""
    return encoded(content | {"id": "", "timestamp": ""})


def encoded(content):
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))
