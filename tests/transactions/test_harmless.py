"""Promise 5: a bug in a webhook never breaks a sale."""

import logging

import pytest


@pytest.fixture
def broken_payload(registry, monkeypatch):
    """A payload that another addon breaks, first in Python and then in SQL."""

    def break_it(fault):
        def payload(self):
            fault(self.env)
            raise AssertionError("the fault did not happen")

        monkeypatch.setattr(registry["sale.order"], "_nshift_webhook_payload", payload)

    return break_it


def wrong_key(_env):
    return {}["missing"]


def wrong_query(env):
    env.cr.execute("SELECT no_such_column FROM sale_order")


@pytest.mark.parametrize("fault", [wrong_key, wrong_query])
def test_the_order_is_saved_and_the_failure_is_an_event(
    told_all, broken_payload, fault, caplog
):
    broken_payload(fault)
    with caplog.at_level(logging.ERROR, "odoo.addons.nshift_webhooks"):
        order_id = told_all.order(client_order_ref="saved")
    with told_all.transaction() as env:
        assert env["sale.order"].browse(order_id).client_order_ref == "saved"
        event = env["nshift.webhook.event"].search([])
        assert (event.event, event.state, event.failure) == (
            "order.created",
            "failed",
            "payload",
        )
        assert event.res_id == order_id
        assert event.error
        assert event.advice
        assert not env["queue.job"].search([])
    tracebacks = [
        record
        for record in caplog.records
        if record.name.startswith("odoo.addons.nshift_webhooks") and record.exc_info
    ]
    assert len(tracebacks) == 1


@pytest.mark.parametrize("fault", [wrong_key, wrong_query])
def test_an_order_can_be_changed_and_deleted_all_the_same(
    told_all, broken_payload, fault
):
    order_id = told_all.order()
    told_all.events()
    broken_payload(fault)
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "changed"
    assert told_all.events() == [("order.updated", name_of(told_all, order_id), None)]
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    assert told_all.told() == ["order.deleted"]


def test_only_the_broken_order_is_not_told(told_all, registry, monkeypatch):
    sound = registry["sale.order"]._nshift_webhook_payload

    def payload(self):
        if self.client_order_ref == "broken":
            self.env.cr.execute("SELECT 1 / 0")
        return sound(self)

    monkeypatch.setattr(registry["sale.order"], "_nshift_webhook_payload", payload)
    with told_all.transaction() as env:
        from .conftest import new_order

        for reference in ("sound", "broken", "sound"):
            new_order(env, client_order_ref=reference)
    payloads = [data for _event, _name, data in told_all.events()]
    assert [data is None for data in payloads] == [False, True, False]


def test_a_bug_in_the_look_at_the_webhooks_is_only_logged(
    told_all, registry, monkeypatch, caplog
):
    monkeypatch.setattr(registry["nshift.webhook"], "_subscriptions", wrong_key)
    order_id = told_all.order(client_order_ref="saved")
    with told_all.transaction() as env:
        assert env["sale.order"].browse(order_id).client_order_ref == "saved"
    assert any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("method", ["_replace_events", "_found"])
@pytest.mark.parametrize("fault", [wrong_key, wrong_query])
def test_a_bug_in_the_outbox_itself_is_only_logged(
    told_all, registry, monkeypatch, method, fault, caplog
):
    outbox = registry["nshift.webhook.outbox"]
    monkeypatch.setattr(outbox, method, lambda self, *args: fault(self.env))
    order_id = told_all.order(client_order_ref="saved")
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        assert order.client_order_ref == "saved"
        order.order_line.product_uom_qty = 3
    with told_all.transaction() as env:
        assert env["sale.order"].browse(order_id).order_line.product_uom_qty == 3
    assert any(record.exc_info for record in caplog.records)


def name_of(shop, order_id):
    with shop.transaction() as env:
        return env["sale.order"].browse(order_id).name
