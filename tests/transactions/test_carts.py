"""An order that a visitor of the web shop is still filling is no order, unless a
webhook asks for carts.

In a database of its own, with modules that the addon does not need.
"""

from contextlib import contextmanager

import pytest
from psycopg2.errors import SerializationFailure

from .conftest import Shop, new_order, without_webhooks


class WebShop(Shop):
    """A shop with carts, and webhooks without them and with them."""

    def cart(self, **values):
        """Have a visitor fill a cart, and forget what is told; returns its id."""
        with self.transaction() as env:
            order_id = new_cart(env, **values).id
        self.told()
        return order_id

    @contextmanager
    def order_of(self, order_id):
        with self.transaction() as env:
            yield env["sale.order"].browse(order_id)

    def confirm(self, order_id):
        with self.order_of(order_id) as order:
            order.action_confirm()

    def edit(self, order_id, **values):
        with self.order_of(order_id) as order:
            order.write(values or {"client_order_ref": "edited"})

    def numbers(self):
        """Take all events out of the log; returns type and number of each."""
        return [(event, data["sequence"]) for event, _name, data in self.events()]


def new_cart(env, **values):
    website = env["website"].search([], limit=1)
    return new_order(env, website_id=website.id, **values)


@pytest.fixture
def web_shop(registry_with_more):
    return without_webhooks(WebShop(registry_with_more))


TYPES = (
    "order.created",
    "order.updated",
    "order.deleted",
    "order.confirmed",
    "order.cancelled",
)


@pytest.fixture
def without_carts(web_shop):
    """A shop with a webhook of each type of event, none of which asks for carts."""
    web_shop.webhook_for_each(TYPES)
    return web_shop


@pytest.fixture
def with_carts(web_shop):
    """The same where each asks for carts."""
    web_shop.webhook_for_each(TYPES, include_carts=True)
    return web_shop


def test_a_cart_that_is_left_is_nothing(without_carts):
    with without_carts.transaction() as env:
        cart = new_cart(env)
    assert without_carts.told() == []
    with without_carts.order_of(cart.id) as order:
        order.order_line.product_uom_qty = 3
    assert without_carts.told() == []
    with without_carts.order_of(cart.id) as order:
        order.unlink()
    assert without_carts.told() == []


def test_an_order_of_a_salesperson_is_no_cart(without_carts):
    order_id = without_carts.order()
    assert without_carts.told() == ["order.created"]
    without_carts.edit(order_id)
    assert without_carts.told() == ["order.updated"]


def test_checked_out_and_to_be_paid_by_transfer_is_created(without_carts):
    order_id = without_carts.cart(client_order_ref="by transfer")
    with without_carts.order_of(order_id) as order:
        order.action_quotation_sent()
    [(event, _name, data)] = without_carts.events()
    assert event == "order.created"
    assert data["order"]["customer_reference"] == "by transfer"
    assert data["order"]["state"] == "sent"
    assert data["order"]["lines"]
    assert "previous" not in data
    without_carts.confirm(order_id)
    assert sorted(without_carts.told()) == ["order.confirmed", "order.updated"]


def test_paid_at_once_is_created_and_confirmed(without_carts):
    order_id = without_carts.cart()
    without_carts.confirm(order_id)
    events = without_carts.events()
    assert sorted(event for event, *_ in events) == ["order.confirmed", "order.created"]
    assert {data["order"]["state"] for *_, data in events} == {"sale"}


def test_filled_and_paid_in_one_transaction_is_created_and_confirmed(without_carts):
    with without_carts.transaction() as env:
        cart = new_cart(env)
        env.cr.flush()
        cart.action_confirm()
    assert sorted(without_carts.told()) == ["order.confirmed", "order.created"]


def test_a_checkout_that_is_taken_back_in_the_transaction_is_nothing(without_carts):
    order_id = without_carts.cart()
    with without_carts.order_of(order_id) as order:
        with pytest.raises(ZeroDivisionError), order.env.cr.savepoint():
            order.action_confirm()
            order.env.cr.flush()
            raise ZeroDivisionError
        order.client_order_ref = "still a cart"
    assert without_carts.told() == []


@pytest.mark.parametrize("event", TYPES)
def test_one_webhook_alone_hears_of_its_part_of_a_checkout(web_shop, event):
    """What is looked at is up to who asks: none of the types needs another one."""
    web_shop.webhook(event)
    paid, cancelled, deleted = (web_shop.cart() for _ in range(3))
    for order_id in (paid, cancelled, deleted):
        web_shop.edit(order_id)
    assert web_shop.told() == []
    web_shop.confirm(paid)
    heard = web_shop.told()
    assert heard == [event] * (event in ("order.created", "order.confirmed"))
    with web_shop.order_of(cancelled) as order:
        order._action_cancel()
    assert web_shop.told() == [event] * (event in ("order.created", "order.cancelled"))
    with web_shop.order_of(deleted) as order:
        order.unlink()
    assert web_shop.told() == []


def test_a_web_order_that_is_made_a_cart_again_is_gone_until_its_checkout(
    without_carts,
):
    order_id = without_carts.cart()
    without_carts.confirm(order_id)
    with without_carts.order_of(order_id) as order:
        order._action_cancel()
    without_carts.told()
    with without_carts.order_of(order_id) as order:
        order.action_draft()
    [(event, _name, data)] = without_carts.events()
    # as it was when it was last an order
    assert (event, data["order"]["state"]) == ("order.deleted", "cancel")
    without_carts.edit(order_id)
    assert without_carts.told() == []
    without_carts.confirm(order_id)
    assert sorted(without_carts.told()) == ["order.confirmed", "order.created"]


def test_numbers_rise_from_the_cart_to_the_order(with_carts):
    order_id = with_carts.cart()
    with_carts.webhook("order.created")
    with_carts.edit(order_id)
    assert with_carts.numbers() == [("order.updated", 2)]
    with_carts.confirm(order_id)
    assert {number for _event, number in with_carts.numbers()} == {3}


def test_a_webhook_that_asks_for_carts_is_told_of_them_as_of_orders(with_carts):
    with with_carts.transaction() as env:
        order_id = new_cart(env).id
    assert with_carts.told() == ["order.created"]
    with_carts.edit(order_id)
    [(event, _name, data)] = with_carts.events()
    assert (event, data["previous"]) == ("order.updated", {"customer_reference": None})
    with_carts.confirm(order_id)
    assert sorted(with_carts.told()) == ["order.confirmed", "order.updated"]
    left = with_carts.cart()
    with with_carts.order_of(left) as order:
        order.unlink()
    assert with_carts.told() == ["order.deleted"]


@pytest.mark.parametrize("event", ["order.created", "order.updated"])
def test_webhooks_with_and_without_carts_hear_each_its_own(web_shop, event):
    with_carts = web_shop.webhook(event, include_carts=True)
    without = web_shop.webhook("order.created")

    def told():
        with web_shop.transaction() as env:
            events = env["nshift.webhook.event"].search([], order="id")
            found = [(each.webhook_id.id, each.event) for each in events]
            events.unlink()
            return found

    with web_shop.transaction() as env:
        order_id = new_cart(env).id
    created = [(with_carts, event)] * (event == "order.created")
    updated = [(with_carts, event)] * (event == "order.updated")
    assert told() == created
    web_shop.edit(order_id)
    assert told() == updated
    web_shop.confirm(order_id)
    assert sorted(told()) == sorted([*updated, (without, "order.created")])
    web_shop.edit(order_id, client_order_ref="again")
    assert told() == updated


def test_a_cart_of_another_channel_is_told_when_it_is_checked_out_there(web_shop):
    with web_shop.transaction() as env:
        channel = env["sale.channel"].create({"name": "Shop"}).id
    web_shop.webhook("order.created", sale_channel_ids=[(6, 0, [channel])])
    order_id = web_shop.cart()
    web_shop.edit(order_id, sale_channel_id=channel)
    assert web_shop.told() == []
    web_shop.confirm(order_id)
    assert web_shop.told() == ["order.created"]


def test_a_line_that_is_added_during_the_checkout_is_in_what_is_told(without_carts):
    """Neither is committed without having seen the other, also where they write no row
    in common.
    """
    order_id = without_carts.cart()
    with without_carts.order_of(order_id) as cart:
        # its picture of the database is from before the checkout
        assert cart.state == "draft"
        without_carts.confirm(order_id)
        cart.env["sale.order.line"].create(
            {"order_id": cart.id, "display_type": "line_note", "name": "Engrave it"}
        )
        with pytest.raises(SerializationFailure):
            cart.env.cr.flush()
        cart.env.cr.rollback()
    assert sorted(without_carts.told()) == ["order.confirmed", "order.created"]


def test_a_cart_that_cannot_be_built_disturbs_nobody(
    without_carts, registry_with_more, monkeypatch
):
    model = registry_with_more["sale.order"]

    def broken(self):
        raise KeyError

    with monkeypatch.context() as patch:
        patch.setattr(model, "_nshift_webhook_payload", broken)
        order_id = without_carts.cart()
        without_carts.edit(order_id)
    assert without_carts.told() == []
    without_carts.confirm(order_id)
    assert sorted(without_carts.told()) == ["order.confirmed", "order.created"]


def test_the_form_asks_for_carts_only_of_webhooks_for_orders(web_shop):
    ids = [web_shop.webhook(event) for event in ("order.updated", "shipment.done")]
    with web_shop.transaction() as env:
        assert env["nshift.webhook"].browse(ids).mapped("has_carts") == [True, False]


def test_where_there_is_no_web_shop_nothing_is_looked_at(told_all):
    """As before: a webhook for new orders alone needs not know what orders were."""
    with told_all.transaction() as env:
        assert not env["sale.order"]._nshift_webhook_appears_late
        assert "website_id" not in env["sale.order"]._nshift_webhook_columns.split()
        webhook = env["nshift.webhook"].search(
            [("type_ids.code", "=", "order.created")]
        )
        assert not webhook.has_carts
