"""Which webhooks are told of what, whoever causes it and however."""

import json

from .conftest import new_order

EMPLOYEE = "demo"


def test_a_confirmation_makes_a_shipment(told_all):
    order_id = told_all.order(quantity=2)
    told_all.events()
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()
    events = {event: data for event, _name, data in told_all.events()}
    assert sorted(events) == ["order.updated", "shipment.created"]
    assert events["order.updated"]["order"]["state"] == "sale"
    shipment = events["shipment.created"]["shipment"]
    assert shipment["order"]["id"] == order_id
    assert [line["quantity"] for line in shipment["lines"]] == ["2.00"]


def test_only_the_last_of_three_steps_is_a_shipment(told_all):
    with told_all.transaction() as env:
        warehouse = env["stock.warehouse"].create(
            {"name": "Three steps", "code": "3S", "delivery_steps": "pick_pack_ship"}
        )
        product = new_order(env).order_line.product_id
        env["stock.quant"]._update_available_quantity(
            product, warehouse.lot_stock_id, 10
        )
        order_id = new_order(env, warehouse_id=warehouse.id).id
    told_all.events()
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()
    told = told_all.told()
    kinds = []
    for _step in range(3):
        with told_all.transaction() as env:
            picking = env["stock.picking"].search(
                [
                    ("reference_ids.sale_ids", "=", order_id),
                    ("state", "=", "assigned"),
                ]
            )
            kinds.append(picking.picking_type_id.sequence_code)
            picking.move_ids.picked = True
            picking.with_context(skip_sms=True).button_validate()
            assert picking.state == "done"
        told += told_all.told()
    assert kinds == ["PICK", "PACK", "OUT"]
    assert told.count("shipment.created") == 1


def test_a_receipt_or_an_internal_transfer_is_no_shipment(told_all):
    with told_all.transaction() as env:
        warehouse = env["stock.warehouse"].search([], limit=1)
        for kind in (
            warehouse.in_type_id,
            warehouse.int_type_id,
            warehouse.out_type_id,
        ):
            env["stock.picking"].create({"picking_type_id": kind.id})
    assert told_all.told() == []


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


def test_a_change_of_channel_is_an_update_for_the_webhooks_of_both(shop):
    with shop.transaction() as env:
        one, two, three = env["sale.channel"].create([{"name": n} for n in "abc"]).ids
    for channel in (one, two, three):
        shop.webhook("order.updated", name=str(channel), sale_channel_ids=[channel])
    order_id = shop.order(sale_channel_id=one)
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).sale_channel_id = two
    with shop.transaction() as env:
        webhooks = env["nshift.webhook.event"].search([]).webhook_id
        assert set(webhooks.mapped("name")) == {str(one), str(two)}


def test_a_shipment_has_its_orders_channel(shop):
    with shop.transaction() as env:
        channel = env["sale.channel"].create({"name": "one"}).id
    shop.webhook("shipment.created", sale_channel_ids=[channel])
    for channel_id in (channel, False):
        order_id = shop.order(sale_channel_id=channel_id)
        with shop.transaction() as env:
            env["sale.order"].browse(order_id).action_confirm()
    [(_event, _name, data)] = shop.events()
    assert data["shipment"]["order"]["channel"]["id"] == channel


def test_a_webhook_of_a_company_hears_only_of_that_company(shop):
    with shop.transaction() as env:
        company = env["res.company"].create({"name": "Other company"})
        other = company.id
        # what a company needs to sell
        env.user.company_ids += company
        mine = env.company.id
    shop.webhook("order.created", name="other", company_id=other)
    shop.webhook("order.created", name="all")
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
        payloads.append(json.dumps(data))
    assert payloads[0] == payloads[1]


def test_the_queries_of_a_shop_without_webhooks_stay_as_they_were(shop, registry):
    """With no webhook that could match, capture asks the database nothing."""
    hooks = ("create", "write", "_write_multi", "unlink")
    source = registry["nshift.webhook.source"]

    def statements():
        with shop.transaction() as env:
            before = env.cr.sql_log_count
            order = new_order(env)
            order.client_order_ref = "x"
            order.action_confirm()
            order._action_cancel()
            order.unlink()
            env.cr.flush()
            return env.cr.sql_log_count - before

    statements()
    with_hooks = statements()
    plain = {}
    for hook in hooks:
        cls = next(c for c in source.__mro__ if hook in vars(c))
        plain[cls, hook] = vars(cls)[hook]
        delattr(cls, hook)
    try:
        without_hooks = statements()
    finally:
        for (cls, hook), function in plain.items():
            setattr(cls, hook, function)
    assert with_hooks == without_hooks


def test_a_webhook_hears_of_what_follows_it_in_its_own_transaction(shop):
    shop.order()
    with shop.transaction() as env:
        env["nshift.webhook"].create(
            {"name": "new", "url": "https://example.com/", "event": "order.created"}
        )
        new_order(env)
    assert shop.told() == ["order.created"]
