"""Another addon adds types of events: the example in docs/examples is installed."""

import pytest

from dev import odoo_config, paths, postgres, template

from .conftest import Shop, new_order

EXAMPLES = paths.ROOT / "docs" / "examples"


@pytest.fixture(scope="module")
def extended_registry(registry):
    """A database with the example, in the process that `registry` has configured."""
    from odoo import sql_db
    from odoo.modules.registry import Registry

    import odoo.addons

    with (
        postgres.running() as connection,
        template.temporary_database(connection) as database,
    ):
        odoo_config.install(
            connection,
            database.name,
            database.data_dir,
            ["nshift_webhooks_invoice"],
            note=lambda _text: None,
            more_addons=[EXAMPLES],
        )
        odoo.addons.__path__.append(str(EXAMPLES))
        yield Registry(database.name)
        Registry.delete(database.name)
        sql_db.close_db(database.name)


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


def test_its_events_can_be_chosen_after_ours(extended):
    with extended.transaction() as env:
        for model in ("nshift.webhook", "nshift.webhook.event"):
            field = env[model].fields_get(["event"])["event"]
            types = [value for value, _label in field["selection"]]
            assert types[:4] == [
                "order.created",
                "order.updated",
                "order.deleted",
                "shipment.created",
            ]
            assert types[-2:] == ["order.sent", "invoice.posted"]


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
