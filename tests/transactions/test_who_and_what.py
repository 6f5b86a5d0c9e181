"""Which webhooks are told of what, whoever causes it and however."""

import json

from .conftest import new_order, type_ids
from .told import payment_term

EMPLOYEE = "demo"


def test_a_deleted_quotation_is_told_as_it_was(told_all):
    order_id = told_all.order(client_order_ref="gone")
    told_all.events()
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    [(event, _name, data)] = told_all.events()
    assert (event, data["order"]["customer_reference"]) == ("order.deleted", "gone")


def test_a_webhook_for_some_channels_hears_only_of_their_orders(shop):
    with shop.transaction() as env:
        one, two = env["sale.channel"].create([{"name": "one"}, {"name": "two"}]).ids
    shop.webhook("order.created", sale_channel_ids=[(6, 0, [one])])
    for channel in (one, two, False):
        shop.order(sale_channel_id=channel)
    assert [data["order"]["channel"]["id"] for _, _, data in shop.events()] == [one]


def test_a_webhook_without_channels_hears_of_all_orders(shop):
    with shop.transaction() as env:
        channel = env["sale.channel"].create({"name": "one"}).id
    shop.webhook("order.created")
    shop.order(sale_channel_id=channel)
    shop.order()
    assert [data["order"]["channel"] for _, _, data in shop.events()] == [
        {"id": channel, "name": "one"},
        None,
    ]


def test_a_change_of_channel_takes_an_order_from_one_webhook_to_another(shop):
    with shop.transaction() as env:
        ids = env["sale.channel"].create([{"name": name} for name in "abc"]).ids
    for name, channel in zip("abc", ids, strict=True):
        for what in ("created", "updated", "deleted"):
            shop.webhook(
                f"order.{what}", name=f"{name} {what}", sale_channel_ids=[channel]
            )
    order_id = shop.order(sale_channel_id=ids[0])
    assert shop.told() == ["order.created"]
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).sale_channel_id = ids[1]
    with shop.transaction() as env:
        webhooks = env["nshift.webhook.event"].search([]).webhook_id
        assert set(webhooks.mapped("name")) == {"a deleted", "b created"}


def test_a_webhook_of_a_company_hears_only_of_that_company(shop):
    with shop.transaction() as env:
        company = env["res.company"].create({"name": "Other company"})
        other = company.id
        # what a company needs to sell
        env.user.company_ids += company
        mine = env.company.id
    shop.webhook("order.created", name="other", company_id=other)
    shop.webhook("order.created", name="all", company_id=False)
    shop.webhook("order.created", name="mine", company_id=mine)
    with shop.transaction() as env:
        env["sale.order"].with_company(other).create(
            {"partner_id": env.ref("base.res_partner_2").id, "company_id": other}
        )
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([])
        assert set(events.webhook_id.mapped("name")) == {"other", "all"}
        assert events.company_id.id == other


def test_an_archived_webhook_hears_of_nothing(shop):
    shop.webhook("order.created", active=False)
    shop.order()
    assert shop.told() == []


def test_a_user_who_may_see_no_webhook_is_heard_all_the_same(told_all):
    with told_all.transaction(EMPLOYEE) as env:
        assert not env["nshift.webhook"].has_access("read")
        order = new_order(env)
        order.client_order_ref = "employee"
    assert told_all.told() == ["order.created"]


def test_webhooks_are_found_for_a_user_who_may_see_none(told_all, registry, caplog):
    """Also if nobody has asked for them before."""
    with told_all.transaction(EMPLOYEE) as env:
        order_id = new_order(env).id
    told_all.events()
    with told_all.transaction(EMPLOYEE) as env:
        registry.clear_cache()
        env["sale.order"].browse(order_id).client_order_ref = "employee"
    assert told_all.told() == ["order.updated"]
    assert not [record for record in caplog.records if record.exc_info]


def test_the_payload_does_not_depend_on_who_is_at_work(shop):
    with shop.transaction() as env:
        env["res.lang"]._activate_lang("fr_FR")
        order = new_order(env)
        order_id = order.id
        product = order.order_line.product_id
        product.with_context(lang="fr_FR").name = "Lampe"
        product.uom_id.with_context(lang="fr_FR").name = "Unités"
    shop.webhook("order.updated")
    contexts = [{}, {"lang": "fr_FR", "tz": "Asia/Tokyo"}]
    payloads = []
    for number, context in enumerate(contexts):
        login = EMPLOYEE if number else None
        with shop.transaction(login, **context) as env:
            order = env["sale.order"].sudo().browse(order_id)
            order.origin = str(number)
        [(_event, _name, data)] = shop.events()
        data["order"].pop("origin")
        payloads.append(json.dumps(data["order"]))
    assert payloads[0] == payloads[1]


def test_a_webhook_hears_of_what_follows_it_in_its_own_transaction(shop):
    shop.order()
    with shop.transaction() as env:
        env["nshift.webhook"].create(
            {
                "name": "new",
                "url": "https://example.com/",
                "type_ids": type_ids(env, "order.created"),
            }
        )
        new_order(env)
    assert shop.told() == ["order.created"]


def test_what_is_made_before_a_webhook_in_its_own_transaction_is_new_to_it(shop):
    with shop.transaction() as env:
        order = new_order(env)
        env["nshift.webhook"].create(
            {
                "name": "new",
                "url": "https://example.com/",
                "type_ids": type_ids(env, "order.created", "order.updated"),
            }
        )
        order.client_order_ref = "later"
    assert shop.told() == ["order.created"]


def test_a_webhook_for_new_orders_is_told_of_them_as_they_are_committed(shop):
    shop.webhook("order.created")
    with shop.transaction() as env:
        term = payment_term(env)
        order = new_order(env, payment_term_id=term.id)
        env.cr.flush()
        order.client_order_ref = "later"
        env.cr.flush()
        # the database takes it out of the order
        term.unlink()
    [(_event, _name, data)] = shop.events()
    assert data["order"]["customer_reference"] == "later"
    assert data["order"]["payment_term"] is None
