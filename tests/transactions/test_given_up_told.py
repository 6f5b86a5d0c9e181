"""Somebody is told of messages that have failed for good: once, with their number."""

import threading
from unittest.mock import ANY

from dev.receiver import answer

from .hook import Hook


def give_up(hook, orders):
    """Have messages on new orders given up, and the scheduled action look."""
    hook.answers(*[answer(422)] * 3 * orders)
    for _order in range(orders):
        hook.shop.order()
    for _attempt in range(3):
        hook.deliver()
        hook.make_due()
    hook.help_out()


def todos(hook):
    """The summaries of the webhook's to-dos, each with its user's id."""
    with hook.shop.transaction() as env:
        found = env["nshift.webhook"].browse(hook.id).activity_ids
        return [(todo.user_id.id, todo.summary) for todo in found]


def responsible(hook):
    with hook.shop.transaction() as env:
        admin = env.ref("base.user_admin").id
    hook.write(user_id=admin, name="ERP")
    return admin


def test_one_todo_with_the_number(hook):
    admin = responsible(hook)
    hook.help_out()
    assert todos(hook) == []
    give_up(hook, 2)
    assert hook.states() == ["failed"] * 2
    assert todos(hook) == [(admin, "Messages given up: 2 (ERP)")]
    # nothing new is nothing to tell
    hook.help_out()
    assert todos(hook) == [(admin, "Messages given up: 2 (ERP)")]
    give_up(hook, 1)
    assert todos(hook) == [(admin, "Messages given up: 3 (ERP)")]
    with hook.shop.transaction() as env:
        todo = env["nshift.webhook"].browse(hook.id).activity_ids
        assert f'data-oe-id="{hook.id}"' in todo.note
        todo.action_feedback()
    hook.help_out()
    assert todos(hook) == []
    # what comes after it is done is another incident
    give_up(hook, 1)
    assert todos(hook) == [(admin, "Messages given up: 1 (ERP)")]


def test_not_closed_by_enabling(hook):
    """It is about messages that did not arrive, and not about the receiving system."""
    responsible(hook)
    give_up(hook, 1)
    with hook.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook.id)
        webhook._stop("gone")
    hook.help_out()
    assert len(todos(hook)) == 2
    with hook.shop.transaction() as env:
        # nothing waits, so nothing is asked
        env["nshift.webhook"].browse(hook.id).action_enable()
    assert todos(hook) == [(ANY, "Messages given up: 1 (ERP)")]


def test_counted_again_from_hour_to_hour(hook):
    """Figures of hours that have been looked at are neither told twice nor lost."""
    responsible(hook)
    give_up(hook, 1)
    with hook.shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_hour SET hour = hour - interval '5 hours' "
            "WHERE webhook_id = %(id)s;"
            "UPDATE nshift_webhook_health "
            "SET given_up_hour = given_up_hour - interval '5 hours' "
            "WHERE webhook_id = %(id)s",
            {"id": hook.id},
        )
    hook.help_out()
    hook.help_out()
    assert todos(hook) == [(ANY, "Messages given up: 1 (ERP)")]
    give_up(hook, 1)
    assert todos(hook) == [(ANY, "Messages given up: 2 (ERP)")]


def test_locked_webhook(hook):
    """One that somebody is busy with is told of later, and keeps nobody waiting."""
    second = Hook(hook.shop, hook.receiver, "order.created")
    responsible(hook)
    for each in (hook, second):
        each.answers(*[answer(422)] * 3)
    hook.shop.order()
    for _attempt in range(3):
        hook.deliver()
        hook.make_due()

    def look():
        with hook.shop.transaction() as env:
            env["nshift.webhook.delivery"]._tell_of_trouble()

    with hook.shop.transaction() as env:
        env.cr.execute(
            "SELECT FROM nshift_webhook_health WHERE webhook_id = %s FOR UPDATE",
            (hook.id,),
        )
        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        looking.join(60)
        assert not looking.is_alive()
    assert (len(todos(hook)), bool(todos(second))) == (0, True)
    look()
    assert len(todos(hook)) == 1


def test_one_failure_to_tell_keeps_nobody_waiting(hook, registry, monkeypatch, caplog):
    def broken(self, incident):
        self.env.cr.execute("SELECT no_such_column FROM nshift_webhook")

    tell = registry["nshift.webhook"]._tell
    monkeypatch.setattr(registry["nshift.webhook"], "_tell", broken)
    responsible(hook)
    give_up(hook, 1)
    assert "Nobody is told" in caplog.text
    monkeypatch.setattr(registry["nshift.webhook"], "_tell", tell)
    # all are counted, those included that could not be told
    give_up(hook, 1)
    assert todos(hook) == [(ANY, "Messages given up: 2 (ERP)")]
