"""An endpoint that is gone, or has failed for days, is not tried for ever."""

import pytest

from dev.receiver import answer


@pytest.fixture
def gone(hook):
    """A webhook whose endpoint has said that it is gone; two events wait."""
    with hook.shop.transaction() as env:
        admin = env.ref("base.user_admin").id
    hook.write(parallel_requests=1, user_id=admin)
    hook.answers(answer(410))
    for _order in range(2):
        hook.shop.order()
    hook.forget_jobs()
    hook.deliver()
    return hook


def webhook(env, hook):
    return env["nshift.webhook"].browse(hook.id)


def test_gone_is_gone_at_once(gone):
    assert len(gone.arrived()) == 1
    assert gone.states() == ["pending"] * 2
    assert gone.jobs() == []
    with gone.shop.transaction() as env:
        found = webhook(env, gone)
        assert (found.active, found.status) == (True, "stopped")
        assert (found.stopped_reason, bool(found.stopped_at)) == ("gone", True)
    # what happens meanwhile is recorded, and waits
    gone.shop.order()
    gone.deliver()
    assert gone.states() == ["pending"] * 3
    # another URL alone sends nothing
    gone.write(url=gone.receiver.url(f"{gone.path}/new"))
    gone.deliver()
    assert len(gone.arrived()) == 1


def test_paused(hook):
    """Nothing is sent while it is paused, and all of it afterwards."""
    with hook.shop.transaction() as env:
        webhook(env, hook).action_pause()
    for _order in range(2):
        hook.shop.order()
    hook.deliver()
    assert hook.states() == ["pending"] * 2
    assert hook.arrived() == []
    with hook.shop.transaction() as env:
        dialog_of(env, hook).action_send()
    assert 0 in hook.jobs()
    hook.deliver()
    assert hook.states() == ["delivered"] * 2


def test_archiving_is_something_else(gone):
    """It ends recording, and its end does not enable."""
    gone.write(active=False)
    gone.shop.order()
    gone.write(active=True)
    gone.shop.order()
    gone.deliver()
    assert gone.states() == ["pending"] * 3
    with gone.shop.transaction() as env:
        assert webhook(env, gone).status == "stopped"


def dialog_of(env, hook):
    """Press Enable."""
    action = webhook(env, hook).action_enable()
    return env[action["res_model"]].with_context(**action["context"]).create({})


def test_who_is_responsible_is_told(gone):
    gone.help_out()
    with gone.shop.transaction() as env:
        found = webhook(env, gone)
        [activity] = found.activity_ids
        assert activity.user_id == found.user_id
        assert activity.summary == f"Webhook stopped: {found.name}"
        # it opens the webhook
        assert f'data-oe-id="{found.id}"' in activity.note
        assert "gone for good" in activity.note
        assert "gone for good" in found.message_ids[0].body
        assert gone.secret not in "".join(found.message_ids.mapped("body"))


def test_if_nobody_can_be_told_the_answer_is_recorded_all_the_same(
    hook, registry, monkeypatch, caplog
):
    def broken(self, **kwargs):
        self.env.cr.execute("SELECT no_such_column FROM nshift_webhook")

    monkeypatch.setattr(registry["nshift.webhook"], "message_post", broken)
    hook.answers(answer(410))
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        assert webhook(env, hook).status == "stopped"
        assert env["nshift.webhook.attempt"].search([]).response_code == 410
    hook.help_out()
    assert "Nobody is told" in caplog.text


def test_managers_are_told_in_place_of_somebody_who_has_left(hook):
    with hook.shop.transaction() as env:
        leaver = env["res.users"].create(
            {
                "name": "Leaver",
                "login": f"leaver{hook.id}",
                "group_ids": [env.ref("nshift_webhooks.group_webhook_user").id],
            }
        )
        webhook(env, hook).user_id = leaver
        leaver.active = False
    hook.answers(answer(410))
    hook.shop.order()
    hook.deliver()
    hook.help_out()
    with hook.shop.transaction() as env:
        found = webhook(env, hook)
        managers = env.ref("nshift_webhooks.group_webhook_manager").all_user_ids
        assert found.activity_ids.user_id == managers.filtered("active")
        assert len(found.activity_ids) == len(managers.filtered("active"))
        # all of them are done with the webhook, and the chatter tells it once
        posted = len(found.message_ids)
        dialog_of(env, hook).action_drop()
        assert not found.activity_ids
        assert len(found.message_ids) == posted + 1


def test_failing_for_five_days_is_enough(hook):
    hook.answers(*[answer(500)] * 3)
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_health "
            "SET failing_s = 5 * 86400, failed_days = 5, failures_in_a_row = 20"
        )
    hook.make_due()
    hook.deliver()
    with hook.shop.transaction() as env:
        found = webhook(env, hook)
        assert (found.status, found.stopped_reason) == ("stopped", "failing")


def test_what_waits_is_sent_when_it_is_enabled(gone):
    gone.help_out()
    with gone.shop.transaction() as env:
        wizard = dialog_of(env, gone)
        assert wizard.waiting_count == 2
        wizard.action_send()
    gone.make_due()
    gone.deliver()
    assert gone.states() == ["delivered"] * 2
    with gone.shop.transaction() as env:
        found = webhook(env, gone)
        assert (found.status, found.stopped_reason) == ("working", False)
        assert not found.stopped_at
        assert not found.failing_since
        assert not found.activity_ids


def test_what_waits_is_dropped_when_it_is_enabled(gone):
    with gone.shop.transaction() as env:
        dialog_of(env, gone).action_drop()
    gone.make_due()
    gone.deliver()
    assert gone.states() == ["cancelled"] * 2
    assert len(gone.arrived()) == 1


def test_where_nothing_waits_nothing_is_asked(gone):
    with gone.shop.transaction() as env:
        env["nshift.webhook.event"].search([]).action_cancel()
        assert webhook(env, gone).action_enable() is None
        assert webhook(env, gone).status == "working"
    gone.shop.order()
    gone.deliver()
    assert gone.states() == ["cancelled", "cancelled", "delivered"]
