"""Promise 5, the user never waits: what capture asks the database, in queries.

What it costs in time is measured by `make bench`.
"""

import pytest

from dev.bench import hooks

from .conftest import new_order


@pytest.fixture
def statements(shop, registry):
    """Count what an action needs, in a committed transaction, with and without capture.

    Both are warm: caches of the registry have been filled before.
    """
    addon = hooks.find(registry)

    def count(act):
        with shop.transaction() as env:
            before = env.cr.sql_log_count
            act(env)
            env.cr.flush()
            return env.cr.sql_log_count - before

    def both(prepare, act):
        """:param prepare: makes in a transaction of its own what ``act`` is given"""

        def once():
            with shop.transaction() as env:
                ids = prepare(env).ids
            return count(lambda env: act(env["sale.order"].browse(ids)))

        with hooks.removed(addon):
            once()
            without = once()
        once()
        return once(), without

    return both


def nothing(env):
    return env["sale.order"]


def quotation(env):
    return new_order(env)


def write(orders):
    orders.client_order_ref = "x"
    orders.order_line.product_uom_qty = 3


def confirm(orders):
    orders.action_confirm()


def unlink(orders):
    orders.unlink()


def import_orders(number):
    """Return what makes several orders at once."""

    def act(orders):
        partner = orders.env.ref("base.res_partner_2").id
        line = new_order(orders.env).order_line
        vals = {"product_id": line.product_id.id, "product_uom_qty": 1}
        orders.create([{"partner_id": partner, "order_line": [(0, 0, vals)]}] * number)

    return act


ACTS = pytest.mark.parametrize(
    ("prepare", "act"),
    [
        (nothing, import_orders(2)),
        (quotation, write),
        (quotation, confirm),
        (quotation, unlink),
    ],
    ids=["create", "write", "confirm", "unlink"],
)


@ACTS
def test_without_a_webhook_capture_asks_nothing(statements, prepare, act):
    captured, plain = statements(prepare, act)
    assert captured == plain


@ACTS
def test_with_an_archived_webhook_capture_asks_nothing(shop, statements, prepare, act):
    shop.webhook("order.updated", active=False)
    captured, plain = statements(prepare, act)
    assert captured == plain


@pytest.mark.parametrize("act", [write, confirm, unlink])
def test_a_webhook_for_new_orders_asks_nothing_of_those_there_are(
    shop, statements, act
):
    shop.webhook("order.created")
    captured, plain = statements(quotation, act)
    assert captured == plain


@pytest.mark.parametrize("event", ["order.created", "order.updated"])
def test_many_new_orders_need_no_more_queries_than_few(shop, statements, event):
    shop.webhook(event)
    extra = []
    for number in (5, 50):
        captured, plain = statements(nothing, import_orders(number))
        extra.append(captured - plain)
    few, many = extra
    assert many == few
    assert few <= 20


def refer_together(orders):
    orders.client_order_ref = "x"


def refer_one_by_one(orders):
    """As scheduled actions, imports and other addons do."""
    for place, order in enumerate(orders):
        order.client_order_ref = f"x{place}"


@pytest.mark.parametrize("change", [refer_together, refer_one_by_one])
def test_many_changed_orders_need_no_more_queries_than_few(shop, statements, change):
    shop.webhook("order.updated")
    extra = []
    for number in (5, 50):

        def quotations(env, number=number):
            return env["sale.order"].union(*(new_order(env) for _ in range(number)))

        captured, plain = statements(quotations, change)
        extra.append(captured - plain)
    few, many = extra
    assert many == few
    assert few <= 30


def test_lines_of_a_large_order_need_no_more_queries_than_few(shop, statements):
    shop.webhook("order.updated")
    extra = []
    for number in (2, 60):

        def quotation_of_many(env, number=number):
            order = new_order(env)
            line = {"product_id": order.order_line.product_id.id}
            order.order_line = [(0, 0, line) for _ in range(number)]
            return order

        captured, plain = statements(quotation_of_many, refer_together)
        extra.append(captured - plain)
    few, many = extra
    assert many == few


def test_an_orders_contacts_are_read_at_once(shop, statements):
    shop.webhook("order.updated")
    extra = []
    for addresses in ((), ("partner_invoice_id", "partner_shipping_id")):

        def quotation_to(env, addresses=addresses):
            partners = env["res.partner"].create([{"name": name} for name in addresses])
            return new_order(env, **dict(zip(addresses, partners.ids, strict=True)))

        captured, plain = statements(quotation_to, refer_together)
        extra.append(captured - plain)
    few, many = extra
    assert many == few


def test_many_new_orders_are_not_looked_at_for_a_webhook_of_changes(shop, statements):
    shop.webhook("order.deleted")
    captured, plain = statements(nothing, import_orders(5))
    # when the transaction began
    assert captured - plain <= 1
