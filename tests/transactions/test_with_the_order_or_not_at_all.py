"""Promise 1: an event is committed in the transaction of the change."""

import pytest

from .conftest import new_order


def test_a_rolled_back_change_leaves_no_event(told_all):
    with pytest.raises(ZeroDivisionError), told_all.transaction() as env:
        new_order(env)
        env.cr.flush()
        raise ZeroDivisionError
    assert told_all.told() == []


def test_a_transaction_that_is_run_again_starts_anew(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "first run"
        env.cr.flush()
        env.cr.rollback()
        order.client_order_ref = "second run"
    [(event, _name, data)] = told_all.events()
    assert event == "order.updated"
    assert data["order"]["customer_reference"] == "second run"


def test_event_and_job_become_visible_with_the_order(told_all):
    with told_all.transaction() as env:
        order = new_order(env)
        env.cr.flush()
        with told_all.transaction() as other:
            assert not other["sale.order"].browse(order.id).exists()
            assert not other["nshift.webhook.event"].search([])
            assert not other["queue.job"].search([])
    with told_all.transaction() as env:
        assert env["nshift.webhook.event"].search([]).res_id == order.id
        assert env["queue.job"].search([]).state == "pending"


def test_a_webhook_that_is_deleted_meanwhile_does_not_break_the_order(shop, registry):
    from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

    webhook_id = shop.webhook("order.created")

    def save_while_the_webhook_is_deleted(interfere):
        with shop.transaction() as env:
            order = new_order(env)
            if interfere:
                with shop.transaction() as other:
                    other["nshift.webhook"].browse(webhook_id).unlink()
            return order.id

    # Odoo runs a transaction again that has met another one
    try:
        order_id = save_while_the_webhook_is_deleted(interfere=True)
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        order_id = save_while_the_webhook_is_deleted(interfere=False)
    with shop.transaction() as env:
        assert env["sale.order"].browse(order_id).exists()
        assert not env["nshift.webhook.event"].search([])
