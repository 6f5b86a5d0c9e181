"""What the database itself changes in orders, or SQL: merged and deleted records."""

import pytest

from .told import Told, carrier, partner, payment_term, user, user_with_rights


@pytest.fixture
def told(shop):
    return Told(shop)


def merge(env, target, *others):
    """Merge contacts as the wizard does."""
    contacts = env["res.partner"].browse([target, *others])
    wizard = env["base.partner.merge.automatic.wizard"].with_context(
        active_model="res.partner", active_ids=contacts.ids
    )
    wizard = wizard.create({"dst_partner_id": target})
    wizard.action_merge()
    assert contacts.exists().ids == [target]


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ("partner_id", "customer"),
        ("partner_invoice_id", "invoice_address"),
        ("partner_shipping_id", "delivery_address"),
    ],
)
def test_merged_contacts_are_an_update_of_the_orders_that_had_them(told, field, shown):
    with told.transaction() as env:
        target, other = partner(env, "Kept").id, partner(env, "Merged").id
        customer = env.ref("base.res_partner_2").id
    values = {"partner_invoice_id": customer, "partner_shipping_id": customer}
    had_it = told.quotation(**values | {field: other})
    # neither of these changes
    told.quotation(**values | {field: target})
    told.quotation()
    with told.transaction("admin") as env:
        merge(env, target, other)
    order = told.updated(had_it)
    assert (order[shown]["id"], order[shown]["name"]) == (target, "Kept")


def test_merged_contacts_are_one_update_of_a_confirmed_order(told):
    with told.transaction() as env:
        target = partner(env, "Kept").id
        other = partner(env, "Merged", phone="+1 555 0100").id
        third = partner(env, "Merged too").id
    one, two = told.confirmed(partner_id=other), told.delivered(partner_id=third)
    with told.transaction("admin") as env:
        merge(env, target, other, third)
    orders = told.exactly(("order.updated", one), ("order.updated", two))
    for order in orders.values():
        # Odoo completes the contact that is kept from those that it replaces
        assert order["customer"]["id"] == target
        assert order["customer"]["phone"] == "+1 555 0100"


def test_contacts_merged_by_whoever_may_see_no_order_are_an_update(told):
    with told.transaction() as env:
        login = user(
            env, "contacts", "base.group_user", "base.group_partner_manager"
        ).login
        target, other = partner(env, "Kept").id, partner(env, "Merged").id
    order_id = told.quotation(partner_id=other)
    with told.transaction(login) as env:
        assert not env["sale.order"].has_access("read")
        env["base.partner.merge.automatic.wizard"]._merge(
            [target, other], env["res.partner"].browse(target)
        )
    assert told.updated(order_id)["customer"]["id"] == target


def test_a_merge_that_is_rolled_back_is_nothing(told):
    with told.transaction() as env:
        target, other = partner(env, "Kept").id, partner(env, "Merged").id
    told.quotation(partner_id=other)
    with pytest.raises(ZeroDivisionError), told.transaction("admin") as env:
        merge(env, target, other)
        raise ZeroDivisionError
    told.nothing()


def incoterm(env):
    return env["account.incoterms"].create({"name": "Somehow", "code": "SMH"})


def salesperson(env):
    return user(env, "leaving", "sales_team.group_sale_salesman")


def test_what_is_deleted_is_an_update_of_the_orders_that_had_it(told):
    """The database empties the field: nobody writes it."""
    makers = {
        "carrier_id": (carrier, "carrier"),
        "payment_term_id": (payment_term, "payment_term"),
        "incoterm": (incoterm, "incoterm"),
        "user_id": (salesperson, "salesperson"),
    }
    with told.transaction() as env:
        records = {field: make(env) for field, (make, _shown) in makers.items()}
        models = {field: record._name for field, record in records.items()}
        ids = {field: record.id for field, record in records.items()}
    order_id = told.quotation(**ids)
    told.quotation()
    for field, (_make, shown) in makers.items():
        with told.transaction() as env:
            order = env["sale.order"].browse(order_id)
            assert order._nshift_webhook_payload()["order"][shown]
            env[models[field]].browse(ids[field]).unlink()
        assert told.updated(order_id)[shown] is None


def test_a_deleted_tax_is_an_update_of_the_orders_that_had_it(told):
    with told.transaction() as env:
        tax_id = (
            env["account.tax"]
            .create({"name": "None", "amount": 0, "type_tax_use": "sale"})
            .id
        )
    order_id = told.quotation()
    with told.transaction() as env:
        env["sale.order"].browse(order_id).order_line.tax_ids = [tax_id]
    told.events()
    with told.transaction() as env:
        env["account.tax"].browse(tax_id).unlink()
    assert told.updated(order_id)["lines"][0]["taxes"] == []


def test_merged_contacts_are_an_update_of_the_deliveries_to_them(told):
    with told.transaction() as env:
        target, other = partner(env, "Kept").id, partner(env, "Merged").id
    order_id = told.confirmed(partner_id=other)
    told.webhook("shipment.updated")
    with told.transaction("admin") as env:
        merge(env, target, other)
    [shipment_id] = told.shipments(order_id)
    shipment = told.exactly(
        ("order.updated", order_id), ("shipment.updated", shipment_id)
    )["shipment.updated", shipment_id]
    assert shipment["delivery_address"]["id"] == target


def test_what_sql_changes_in_orders_one_of_which_is_gone_is_told_of_the_rest(told):
    gone, left = told.quotation(), told.quotation()
    with told.transaction() as env:
        env["sale.order"].browse(gone).unlink()
    told.exactly(("order.deleted", gone))
    with told.transaction() as env:
        orders = env["sale.order"].browse([gone, left])
        orders._nshift_webhook_touch()
        env.cr.execute(
            "UPDATE sale_order SET origin = 'Fair' WHERE id IN %s", [orders._ids]
        )
        env.invalidate_all()
    assert told.updated(left)["origin"] == "Fair"


def test_a_deletion_by_whoever_may_see_no_order_is_an_update(told):
    with told.transaction() as env:
        login = user_with_rights(env, "clerk", "account.incoterms").login
        incoterm_id = incoterm(env).id
    order_id = told.quotation(incoterm=incoterm_id)
    with told.transaction(login) as env:
        assert not env["sale.order"].has_access("read")
        env["account.incoterms"].browse(incoterm_id).unlink()
    assert told.updated(order_id)["incoterm"] is None


def test_a_deleted_tax_that_was_archived_is_an_update(told):
    with told.transaction() as env:
        tax = env["account.tax"].create(
            {"name": "Former", "amount": 0, "type_tax_use": "sale"}
        )
        tax_id = tax.id
    order_id = told.quotation()
    with told.transaction() as env:
        env["sale.order"].browse(order_id).order_line.tax_ids = [tax_id]
        env["account.tax"].browse(tax_id).active = False
    told.events()
    with told.transaction() as env:
        env["account.tax"].browse(tax_id).unlink()
    assert told.updated(order_id)["lines"][0]["taxes"] == []
