"""Another addon adds types of events: the example in docs/examples is installed."""

import json
from contextlib import contextmanager

import pytest

from dev import odoo_config, paths, postgres, template

from .conftest import Shop, new_order

EXAMPLES = paths.ROOT / "docs" / "examples"


@contextmanager
def with_example():
    """Yield Odoo's registry of a database in which the example is installed."""
    from odoo import sql_db
    from odoo.modules.registry import Registry

    with (
        postgres.running() as connection,
        template.temporary_database(connection) as database,
    ):
        odoo_config.install(
            database, ["nshift_webhooks_invoice"], more_addons=[EXAMPLES]
        )
        yield Registry(database.name)
        Registry.delete(database.name)
        sql_db.close_db(database.name)


@pytest.fixture(scope="module")
def extended_registry(registry):
    """A database with the example, in the process that `registry` has configured."""
    import odoo.addons

    odoo.addons.__path__.append(str(EXAMPLES))
    with with_example() as extended:
        yield extended


@pytest.fixture
def extended(extended_registry):
    shop = Shop(extended_registry)
    with shop.transaction() as env:
        env["nshift.webhook"].search([]).unlink()
    return shop


def invoiced(env, **values):
    """Make an order and its invoice, which is not posted yet."""
    order = new_order(env, **values)
    order.order_line.product_id.invoice_policy = "order"
    order.action_confirm()
    order._create_invoices()
    return order


def test_its_types_have_their_place_among_ours(extended):
    with extended.transaction() as env:
        codes = env["nshift.webhook.type"].search([]).mapped("code")
        assert codes[:4] == [
            "order.created",
            "order.updated",
            "order.sent",
            "order.confirmed",
        ]
        assert codes[-1] == "invoice.posted"
        field = env["nshift.webhook.event"].fields_get(["event"])["event"]
        assert [code for code, _name in field["selection"]] == codes


def test_a_new_event_of_an_order_is_told(extended):
    extended.webhook("order.sent")
    order_id = extended.order()
    with extended.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "not sent"
    assert extended.told() == []
    with extended.transaction() as env:
        env["sale.order"].browse(order_id).action_quotation_sent()
    [(event, _name, data)] = extended.events()
    assert event == "order.sent"
    assert data["order"]["state"] == "sent"


def test_events_of_a_new_model_are_told_with_their_own_payload(extended):
    extended.webhook("invoice.posted")
    with extended.transaction() as env:
        order = invoiced(env)
        order_name, invoice_id = order.name, order.invoice_ids.id
    assert extended.told() == []
    with extended.transaction() as env:
        env["account.move"].browse(invoice_id).action_post()
    [(event, _name, data)] = extended.events()
    assert event == "invoice.posted"
    assert data["invoice"]["id"] == invoice_id
    assert data["invoice"]["name"].startswith("INV/")
    assert data["invoice"]["orders"] == [order_name]
    assert data["sequence"] > 0


def test_events_of_a_new_model_have_its_channel(extended):
    with extended.transaction() as env:
        one, two = env["sale.channel"].create([{"name": "one"}, {"name": "two"}]).ids
    extended.webhook("invoice.posted", sale_channel_ids=[one])
    with extended.transaction() as env:
        names = []
        for channel in (one, two):
            order = invoiced(env, sale_channel_id=channel)
            order.invoice_ids.action_post()
            names.append(order.name)
    [(_event, _name, data)] = extended.events()
    assert data["invoice"]["orders"] == names[:1]


def test_an_event_of_ours_and_one_of_its_own_in_one_change(extended):
    extended.webhook("order.sent", "order.updated", "order.created")
    order_id = extended.order()
    assert extended.told() == ["order.created"]
    with extended.transaction() as env:
        env["sale.order"].browse(order_id).action_quotation_sent()
    (first, _name, updated), (second, _name, sent) = extended.events()
    assert (first, second) == ("order.updated", "order.sent")
    assert updated["sequence"] == sent["sequence"]


def test_its_messages_go_after_those_of_an_order(extended):
    """Though its model comes before orders in the alphabet."""
    extended.webhook("order.updated", "invoice.posted")
    with extended.transaction() as env:
        order = invoiced(env)
        order_id, invoice_id = order.id, order.invoice_ids.id
    extended.told()
    with extended.transaction() as env:
        env["account.move"].browse(invoice_id).action_post()
        env["sale.order"].browse(order_id).client_order_ref = "with an invoice"
    with extended.transaction() as env:
        env.cr.execute(
            "SELECT id, event, after_ids FROM nshift_webhook_event ORDER BY id"
        )
        (first_id, *first), (_id, *second) = env.cr.fetchall()
    assert first == ["order.updated", None]
    assert second == ["invoice.posted", [first_id]]
    extended.told()


@pytest.fixture
def leaving(extended_registry):
    """A database of its own, whose example is uninstalled."""
    with with_example() as registry:
        yield Shop(registry)


def test_without_it_webhooks_keep_their_other_types(leaving):
    shop = leaving
    both = shop.webhook("order.created", "order.sent")
    lone = shop.webhook("order.sent", "invoice.posted", name="lone")
    order_id = shop.order()
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).action_quotation_sent()
    with shop.transaction() as env:
        module = env["ir.module.module"].search(
            [("name", "=", "nshift_webhooks_invoice")]
        )
        module.button_immediate_uninstall()
    shop.registry = type(shop.registry)(shop.registry.db_name)
    with shop.transaction() as env:
        both, lone = env["nshift.webhook"].browse([both, lone])
        assert both.type_ids.mapped("code") == ["order.created"]
        assert (both.status, lone.status) == ("working", "idle")
        assert not lone.type_ids
        assert lone == env["nshift.webhook"].search([("status", "=", "idle")])
        # who has taken them, and what is left, is in the audit log
        line = lone.audit_ids[0]
        assert (line.action, line.new) == ("changed", "")
        assert line.old == "Quotation sent, Invoice posted"
        # what was told stays, and is named
        events = env["nshift.webhook.event"].search([("event", "=", "order.sent")])
        assert events.webhook_id == both + lone
        assert events[0].display_name.startswith("Quotation sent: ")
        assert not env["nshift.webhook.type"].search([("code", "=", "order.sent")])
        events.webhook_id.event_ids.unlink()
        # a lone one may be changed, but not be given nothing
        lone.name = "still lone"
    # of all that happens, the lone one is told nothing
    order_id = shop.order()
    with shop.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.action_quotation_sent()
        order.action_confirm()
    assert shop.told() == ["order.created"]
    # it comes back, and its types with it
    with shop.transaction() as env:
        module = env["ir.module.module"].search(
            [("name", "=", "nshift_webhooks_invoice")]
        )
        module.button_immediate_install()
    shop.registry = type(shop.registry)(shop.registry.db_name)
    with shop.transaction() as env:
        found = env["nshift.webhook.type"].with_context(active_test=False)
        assert found.search_count([("code", "=", "order.sent")]) == 1
        assert not env["nshift.webhook"].browse(lone.id).type_ids


def test_its_types_can_be_tried(extended):
    """Each with what it tells of, that is chosen like an order."""
    webhook_id = extended.webhook("invoice.posted")
    with extended.transaction() as env:
        invoice = invoiced(env).invoice_ids
        invoice.action_post()
        name = invoice.name
    with extended.transaction("admin") as env:
        trial = env["nshift.webhook.trial"].create(
            {"webhook_id": webhook_id, "is_previewed": True}
        )
        assert (trial.res_model, trial.res_id) == ("account.move", invoice.id)
        message = json.loads(trial.message)
    assert message["type"] == "invoice.posted"
    assert message["data"]["invoice"]["name"] == name
    assert message["data"]["test"] is True
