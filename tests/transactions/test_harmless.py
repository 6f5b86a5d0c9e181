"""Promise 5: a bug in a webhook never breaks a sale."""

import json
import logging

import pytest
from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError

from .conftest import new_order
from .unbuilt import wrong_key, wrong_query

# the log tells of all that fails here
pytestmark = pytest.mark.usefixtures("caplog")


@pytest.fixture
def broken_payload(registry, monkeypatch):
    """A payload that another addon breaks, first in Python and then in SQL."""

    def break_it(fault):
        def payload(self):
            fault(self.env)
            raise AssertionError("the fault did not happen")

        monkeypatch.setattr(registry["sale.order"], "_nshift_webhook_payload", payload)

    return break_it


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
            "pending",
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


def test_the_log_has_the_traceback_once_however_often_it_is_tried(
    told_all, broken_payload, caplog
):
    broken_payload(wrong_key)
    with told_all.transaction() as env:
        order = new_order(env)
        env.cr.flush()
        order.client_order_ref = "changed"
    assert told_all.told() == ["order.created"]
    assert len([record for record in caplog.records if record.exc_info]) == 1


def test_what_others_do_right_before_the_commit_is_not_taken_back(
    told_all, registry, monkeypatch
):
    order_id = told_all.order()
    told_all.events()

    def payload(self):
        self.env.flush_all()
        raise ZeroDivisionError

    monkeypatch.setattr(registry["sale.order"], "_nshift_webhook_payload", payload)
    with told_all.transaction() as env:
        other = env["res.partner"].create({"name": "Neighbour"})
        env.cr.precommit.add(lambda: other.write({"ref": "kept"}))
        env["sale.order"].browse(order_id).client_order_ref = "changed"
    assert told_all.told() == ["order.updated"]
    with told_all.transaction() as env:
        assert env["res.partner"].browse(other.id).ref == "kept"


def test_only_the_broken_order_is_not_told(told_all, registry, monkeypatch):
    sound = registry["sale.order"]._nshift_webhook_payload

    def payload(self):
        if self.client_order_ref == "broken":
            self.env.cr.execute("SELECT 1 / 0")
        return sound(self)

    monkeypatch.setattr(registry["sale.order"], "_nshift_webhook_payload", payload)
    with told_all.transaction() as env:
        for reference in ("sound", "broken", "sound"):
            new_order(env, client_order_ref=reference)
    payloads = [data for _event, _name, data in told_all.events()]
    assert [data is None for data in payloads] == [False, True, False]


def test_a_bug_in_the_look_at_the_webhooks_is_only_logged(
    told_all, registry, monkeypatch, caplog
):
    monkeypatch.setattr(registry["nshift.webhook.interest"], "_now", wrong_key)
    order_id = told_all.order(client_order_ref="saved")
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        assert order.client_order_ref == "saved"
        order.client_order_ref = "saved again"
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        assert order.client_order_ref == "saved again"
        order.unlink()
    with told_all.transaction() as env:
        assert not env["sale.order"].browse(order_id).exists()
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


@pytest.mark.parametrize(
    "faults", [[SerializationFailure], [KeyError, SerializationFailure]]
)
def test_a_conflict_is_passed_on_at_once(told_all, registry, monkeypatch, faults):
    """Odoo runs the transaction again; also if the payload is broken otherwise."""
    left = faults.copy()

    def payload(self):
        raise left.pop(0)

    monkeypatch.setattr(registry["sale.order"], "_nshift_webhook_payload", payload)
    with pytest.raises(SerializationFailure), told_all.transaction() as env:
        new_order(env)
    assert left == []


def test_what_failed_is_built_and_sent_when_it_is_mended(
    told_all, registry, monkeypatch
):
    sound = registry["sale.order"]._nshift_webhook_payload
    with monkeypatch.context() as broken:
        broken.setattr(registry["sale.order"], "_nshift_webhook_payload", wrong_key)
        order_id = told_all.order(client_order_ref="first")
        with told_all.transaction() as env:
            event_id = env["nshift.webhook.event"].search([]).id
        with told_all.transaction() as env:
            event = env["nshift.webhook.event"].browse(event_id)
            with pytest.raises(UserError, match="still cannot be built: KeyError"):
                event.action_send_again()
    assert registry["sale.order"]._nshift_webhook_payload is sound
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "second"
    with told_all.transaction() as env:
        env["queue.job"].search([]).unlink()
        event = env["nshift.webhook.event"].browse(event_id)
        assert (event.state, event.failure) == ("pending", "payload")
        event.action_send_again()
    with told_all.transaction() as env:
        event = env["nshift.webhook.event"].browse(event_id)
        assert (event.state, event.failure, event.error) == ("pending", False, False)
        message = json.loads(event.payload)
        assert (message["id"], message["type"]) == (event.message_id, "order.created")
        assert message["data"]["order"]["customer_reference"] == "second"
        # what the receiver has got in the meantime is older
        update = env["nshift.webhook.event"].search([("id", "!=", event_id)])
        sequence = json.loads(update.payload)["data"]["sequence"]
        assert message["data"]["sequence"] > sequence
        assert env["queue.job"].search([]).state == "pending"


def test_an_update_that_is_built_later_does_not_know_what_was_before(
    told_all, registry, monkeypatch
):
    order_id = told_all.order()
    told_all.events()
    with monkeypatch.context() as broken, told_all.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "changed"
        broken.setattr(registry["sale.order"], "_nshift_webhook_payload", wrong_key)
        env.cr.flush()
    with told_all.transaction() as env:
        env["nshift.webhook.event"].search([]).action_send_again()
    [(_event, _name, data)] = told_all.events()
    assert data["order"]["customer_reference"] == "changed"
    assert data["previous"] is None


@pytest.mark.parametrize("hook", ["_nshift_webhook_happened", "_nshift_webhook_data"])
@pytest.mark.parametrize("fault", [wrong_key, wrong_query])
def test_an_event_of_another_addon_cannot_break_a_sale(
    told_all, registry, monkeypatch, hook, fault
):
    monkeypatch.setattr(
        registry["sale.order"], hook, lambda self, *args: fault(self.env)
    )
    with told_all.transaction() as env:
        ids = [new_order(env, client_order_ref="saved").id for _number in range(2)]
    with told_all.transaction() as env:
        orders = env["sale.order"].browse(ids)
        assert orders.mapped("client_order_ref") == ["saved", "saved"]
        events = env["nshift.webhook.event"].search([])
        assert set(events.mapped("event")) == {"order.created"}
        # without the data there is no message; what has happened, others know as well
        failure = "payload" if hook == "_nshift_webhook_data" else False
        assert set(events.mapped("failure")) == {failure}
        assert sorted(events.mapped("res_id")) == sorted(ids)


def name_of(shop, order_id):
    with shop.transaction() as env:
        return env["sale.order"].browse(order_id).name


@pytest.mark.parametrize("number", [2**31 - 1, -5, -(2**31)])
def test_number_that_cannot_rise(shop, number):
    """Whatever an order's number is in the database, its changes are told."""
    shop.webhook("order.updated")
    orders = [shop.order(), shop.order()]
    with shop.transaction() as env:
        env.cr.execute(
            "INSERT INTO nshift_webhook_sequence (res_model, res_id, number) "
            "VALUES ('sale.order', %s, %s)",
            (orders[0], number),
        )
    for text in ("one", "two"):
        with shop.transaction() as env:
            env["sale.order"].browse(orders).write({"client_order_ref": text})
        told = [(data["order"]["id"], data["sequence"]) for *_, data in shop.events()]
        assert {id_ for id_, _number in told} == set(orders)
        assert all(0 < sequence < 2**31 for _id, sequence in told)


def test_number_that_cannot_be_written(shop):
    """Where counting fails for one order, it has a failed event, and others theirs."""
    shop.webhook("order.updated")
    orders = [shop.order(), shop.order()]
    with shop.transaction() as env:
        env.cr.execute(
            f"""
            CREATE FUNCTION refuse_number() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF NEW.res_id = {orders[0]} THEN RAISE EXCEPTION 'no number'; END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER refuse_number BEFORE INSERT ON nshift_webhook_sequence
            FOR EACH ROW EXECUTE FUNCTION refuse_number();
            """
        )
    try:
        with shop.transaction() as env:
            env["sale.order"].browse(orders).write({"client_order_ref": "told"})
    finally:
        with shop.transaction() as env:
            env.cr.execute("DROP FUNCTION refuse_number() CASCADE")
    with shop.transaction() as env:
        found = env["nshift.webhook.event"].search([], order="res_id")
        assert found.mapped("res_id") == orders
        assert found.mapped("failure") == ["payload", False]
        assert "no number" in found[0].error
        assert env["sale.order"].browse(orders[0]).client_order_ref == "told"
        # when the fault is mended
        found[0].action_send_again()
        assert (found[0].state, found[0].failure) == ("pending", False)


@pytest.mark.parametrize("value", [float("nan"), object(), {1: {2}}])
def test_data_json_does_not_know(shop, registry, monkeypatch, value):
    """What another addon adds for one order, and JSON does not know, harms no other."""
    shop.webhook("order.updated")
    bad, good = shop.order(), shop.order()
    model = registry["sale.order"]
    real = model._nshift_webhook_payload

    def payload(self):
        extra = {"x": value} if self.id == bad else {}
        return real(self) | {"extra": extra | {"ref": self.client_order_ref}}

    with monkeypatch.context() as patch:
        patch.setattr(model, "_nshift_webhook_payload", payload)
        with shop.transaction() as env:
            env["sale.order"].browse([bad, good]).write({"client_order_ref": "told"})
    with shop.transaction() as env:
        found = env["nshift.webhook.event"].search([], order="res_id")
        assert found.mapped("res_id") == [bad, good]
        assert found.mapped("failure") == ["payload", False]


# another addon's, which is not declared
test_data_json_does_not_know.makes_other_messages = True
