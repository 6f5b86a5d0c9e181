"""What is told besides may be chosen, and become impossible to tell, at any time."""

import pytest
from psycopg2.pool import PoolError

from .conftest import new_order
from .further import add_field, choose, choose_nothing
from .told import user

MODELS = ("sale.order", "sale.order.line", "res.partner")


@pytest.fixture
def told(shop, registry):
    """A shop that is told of orders, with a field of each of these models chosen."""
    with shop.transaction() as env:
        choose_nothing(env)
        for model in MODELS:
            add_field(env, model, "x_first", ttype="char")
            add_field(env, model, "x_second", ttype="char")
            choose(env, model, "x_first")
            choose(env, model, "x_second")
    shop.webhook_for_each(("order.created", "order.updated", "shipment.created"))
    yield shop
    with shop.transaction() as env:
        choose_nothing(env)
        added(env, "x_first", "x_second").unlink()
    registry.registry_invalidated = False


def added(env, *names):
    domain = [("name", "in", names), ("state", "=", "manual")]
    return env["ir.model.fields"].search(domain)


def an_order(shop):
    with shop.transaction() as env:
        partner = env["res.partner"].create({"name": "Ann", "x_first": "old"})
        order_id = new_order(env, partner_id=partner.id, x_first="old").id
        env["sale.order"].browse(order_id).order_line.x_first = "old"
    shop.events()
    return order_id


def change(shop, order_id, value):
    with shop.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = value
        for record in (order, order.order_line, order.partner_id):
            if "x_first" in record._fields:
                record.x_first = value


def customs(data):
    order = data["order"]
    return [
        order["custom"],
        order["lines"][0]["custom"],
        order["customer"]["custom"],
    ]


def last(shop):
    [(_event, _name, data)] = shop.events()
    return data


def test_field_that_is_removed(told):
    order_id = an_order(told)
    with told.transaction() as env:
        added(env, "x_first").unlink()
        assert env["nshift.webhook.field"].search([]).mapped("key") == ["x_second"] * 3
    change(told, order_id, "removed")
    assert customs(last(told)) == [{"x_second": None}] * 3


def test_field_that_is_removed_in_the_transaction_of_a_change(told):
    order_id = an_order(told)
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.x_second = order.partner_id.x_second = "new"
        env.cr.flush()
        added(env, "x_first").unlink()
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "new"
    data = last(told)
    assert data["order"]["customer_reference"] == "new"
    custom = data["order"]["custom"]
    # told, perhaps, that there is nothing in it any more
    assert {key: value for key, value in custom.items() if value} == {"x_second": "new"}


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("groups", "base.group_system"),
        ("store", False),
        ("type", "binary"),
        ("company_dependent", True),
    ],
)
def test_field_that_cannot_be_told_any_more(
    told, registry, monkeypatch, attribute, value
):
    """As the new version of an addon may have it."""
    order_id = an_order(told)
    with monkeypatch.context() as patch:
        for model in MODELS:
            field = registry[model]._fields["x_first"]
            patch.setitem(field.__dict__, attribute, value)
        registry.clear_cache()
        with told.transaction() as env:
            env["sale.order"].browse(order_id).client_order_ref = "changed"
            problems = env["nshift.webhook.field"].search([]).grouped("key")
            assert all(problems["x_first"].mapped("problem"))
            assert not any(problems["x_second"].mapped("problem"))
        assert customs(last(told)) == [{"x_second": None}] * 3
    registry.clear_cache()
    change(told, order_id, "again")
    assert customs(last(told)) == [{"x_first": "again", "x_second": None}] * 3


def test_field_that_is_chosen_while_an_order_is_saved(told):
    """What is under way is told as it was chosen when it began, or as it is by now."""
    order_id = an_order(told)
    with told.transaction() as env:
        choice = env["nshift.webhook.field"].search([("key", "=", "x_first")])
        choice.unlink()
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "one"
        env.cr.flush()
        with told.transaction() as other:
            for model in MODELS:
                choose(other, model, "x_first")
        for record in (order, order.order_line, order.partner_id):
            record.x_first = "two"
    data = last(told)
    assert customs(data) == [{"x_second": None}] * 3
    change(told, order_id, "three")
    assert customs(last(told)) == [{"x_second": None, "x_first": "three"}] * 3


def test_field_that_is_no_longer_chosen_while_an_order_is_saved(told):
    order_id = an_order(told)
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        for record in (order, order.order_line, order.partner_id):
            record.x_first = "one"
        env.cr.flush()
        with told.transaction() as other:
            choose_nothing(other)
        for record in (order, order.order_line, order.partner_id):
            record.x_first = "two"
    data = last(told)
    assert customs(data) == [{"x_first": "two", "x_second": None}] * 3
    change(told, order_id, "three")
    data = last(told)
    assert customs(data) == [{}] * 3
    assert data["previous"] == {"customer_reference": None}


def test_choosing_alone_tells_nothing(told):
    an_order(told)
    with told.transaction() as env:
        choose_nothing(env)
        choose(env, "sale.order", "x_first")
    assert told.events() == []


def test_choice_that_is_rolled_back(told):
    order_id = an_order(told)
    with pytest.raises(ZeroDivisionError), told.transaction() as env:
        choose_nothing(env)
        env["sale.order"].browse(order_id).client_order_ref = "never"
        env.cr.flush()
        raise ZeroDivisionError
    # as Odoo does after each request that fails
    told.registry.reset_changes()
    change(told, order_id, "two")
    assert customs(last(told)) == [{"x_first": "two", "x_second": None}] * 3


def test_other_processes_hear_of_it(told, registry):
    registry.cache_invalidated.clear()
    with told.transaction() as env:
        env["nshift.webhook.field"].search([], limit=1).key = "other"
    assert "default" in registry.cache_invalidated


def test_order_that_is_changed_where_the_choice_is_made(told):
    """A choice holds from its commit on."""
    order_id = an_order(told)
    with told.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.x_first = "new"
        env.cr.flush()
        env["nshift.webhook.field"].search([("key", "=", "x_first")]).unlink()
        order.client_order_ref = "new"
    data = last(told)
    assert data["order"]["custom"] == {"x_first": "new", "x_second": None}
    change(told, order_id, "newer")
    assert customs(last(told)) == [{"x_second": None}] * 3


def test_whoever_saves_an_order_needs_no_right_to_the_choice(told):
    order_id = an_order(told)
    with told.transaction() as env:
        seller = user(env, "seller", "sales_team.group_sale_salesman")
        env["sale.order"].browse(order_id).user_id = seller
    told.events()
    with told.transaction(login="seller") as env:
        assert not env["nshift.webhook.field"].has_access("read")
        env["sale.order"].browse(order_id).x_first = "mine"
    assert last(told)["order"]["custom"] == {"x_first": "mine", "x_second": None}


def test_table_that_is_locked_by_whoever_saves_an_order(told, registry):
    """As while the addon is updated: nobody waits for himself."""
    order_id = an_order(told)
    with told.transaction() as env:
        env.cr.execute("LOCK TABLE nshift_webhook_field")
        registry.clear_cache()
        env["sale.order"].browse(order_id).x_first = "locked"
    assert last(told)["order"]["custom"]["x_first"] == "locked"


def test_no_connection_left(told, registry, monkeypatch):
    order_id = an_order(told)
    with told.transaction() as env:
        registry.clear_cache()

        def cursor(*_args, **_kwargs):
            raise PoolError("The Connection Pool Is Full")

        with monkeypatch.context() as patch:
            patch.setattr(registry, "cursor", cursor)
            env["sale.order"].browse(order_id).x_first = "full"
            env.cr.flush()
    assert last(told)["order"]["custom"]["x_first"] == "full"
