"""Invoices and deliveries change orders that nobody writes."""

import pytest

from .told import Told, ship


@pytest.fixture
def told(shop):
    return Told(shop)


# Invoices


def invoice(env, order_id, **values):
    """Invoice an order as the wizard does; returns the invoice."""
    wizard = env["sale.advance.payment.inv"].with_context(
        active_model="sale.order", active_ids=[order_id]
    )
    wizard.create(values).create_invoices()
    return env["sale.order"].browse(order_id).invoice_ids.sorted("id")[-1]


def test_an_invoice_is_one_update_and_its_posting_and_payment_are_nothing(told):
    order_id = told.confirmed(quantity=2)
    with told.transaction() as env:
        invoice_id = invoice(env, order_id).id
    order = told.updated(order_id)
    assert order["invoice_status"] == "invoiced"
    assert order["lines"][0]["quantity_invoiced"] == "2.00"
    with told.transaction() as env:
        env["account.move"].browse(invoice_id).action_post()
    told.nothing()
    with told.transaction() as env:
        env["account.payment.register"].with_context(
            active_model="account.move", active_ids=[invoice_id]
        ).create({})._create_payments()
        assert env["account.move"].browse(invoice_id).payment_state != "not_paid"
    told.nothing()


def test_one_wizard_for_several_orders_is_one_update_of_each(told):
    one, two, untouched = told.confirmed(), told.confirmed(), told.confirmed()
    with told.transaction() as env:
        env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=[one, two]
        ).create({"consolidated_billing": True}).create_invoices()
        orders = env["sale.order"].browse([one, two])
        assert len(orders.invoice_ids) == 1
        assert not env["sale.order"].browse(untouched).invoice_ids
    told.exactly(("order.updated", one), ("order.updated", two))


def test_a_down_payment_is_one_update(told):
    order_id = told.confirmed(quantity=10)
    with told.transaction() as env:
        invoice(env, order_id, advance_payment_method="percentage", amount=50)
    order = told.updated(order_id)
    assert [line["kind"] for line in order["lines"]] == [
        "goods",
        "section",
        "down_payment",
    ]


@pytest.mark.parametrize("undo", ["button_cancel", "unlink"])
def test_an_invoice_taken_back_is_one_update(told, undo):
    order_id = told.confirmed(quantity=2)
    with told.transaction() as env:
        invoice_id = invoice(env, order_id).id
    told.events()
    with told.transaction() as env:
        getattr(env["account.move"].browse(invoice_id), undo)()
    order = told.updated(order_id)
    assert order["invoice_status"] == "to invoice"
    assert order["lines"][0]["quantity_invoiced"] == "0.00"


def test_a_quantity_changed_on_an_invoice_is_one_update(told):
    order_id = told.confirmed(quantity=2)
    with told.transaction() as env:
        invoice_id = invoice(env, order_id).id
    told.events()
    with told.transaction() as env:
        lines = env["account.move"].browse(invoice_id).invoice_line_ids
        lines.filtered("sale_line_ids").quantity = 1
    order = told.updated(order_id)
    assert order["invoice_status"] == "to invoice"
    assert order["lines"][0]["quantity_invoiced"] == "1.00"


def test_a_credit_note_is_one_update(told):
    order_id = told.confirmed(quantity=2)
    with told.transaction() as env:
        move = invoice(env, order_id)
        move.action_post()
        move_id = move.id
    told.events()
    with told.transaction() as env:
        wizard = env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=[move_id]
        )
        journal = env["account.move"].browse(move_id).journal_id
        wizard.create({"journal_id": journal.id}).refund_moves()
    order = told.updated(order_id)
    assert order["invoice_status"] == "to invoice"
    assert order["lines"][0]["quantity_invoiced"] == "0.00"


# The warehouse


def test_a_backorder_is_a_shipment_and_an_update(told):
    order_id = told.confirmed(quantity=5)
    with told.transaction() as env:
        ship(env["sale.order"].browse(order_id).picking_ids, 2)
    first, backorder = told.shipments(order_id)
    events = told.exactly(("order.updated", order_id), ("shipment.created", backorder))
    order = events["order.updated", order_id]
    assert order["delivery_status"] == "partial"
    assert order["lines"][0]["quantity_delivered"] == "2.00"
    shipment = events["shipment.created", backorder]
    assert [line["quantity"] for line in shipment["lines"]] == ["3.00"]
    assert shipment["backorder_of"]
    assert first != backorder


def test_one_validation_of_several_deliveries_is_an_update_of_each_order(told):
    one, two = told.confirmed(), told.confirmed()
    with told.transaction() as env:
        pickings = env["sale.order"].browse([one, two]).picking_ids
        pickings.move_ids.write({"quantity": 1, "picked": True})
        pickings.with_context(skip_sms=True).button_validate()
    orders = told.exactly(("order.updated", one), ("order.updated", two))
    assert {order["delivery_status"] for order in orders.values()} == {"full"}


def test_a_return_is_no_shipment_and_when_it_is_done_one_update(told):
    order_id = told.delivered(quantity=2)
    with told.transaction() as env:
        picking = env["sale.order"].browse(order_id).picking_ids
        wizard = env["stock.return.picking"].with_context(
            active_model="stock.picking", active_id=picking.id
        )
        wizard = wizard.create({})
        wizard.product_return_moves.quantity = 2
        return_id = wizard.action_create_returns()["res_id"]
    told_then = told.events()
    assert "shipment.created" not in {event for event, _name, _data in told_then}
    with told.transaction() as env:
        ship(env["stock.picking"].browse(return_id), 2)
    [line] = told.updated(order_id)["lines"]
    assert line["quantity_delivered"] == "0.00"


def test_more_of_a_confirmed_order_is_no_new_shipment_until_one_is_needed(told):
    order_id = told.confirmed(quantity=1)
    with told.transaction() as env:
        env["sale.order"].browse(order_id).order_line.product_uom_qty = 3
    told.updated(order_id)
    with told.transaction() as env:
        ship(env["sale.order"].browse(order_id).picking_ids, 3)
    told.updated(order_id)
    with told.transaction() as env:
        env["sale.order"].browse(order_id).order_line.product_uom_qty = 4
    _first, second = told.shipments(order_id)
    events = told.exactly(("order.updated", order_id), ("shipment.created", second))
    shipment = events["shipment.created", second]
    assert [line["quantity"] for line in shipment["lines"]] == ["1.00"]


def test_the_scheduler_of_the_warehouse_is_nothing_where_it_changes_nothing(told):
    told.confirmed()
    with told.transaction() as env:
        env["stock.rule"].run_scheduler()
    told.nothing()
