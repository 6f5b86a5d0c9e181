"""Trouble with a webhook is told once, from its beginning to its end."""

from datetime import timedelta

import pytest

from odoo import fields

from dev.receiver import answer


@pytest.fixture
def admin(hook):
    with hook.shop.transaction() as env:
        user = env.ref("base.user_admin")
        user.email = "admin@example.com"
        id_ = user.id
    hook.write(user_id=id_, name="ERP")
    return id_


def ago(**duration):
    return fields.Datetime.now() - timedelta(**duration)


def health(hook, **values):
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id)._write_health(**values)


def look(hook):
    with hook.shop.transaction() as env:
        env["nshift.webhook.delivery"]._tell_of_trouble()


def age(hook, **duration):
    """Have what was seen at the last look be so long ago."""
    with hook.shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_incident SET told_at = told_at - %(age)s, "
            "unseen_since = unseen_since - %(age)s WHERE webhook_id = %(id)s",
            {"age": timedelta(**duration), "id": hook.id},
        )


def todos(hook):
    with hook.shop.transaction() as env:
        return env["nshift.webhook"].browse(hook.id).activity_ids.mapped("summary")


def incidents(hook):
    with hook.shop.transaction() as env:
        found = env["nshift.webhook.incident"].search([("webhook_id", "=", hook.id)])
        return found.mapped("kind")


def chatter(hook):
    with hook.shop.transaction() as env:
        found = env["nshift.webhook"].browse(hook.id).message_ids
        return " ".join(message.body or "" for message in found)


@pytest.fixture
def mails(shop):
    """Read what was mailed since the test began: subject and text of each."""
    with shop.transaction() as env:
        before = env["mail.mail"].search([]).ids

    def read():
        with shop.transaction() as env:
            found = env["mail.mail"].search([("id", "not in", before)], order="id")
            return [(mail.subject, mail.body_html) for mail in found]

    return read


def chat(shop, user_id):
    """What OdooBot has written to a user, the latest first."""
    with shop.transaction() as env:
        partner = env["res.users"].browse(user_id).partner_id
        found = env["discuss.channel"]._get_or_create_chat(partner.ids)
        return [message.body for message in found.message_ids]


def wait_many(hook, count, **duration):
    """Have so many messages wait for so long."""
    hook.shop.order()
    with hook.shop.transaction() as env:
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, event, message_id, res_model, res_id, state, happened_at,
                payload, attempt_count
            )
            SELECT webhook_id, event, message_id || '-' || number, res_model, res_id,
                   state, happened_at, payload, 0
              FROM nshift_webhook_event, generate_series(2, %(count)s) AS number
             WHERE id = (
               SELECT max(id) FROM nshift_webhook_event WHERE webhook_id = %(id)s
             )
            """,
            {"count": count, "id": hook.id},
        )
        env.cr.execute(
            "UPDATE nshift_webhook_event SET happened_at = %(time)s "
            "WHERE webhook_id = %(id)s",
            {"time": ago(**duration), "id": hook.id},
        )


def test_failing(hook, admin):
    health(hook, failing_since=ago(minutes=14), failures_in_a_row=4)
    look(hook)
    assert todos(hook) == []
    health(hook, failing_since=ago(minutes=16))
    look(hook)
    look(hook)
    assert todos(hook) == ["Webhook failing: ERP"]
    # it works now and then
    health(hook, failing_since=None)
    look(hook)
    age(hook, minutes=9)
    health(hook, failing_since=ago(minutes=15))
    look(hook)
    health(hook, failing_since=None)
    look(hook)
    assert todos(hook) == ["Webhook failing: ERP"]
    age(hook, minutes=10)
    look(hook)
    assert (todos(hook), incidents(hook)) == ([], [])
    assert "The receiving system accepts messages again." in chatter(hook)


def test_failing_by_real_answers(hook, admin):
    hook.answers(*[answer(503, body="<b>sorry</b>")] * 5)
    hook.shop.order()
    for _attempt in range(2):
        hook.deliver()
        hook.make_due()
    health(hook, failing_since=ago(minutes=20))
    look(hook)
    with hook.shop.transaction() as env:
        [todo] = env["nshift.webhook"].browse(hook.id).activity_ids
        assert "does not accept messages" in todo.note
        assert "Refused (503)" in todo.note
        assert f'data-oe-id="{hook.id}"' in todo.note


@pytest.mark.parametrize("state", ["paused", "stopped", "archived"])
def test_failing_ends_where_nothing_is_sent(hook, admin, mails, state):
    hook.write(told_by="mail")
    health(hook, failing_since=ago(minutes=16))
    look(hook)
    assert [subject for subject, _text in mails()] == ["Webhook failing: ERP"]
    if state == "archived":
        hook.write(active=False)
    else:
        health(hook, **{f"{state}_at": ago(), "stopped_reason": "gone"})
        hook.write(tell_stopped=False)
    look(hook)
    look(hook)
    assert incidents(hook) == []
    # that would be a lie
    assert len(mails()) == 1


def test_backlog(hook, admin):
    wait_many(hook, 99, minutes=20)
    look(hook)
    assert todos(hook) == []
    hook.shop.order()
    look(hook)
    # the latest has not waited for long
    assert todos(hook) == []
    wait_many(hook, 2, minutes=20)
    look(hook)
    look(hook)
    assert todos(hook) == ["Webhook with many waiting messages: ERP"]
    with hook.shop.transaction() as env:
        found = env["nshift.webhook.event"].search([("webhook_id", "=", hook.id)])
        found.action_cancel()
    look(hook)
    age(hook, minutes=10)
    look(hook)
    assert todos(hook) == []
    assert "Only few messages wait" in chatter(hook)


def test_failing_is_told_instead_of_its_backlog(hook, admin):
    wait_many(hook, 100, minutes=20)
    health(hook, failing_since=ago(minutes=16))
    look(hook)
    assert todos(hook) == ["Webhook failing: ERP"]


def test_forgotten_pause(hook, admin):
    health(hook, paused_at=ago(hours=25))
    look(hook)
    assert todos(hook) == []
    wait_many(hook, 1, hours=25)
    look(hook)
    assert todos(hook) == ["Webhook with many waiting messages: ERP"]


def test_stopped_again(hook, admin):
    """Each time it is stopped is told, whenever somebody has enabled it."""

    def stop():
        with hook.shop.transaction() as env:
            env["nshift.webhook"].browse(hook.id)._stop("gone")

    def enable():
        with hook.shop.transaction() as env:
            env["nshift.webhook"].browse(hook.id).action_enable()

    stop()
    assert todos(hook) == []
    look(hook)
    look(hook)
    assert todos(hook) == ["Webhook stopped: ERP"]
    enable()
    assert todos(hook) == []
    health(hook, stopped_at=ago(minutes=-1), stopped_reason="gone")
    look(hook)
    assert todos(hook) == ["Webhook stopped: ERP"]
    enable()
    look(hook)
    assert (todos(hook), incidents(hook)) == ([], [])


def test_by_mail(hook, admin, mails):
    hook.write(told_by="mail", name="ERP <&>")
    health(hook, failing_since=ago(minutes=16))
    look(hook)
    look(hook)
    [(subject, text)] = mails()
    assert subject == "Webhook failing: ERP <&>"
    assert "ERP &lt;&amp;&gt;</a>" in text
    assert f"/odoo/webhooks/{hook.id}" in text
    assert todos(hook) == []
    health(hook, failing_since=None)
    look(hook)
    age(hook, minutes=10)
    look(hook)
    look(hook)
    assert [subject for subject, _text in mails()][1:] == [
        "Webhook works again: ERP <&>"
    ]


def test_in_discuss(hook, admin, mails):
    hook.write(told_by="chat")
    health(hook, failing_since=ago(minutes=16))
    look(hook)
    assert "Webhook failing: ERP" in chat(hook.shop, admin)[0]
    assert (mails(), todos(hook)) == ([], [])
    hook.write(tell_recovery=False)
    health(hook, failing_since=None)
    look(hook)
    age(hook, minutes=10)
    look(hook)
    assert "Webhook failing: ERP" in chat(hook.shop, admin)[0]


def test_who_has_no_address_gets_a_todo(hook, admin):
    with hook.shop.transaction() as env:
        env["res.users"].browse(admin).email = False
    hook.write(told_by="mail")
    health(hook, failing_since=ago(minutes=16))
    look(hook)
    assert todos(hook) == ["Webhook failing: ERP"]


def give_up(hook, count):
    """Count messages as given up, as it is done where one cannot be built."""
    with hook.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook.id)
        for _message in range(count):
            env["nshift.webhook.hour"]._count_unbuilt(webhook)


def test_given_up_by_mail_once_a_day(hook, admin, mails):
    hook.write(told_by="mail")
    give_up(hook, 2)
    look(hook)
    give_up(hook, 3)
    look(hook)
    assert [subject for subject, _text in mails()] == ["Messages given up: 2 (ERP)"]
    age(hook, days=1)
    look(hook)
    look(hook)
    assert [subject for subject, _text in mails()][1:] == ["Messages given up: 3 (ERP)"]
    age(hook, days=1)
    look(hook)
    assert incidents(hook) == []
    give_up(hook, 1)
    look(hook)
    assert [subject for subject, _text in mails()][2:] == ["Messages given up: 1 (ERP)"]


@pytest.mark.parametrize("kind", ["failing", "stopped", "backlog", "given_up"])
def test_off(hook, admin, kind):
    hook.write(**{f"tell_{kind}": False})
    if kind == "failing":
        health(hook, failing_since=ago(minutes=16))
    elif kind == "stopped":
        health(hook, stopped_at=ago(), stopped_reason="gone")
    elif kind == "backlog":
        wait_many(hook, 100, minutes=20)
    else:
        give_up(hook, 1)
    look(hook)
    assert (todos(hook), incidents(hook)) == ([], [])
    hook.write(**{f"tell_{kind}": True})
    look(hook)
    # of messages given up, only those from now on
    assert len(todos(hook)) == (kind != "given_up")


def test_webhook_that_is_being_deleted(hook, admin):
    """Nobody waits for whoever deletes it, and nobody is told."""
    health(hook, failing_since=ago(minutes=16))
    give_up(hook, 1)
    with hook.shop.transaction() as env:
        env.cr.execute(
            "SELECT FROM nshift_webhook WHERE id = %s FOR UPDATE", (hook.id,)
        )
        look(hook)
        assert incidents(hook) == []
    look(hook)
    assert len(todos(hook)) == 2
