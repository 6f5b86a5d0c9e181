"""Promise 3, net effect: one transaction, one order, one webhook: at most one event,
with the state that was committed.
"""

import json

import pytest
from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from .conftest import new_order
from .told import payment_term
from .undo import Undo


def test_created_and_then_written_is_one_creation(told_all):
    with told_all.transaction() as env:
        order = new_order(env)
        order.client_order_ref = "first"
        env.flush_all()
        order.client_order_ref = "second"
    [(event, _name, data)] = told_all.events()
    assert event == "order.created"
    assert data["order"]["customer_reference"] == "second"


def test_created_and_deleted_is_nothing(told_all):
    with told_all.transaction() as env:
        order = new_order(env)
        env.cr.flush()
        order.unlink()
    assert told_all.told() == []


def test_no_event_is_sought_for_what_came_and_went(told_all, registry, monkeypatch):
    """Other addons look for theirs in what is known of a record."""
    sought = []
    monkeypatch.setattr(
        registry["sale.order"],
        "_nshift_webhook_happened",
        lambda self, change: sought.append(change) or [],
    )
    with told_all.transaction() as env:
        order = new_order(env)
        env.cr.flush()
        assert len(sought) == 1
        order.unlink()
    assert len(sought) == 1


def test_written_twice_is_one_update(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "first"
        env.cr.flush()
        order.order_line.product_uom_qty = 7
    [(event, _name, data)] = told_all.events()
    assert event == "order.updated"
    assert data["order"]["customer_reference"] == "first"
    assert data["order"]["lines"][0]["quantity"] == "7.00"


def test_written_and_deleted_is_one_deletion_of_what_was_there(told_all):
    order_id = told_all.order(client_order_ref="as it was")
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "never committed"
        order.order_line.unlink()
        order.unlink()
    [(event, _name, data)] = told_all.events()
    assert event == "order.deleted"
    assert data["order"]["customer_reference"] == "as it was"
    assert len(data["order"]["lines"]) == 1


def test_written_and_written_back_is_nothing(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "for a moment"
        env.cr.flush()
        order.client_order_ref = False
    assert told_all.told() == []


def test_what_no_payload_shows_is_nothing(told_all, subtests):
    order_id = told_all.order()
    told_all.events()
    for what, act in {
        "same value": lambda order: order.write(
            {"client_order_ref": order.client_order_ref}
        ),
        "chatter": lambda order: order.message_post(body="A note"),
        "activity": lambda order: order.activity_schedule(
            "mail.mail_activity_data_todo"
        ),
        "access token": lambda order: order._portal_ensure_token(),
        "follower": lambda order: order.message_subscribe(order.user_id.partner_id.ids),
    }.items():
        with subtests.test(what):
            with told_all.transaction() as env:
                act(env["sale.order"].browse(order_id))
            assert told_all.told() == []


@pytest.mark.parametrize(
    ("act", "read", "expected"),
    [
        (
            lambda order: order.order_line.write({"product_uom_qty": 9}),
            lambda data: (
                data["amount_untaxed"] != "0.00" and data["lines"][0]["quantity"]
            ),
            "9.00",
        ),
        (
            lambda order: order.order_line.copy({"order_id": order.id}),
            lambda data: len(data["lines"]),
            2,
        ),
        (lambda order: order.order_line.unlink(), lambda data: data["lines"], []),
        (
            lambda order: order.order_line.write({"tax_ids": [(5,)]}),
            lambda data: data["lines"][0]["taxes"],
            [],
        ),
    ],
    ids=["line changed", "line added", "line removed", "line's taxes"],
)
def test_a_change_to_a_line_is_an_update_of_its_order(told_all, act, read, expected):
    with told_all.transaction() as env:
        tax = env["account.tax"].search([("type_tax_use", "=", "sale")], limit=1)
        order_id = new_order(env).id
        env["sale.order"].browse(order_id).order_line.tax_ids = tax
    told_all.events()
    with told_all.transaction() as env:
        act(env["sale.order"].browse(order_id))
    [(event, _name, data)] = told_all.events()
    assert event == "order.updated"
    assert read(data["order"]) == expected


def test_an_order_without_lines_is_a_creation(told_all):
    told_all.order(order_line=[])
    assert told_all.told() == ["order.created"]


def test_a_note_changes_no_amount_and_is_an_update(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        env["sale.order.line"].create(
            {"order_id": order_id, "display_type": "line_note", "name": "Fragile"}
        )
    [(event, _name, data)] = told_all.events()
    assert event == "order.updated"
    assert [line["description"] for line in data["order"]["lines"]][1:] == ["Fragile"]


def test_a_link_that_changes_no_amount_is_an_update(told_all):
    with told_all.transaction() as env:
        old, new = env["account.tax"].create(
            [{"name": name, "amount": 12, "type_tax_use": "sale"} for name in "AB"]
        )
        order = new_order(env)
        order.order_line.tax_ids = old
    told_all.events()
    with told_all.transaction() as env:
        env["sale.order"].browse(order.id).order_line.tax_ids = new.ids
    [(event, _name, data)] = told_all.events()
    assert event == "order.updated"
    assert [tax["name"] for tax in data["order"]["lines"][0]["taxes"]] == ["B"]


def test_a_line_that_moves_is_an_update_of_both_orders(told_all):
    one, two = told_all.order(), told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        env["sale.order"].browse(one).order_line.order_id = two
    events = told_all.events()
    assert {event for event, _name, _data in events} == {"order.updated"}
    assert {
        data["order"]["id"]: len(data["order"]["lines"])
        for _event, _name, data in events
    } == {one: 0, two: 2}


def test_computed_values_that_nobody_writes_count(told_all):
    order_id = told_all.order(quantity=2)
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()
    told_all.events()
    with told_all.transaction() as env:
        picking = env["sale.order"].browse(order_id).picking_ids
        picking.move_ids.quantity = 2
        picking.move_ids.picked = True
        picking.with_context(skip_sms=True).button_validate()
        assert picking.state == "done"
    [(event, _name, data)] = told_all.events()
    assert event == "order.updated"
    assert data["order"]["delivery_status"] == "full"
    assert data["order"]["lines"][0]["quantity_delivered"] == "2.00"


def test_what_a_savepoint_takes_back_is_not_told(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        with pytest.raises(Undo), env.cr.savepoint():
            order.client_order_ref = "taken back"
            env.cr.flush()
            raise Undo
    assert told_all.told() == []


def test_a_creation_that_fails_does_not_keep_others_from_being_told(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        with (
            pytest.raises(IntegrityError),
            env.cr.savepoint(),
            mute_logger("odoo.sql_db"),
        ):
            new_order(env, partner_id=False)
        env["sale.order"].browse(order_id).client_order_ref = "changed"
    assert told_all.told() == ["order.updated"]


def test_an_order_that_is_not_saved_is_nothing(told_all, caplog):
    """A form works with such ones."""
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        for draft in (order.new(origin=order), order.new({})):
            draft.write({"client_order_ref": "not saved"})
    assert told_all.told() == []
    assert not [record for record in caplog.records if record.exc_info]


def test_what_was_there_before_a_savepoint_is_told_once(told_all):
    with told_all.transaction() as env:
        order = new_order(env, client_order_ref="kept")
        with pytest.raises(Undo), env.cr.savepoint():
            order.client_order_ref = "taken back"
            env.flush_all()
            with env.cr.savepoint():
                order.client_order_ref = "taken back, too"
            raise Undo
    [(event, _name, data)] = told_all.events()
    assert event == "order.created"
    assert data["order"]["customer_reference"] == "kept"


def test_changes_around_and_in_savepoints_are_one_event(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "before"
        with env.cr.savepoint():
            order.client_order_ref = "within"
            with pytest.raises(Undo), env.cr.savepoint():
                order.client_order_ref = "taken back"
                env.cr.flush()
                raise Undo
        order.origin = "after"
    [(event, _name, data)] = told_all.events()
    assert event == "order.updated"
    assert data["order"]["customer_reference"] == "within"
    assert data["order"]["origin"] == "after"


def test_a_deletion_that_a_savepoint_takes_back_is_not_told(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        with pytest.raises(Undo), env.cr.savepoint():
            env["sale.order"].browse(order_id).unlink()
            env.cr.flush()
            raise Undo
    assert told_all.told() == []


def test_what_is_done_right_before_the_commit_is_told_too(told_all):
    """Other addons have their own things to do then, after ours."""
    one, two = told_all.order(), told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        orders = env["sale.order"]
        orders.browse(one).client_order_ref = "changed"
        env.cr.precommit.add(orders.browse(two).unlink)
    assert told_all.told() == ["order.updated", "order.deleted"]


def test_a_commit_in_the_middle_makes_two_transactions(told_all):
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "first"
        env.cr.commit()
        order.client_order_ref = "second"
    assert [
        data["order"]["customer_reference"] for _event, _name, data in told_all.events()
    ] == ["first", "second"]


def test_an_update_says_what_was_before(told_all):
    order_id = told_all.order(client_order_ref="old", origin="same")
    told_all.events()
    with told_all.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "for a moment"
        env.cr.flush()
        order.client_order_ref = "new"
        order.order_line.product_uom_qty = 3
        line = order.order_line.copy({"order_id": order_id})
    [(_event, _name, data)] = told_all.events()
    [before, _added] = data["order"]["lines"]
    amounts = {"amount_untaxed", "amount_tax", "amount_total"}
    assert data["previous"].keys() - amounts == {"customer_reference", "lines"}
    assert data["previous"]["customer_reference"] == "old"
    assert data["previous"]["amount_untaxed"] == "10.00"
    assert data["previous"]["lines"].keys() == {str(before["id"]), str(line.id)}
    assert data["previous"]["lines"][str(line.id)] is None
    changed = data["previous"]["lines"][str(before["id"])]
    assert changed["quantity"] == "1.00"
    assert changed.keys() <= {"quantity", "subtotal", "tax", "total"}


def assign(order):
    """Change an order as a computation does, which calls no ``write``."""
    field = order._fields["client_order_ref"]
    with order.env.protecting([field], order):
        order.client_order_ref = "new"


def assign_and_flush(order):
    assign(order)
    order.flush_recordset(["client_order_ref"])


def assign_and_write(order):
    assign(order)
    order.origin = "new"


def have_it_computed_and_write(order):
    order.env.add_to_compute(order._fields["payment_term_id"], order)
    order.origin = "new"


@pytest.mark.parametrize(
    ("act", "changed"),
    [
        (assign_and_flush, {"customer_reference": "old"}),
        (assign_and_write, {"customer_reference": "old", "origin": None}),
        (have_it_computed_and_write, {"payment_term": "In a week", "origin": None}),
    ],
    ids=["being flushed", "assigned", "to be computed"],
)
def test_what_is_not_written_yet_was_not_there_before(told_all, act, changed):
    with told_all.transaction() as env:
        term_id = payment_term(env).id
    order_id = told_all.order(client_order_ref="old", payment_term_id=term_id)
    told_all.events()
    with told_all.transaction() as env:
        act(env["sale.order"].browse(order_id))
    [(_event, _name, data)] = told_all.events()
    assert data["previous"] == changed


def test_only_an_update_says_what_was_before(told_all):
    order_id = told_all.order()
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    assert [
        (event, "previous" in data) for event, _name, data in told_all.events()
    ] == [("order.created", False), ("order.deleted", False)]


def test_the_sequence_tells_older_from_newer(told_all):
    order_id = told_all.order()
    for reference in "abc":
        with told_all.transaction() as env:
            env["sale.order"].browse(order_id).client_order_ref = reference
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    sequences = [data["sequence"] for _event, _name, data in told_all.events()]
    assert sequences == [1, 2, 3, 4, 5]


def test_the_sequence_counts_only_what_is_told(shop):
    shop.webhook("order.deleted")
    order_id = shop.order()
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "changed"
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).unlink()
    [(_event, _name, data)] = shop.events()
    assert data["sequence"] == 2


def test_a_copy_has_a_sequence_of_its_own(told_all):
    order_id = told_all.order()
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "changed"
    told_all.events()
    with told_all.transaction() as env:
        copy_id = env["sale.order"].browse(order_id).copy().id
    with told_all.transaction() as env:
        env["sale.order"].browse(copy_id).client_order_ref = "changed"
    sequences = [data["sequence"] for _event, _name, data in told_all.events()]
    assert sequences == [1, 2]


def test_webhooks_agree_on_the_sequence(told_all):
    told_all.webhook("order.confirmed")
    order_id = told_all.order()
    told_all.events()
    with told_all.transaction() as env:
        env["sale.order"].browse(order_id).action_confirm()
    assert {
        event: data["sequence"]
        for event, _name, data in told_all.events()
        if event != "shipment.created"
    } == {"order.updated": 2, "order.confirmed": 2}


def test_of_two_who_change_an_order_at_once_the_second_tells_both(told_all):
    """Nobody may be told a state without a change that has been committed before."""
    from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

    with told_all.transaction() as env:
        order = new_order(env)
        lines = order.order_line | order.order_line.copy({"order_id": order.id})
        order_id, line_ids = order.id, lines.ids
    told_all.events()

    def describe(env, number):
        env["sale.order.line"].browse(line_ids[number]).name = f"Line {number}"

    with pytest.raises(PG_CONCURRENCY_EXCEPTIONS_TO_RETRY), told_all.transaction() as b:
        # its snapshot of the database is taken here
        assert b["sale.order"].browse(order_id).exists()
        with told_all.transaction() as a:
            describe(a, 0)
        describe(b, 1)
    # as Odoo does
    with told_all.transaction() as b:
        describe(b, 1)
    events = told_all.events()
    assert [event for event, _name, _data in events] == ["order.updated"] * 2
    assert [
        [line["description"] for line in data["order"]["lines"]][: number + 1]
        for number, (_event, _name, data) in enumerate(events)
    ] == [["Line 0"], ["Line 0", "Line 1"]]


def test_each_webhook_has_an_event_of_its_own(shop):
    shop.webhook("order.created", name="one")
    shop.webhook("order.created", name="two")
    shop.order()
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([])
        assert sorted(events.webhook_id.mapped("name")) == ["one", "two"]
        assert len(set(events.mapped("message_id"))) == 2
        for event in events:
            assert json.loads(event.payload)["id"] == event.message_id


def test_a_transaction_has_one_job_for_each_webhook(told_all):
    with told_all.transaction() as env:
        for number in range(3):
            with env.cr.savepoint():
                new_order(env, client_order_ref=str(number))
    with told_all.transaction() as env:
        assert env["queue.job"].search_count([("state", "=", "pending")]) == 1
        assert env["queue.job"].search([]).channel == "root.nshift_webhooks"


def test_a_job_that_a_savepoint_takes_back_is_queued_again(told_all):
    with told_all.transaction() as env:
        with pytest.raises(Undo), env.cr.savepoint():
            new_order(env)
            env.cr.flush()
            assert env["queue.job"].search_count([]) == 1
            raise Undo
        new_order(env)
    with told_all.transaction() as env:
        assert env["queue.job"].search([]).state == "pending"
