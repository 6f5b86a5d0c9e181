"""A night of Odoo's own work over open orders is no news to anybody."""

import itertools

import pytest

from .conftest import Shop
from .goods import deliver, new_product, new_sale, return_wizard

ORDERS = 100
EVENTS = tuple(
    f"{subject}.{kind}"
    for subject, kinds in (
        ("order", ("created", "updated", "deleted", "confirmed", "cancelled")),
        ("shipment", ("created", "updated", "done", "cancelled")),
        ("return", ("created", "updated", "done", "cancelled")),
    )
    for kind in kinds
)
#: What asks somebody's server.
NETWORK = ("publisher_warranty.contract", "fetchmail.server")


@pytest.fixture
def shop(shop):
    shop.webhook_for_each(EVENTS)
    return shop


def open_orders(shop: Shop):
    """Make orders of each kind that stays open over night."""
    with shop.transaction() as env:
        plenty, scarce = new_product(env, stock=10 * ORDERS), new_product(env, stock=3)
        ways = itertools.cycle(range(5))
        for way, _number in zip(ways, range(ORDERS), strict=False):
            order = new_sale(env, scarce if way == 1 else plenty, quantity=2)
            if way == 0:
                # a quotation that was sent, and has expired
                order.write({"state": "sent", "validity_date": "2020-01-01"})
            else:
                order.action_confirm()
            if way == 2:
                order.picking_ids.scheduled_date = "2020-01-01"
                order.picking_ids.date_deadline = "2020-01-01"
            if way in (3, 4):
                deliver(order.picking_ids)
            if way == 4:
                return_wizard(order.picking_ids).action_create_returns()
    assert shop.events()


def test_a_night_tells_nothing(shop):
    open_orders(shop)
    with shop.transaction() as env:
        crons = (
            env["ir.cron"]
            .search([])
            .filtered(lambda cron: cron.model_id.model not in NETWORK)
        )
        names = {cron.id: cron.name for cron in crons}
    assert len(names) > 10
    for cron_id in names:
        with shop.transaction() as env:
            env["ir.cron"].browse(cron_id).method_direct_trigger()
        told = [(event, name) for event, name, _data in shop.events()]
        assert told == [], names[cron_id]


def test_the_scheduler_and_a_look_at_reservations_tell_nothing(shop):
    open_orders(shop)
    with shop.transaction() as env:
        env["stock.rule"].run_scheduler()
    with shop.transaction() as env:
        states = ("confirmed", "partially_available", "assigned")
        env["stock.picking"].search([("state", "in", states)]).action_assign()
    assert shop.events() == []


def test_looking_at_orders_and_shipments_tells_nothing(shop):
    open_orders(shop)
    with shop.transaction() as env:
        for name in ("sale.order", "sale.order.line", "stock.picking", "stock.move"):
            records = env[name].search([])
            records.read()
            records.invalidate_recordset()
            records.modified(["create_date"])
            env.flush_all()
    assert shop.events() == []
