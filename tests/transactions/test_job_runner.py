"""What is done and said when queue_job's runner does not do its work, or late."""

import logging
import random
import threading
import time
from datetime import timedelta

import pytest

from dev.receiver import answer
from tests import passing_time

from .hook import Hook

CHANNEL = "root.nshift_webhooks"


def pass_time(shop, **duration):
    passing_time.pass_time(shop.registry.cursor, **duration)


def run_jobs(shop):
    """Run the jobs that are due, as queue_job's runner has Odoo run them.

    :return: how many
    """
    from odoo.addons.queue_job.controllers.main import RunJobController

    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE queue_job SET state = 'enqueued', "
            "date_enqueued = now() AT TIME ZONE 'UTC' "
            "WHERE state = 'pending' "
            "AND (eta IS NULL OR eta <= now() AT TIME ZONE 'UTC') RETURNING uuid"
        )
        uuids = [uuid for [uuid] in env.cr.fetchall()]
    for uuid in uuids:
        with shop.transaction() as env:
            # another one may have removed it
            if job := RunJobController._acquire_job(env, uuid):
                RunJobController._runjob(env, job)
    return len(uuids)


def trouble(shop, login="admin"):
    with shop.transaction(login) as env:
        return env["nshift.webhook.runner"].get_trouble()


def activities(shop):
    """The open activities: (webhook's id, user's id, text)."""
    with shop.transaction() as env:
        found = env["mail.activity"].search([("res_model", "=", "nshift.webhook")])
        return [(each.res_id, each.user_id.id, str(each.note)) for each in found]


def told(shop):
    """The open activities, of which nobody has two."""
    found = activities(shop)
    assert found
    assert len({user_id for _webhook_id, user_id, _note in found}) == len(found)
    return sorted(found)


def minutes_without_runner(hook, number):
    for _minute in range(number):
        pass_time(hook.shop, minutes=1, seconds=5)
        hook.help_out()


def test_sent_without_jobs(hook):
    """What is overdue by a minute is sent by the scheduled action itself."""
    hook.shop.order()
    hook.help_out()
    assert hook.states() == ["pending"]
    minutes_without_runner(hook, 1)
    assert hook.states() == ["delivered"]


def test_sent_each_minute(hook):
    """Without a runner, nothing waits for more than a minute, and no jobs pile up."""
    hook.shop.order()
    minutes_without_runner(hook, 2)
    for _order in range(5):
        hook.shop.order()
    minutes_without_runner(hook, 1)
    assert hook.states() == ["delivered"] * 6
    assert hook.jobs() == [0]
    # the runner is back: the job finds nothing, and no other follows
    assert run_jobs(hook.shop) == 1
    assert hook.jobs() == []


def test_never_sent_twice(hook):
    """The scheduled action leaves alone what a job has in hand."""
    hook.shop.order()
    with hook.under_way():
        pass_time(hook.shop, minutes=2)
        hook.help_out()
    assert hook.states() == ["delivered"]
    assert len(hook.arrived()) == 1


def test_told_once_until_over(hook):
    """One activity for each manager, closed when jobs are taken in time again."""
    second = Hook(hook.shop, hook.receiver, "order.created")
    hook.shop.order()
    minutes_without_runner(hook, 1)
    assert (trouble(hook.shop), activities(hook.shop)) == (None, [])
    minutes_without_runner(hook, 2)
    said = trouble(hook.shop)
    assert "events are sent late, once a minute" in said
    before = told(hook.shop)
    webhook_id = before[0][0]
    assert webhook_id in (hook.id, second.id)
    assert all("events are sent late" in note for _webhook_id, _user_id, note in before)
    minutes_without_runner(hook, 2)
    assert told(hook.shop) == before
    # the runner is back
    assert run_jobs(hook.shop) == 1
    hook.help_out()
    assert trouble(hook.shop) is None
    assert told(hook.shop) == before, "it may only have been a moment"
    for _minute in range(5):
        run_jobs(hook.shop)
        pass_time(hook.shop, minutes=1, seconds=5)
        run_jobs(hook.shop)
        hook.help_out()
    assert activities(hook.shop) == []
    with hook.shop.transaction() as env:
        assert not env["nshift.webhook.runner"].search([])
        messages = env["nshift.webhook"].browse(webhook_id).message_ids
        assert "answers again" in str(messages.mapped("body"))
    run_jobs(hook.shop)
    assert hook.jobs() == []


def test_no_flapping(hook):
    """A runner that takes a job now and then is one and the same incident."""
    hook.shop.order()
    minutes_without_runner(hook, 2)
    before = told(hook.shop)
    for _hour in range(3):
        run_jobs(hook.shop)
        hook.help_out()
        assert trouble(hook.shop) is None
        minutes_without_runner(hook, 1)
        assert "job runner" in trouble(hook.shop)
        assert told(hook.shop) == before


def test_restart_is_no_trouble(hook):
    """After Odoo was stopped, jobs have waited; the runner takes them at once."""
    hook.shop.order()
    pass_time(hook.shop, hours=1)
    hook.help_out()
    run_jobs(hook.shop)
    pass_time(hook.shop, minutes=1)
    hook.help_out()
    assert trouble(hook.shop) is None
    assert activities(hook.shop) == []
    with hook.shop.transaction() as env:
        assert not env["nshift.webhook.runner"].search([])


def test_own_long_job_is_no_trouble(hook):
    """Jobs wait while another one of the addon's is at work."""
    hook.shop.order()
    pass_time(hook.shop, minutes=2)
    with hook.shop.transaction() as env:
        env.cr.execute("UPDATE queue_job SET state = 'started', date_started = now()")
    hook.shop.order()
    pass_time(hook.shop, minutes=1, seconds=20)
    with hook.shop.transaction() as env:
        assert env["nshift.webhook.runner"]._watch()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("active = FALSE", "Nothing is sent"),
        ("nextcall = now() - INTERVAL '10 minutes'", "Nothing is sent"),
    ],
)
def test_neither_runner_nor_schedule(hook, broken, words):
    """With scheduled actions off, too, managers are told that nothing is sent."""
    hook.shop.order()
    with hook.shop.transaction() as env:
        cron = env.ref("nshift_webhooks.cron_deliver_overdue")
        env.cr.execute(f"UPDATE ir_cron SET {broken} WHERE id = %s", (cron.id,))
    try:
        assert words not in (trouble(hook.shop) or "")
        pass_time(hook.shop, minutes=2)
        assert words in trouble(hook.shop)
    finally:
        with hook.shop.transaction() as env:
            cron = env.ref("nshift_webhooks.cron_deliver_overdue")
            env.cr.execute(
                "UPDATE ir_cron SET active = TRUE, nextcall = now() WHERE id = %s",
                (cron.id,),
            )


def test_only_for_users_of_webhooks(hook):
    from odoo.exceptions import AccessError

    with pytest.raises(AccessError):
        trouble(hook.shop, "demo")


def test_schedule_locks_nothing(hook):
    """Its transaction stays open meanwhile, and has read no table of the addon's."""
    seen = []

    def look(handler):
        with hook.shop.transaction() as env:
            env.cr.execute("SET lock_timeout = '2s'")
            env.cr.execute(
                "SELECT DISTINCT relation::regclass::text FROM pg_locks "
                "WHERE relation::regclass::text LIKE 'nshift_webhook%%' "
                "AND database = (SELECT oid FROM pg_database "
                "WHERE datname = current_database()) "
                "AND pid NOT IN (SELECT pid FROM pg_locks WHERE classid = %s)",
                (0x6E736869,),
            )
            seen.extend(env.cr.fetchall())
        return answer(200)(handler)

    hook.answers(look)
    hook.shop.order()
    minutes_without_runner(hook, 1)
    assert hook.states() == ["delivered"]
    assert seen == []


def test_runner_hangs(hook, monkeypatch):
    """It is there, since it holds its lock, but asks nothing when a job comes."""
    from odoo import fields

    from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

    def cause():
        with hook.shop.transaction() as env:
            [cause, _jobs] = env["nshift.webhook.runner"]._find_cause()
            return cause

    def in_a_minute():
        return now() + timedelta(minutes=1)

    now = fields.Datetime.now
    with hook.shop.registry.cursor() as runner:
        runner.execute("SELECT pg_advisory_lock(%s)", (PG_ADVISORY_LOCK_ID,))
        try:
            hook.forget_jobs()
            with hook.shop.transaction() as env:
                job = env["nshift.webhook.delivery"]._wake_up()
            assert cause() == "elsewhere"
            with hook.shop.transaction() as env:
                env.cr.execute(
                    "UPDATE queue_job SET date_created = %s WHERE uuid = %s",
                    (in_a_minute(), job.uuid),
                )
            monkeypatch.setattr(
                fields.Datetime,
                "now",
                lambda: in_a_minute() + timedelta(seconds=20),
            )
            assert cause() == "hanging"
            # now it has asked something
            runner.execute("SELECT 1")
            with hook.shop.transaction() as env:
                env.cr.execute("UPDATE queue_job SET date_created = %s", (now(),))
            assert cause() == "elsewhere"
        finally:
            runner.execute("SELECT pg_advisory_unlock(%s)", (PG_ADVISORY_LOCK_ID,))
    assert cause() in ("absent", "module")


def test_runner_cannot_reach_odoo(hook):
    """It hands a job out again and again."""
    from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

    hook.shop.order()
    with hook.shop.transaction() as env:
        env.cr.execute("UPDATE queue_job SET state = 'enqueued', date_enqueued = now()")
    with hook.shop.registry.cursor() as runner, hook.shop.transaction() as env:
        runner.execute("SELECT pg_advisory_xact_lock(%s)", (PG_ADVISORY_LOCK_ID,))
        assert env["nshift.webhook.runner"]._find_cause() == ("unreachable", False)


def test_before_other_jobs(hook):
    """queue_job gives places to lower numbers first; other addons' jobs have 10."""
    hook.forget_jobs()
    hook.shop.order()
    with hook.shop.transaction() as env:
        assert env["queue.job"].search([]).priority < 10


def test_done_jobs_go_after_a_day(hook):
    hook.forget_jobs()
    hook.shop.order()
    run_jobs(hook.shop)
    pass_time(hook.shop, hours=25)
    with hook.shop.transaction() as env:
        assert env["queue.job"].search([("channel", "=", CHANNEL)]).state == "done"
        env["queue.job"]._gc_old_jobs()
        assert not env["queue.job"].search([("channel", "=", CHANNEL)])


def test_missing_model_fails_once(hook, monkeypatch, caplog):
    """Where the addon's code is missing, its job fails and can be cancelled."""
    hook.forget_jobs()
    hook.shop.order()
    with monkeypatch.context() as missing:
        missing.delitem(hook.shop.registry.models, "nshift.webhook.delivery")
        with caplog.at_level(logging.CRITICAL), pytest.raises(KeyError):
            run_jobs(hook.shop)
        with hook.shop.transaction() as env:
            job = env["queue.job"].search([])
            assert job.state == "failed"
            job.button_cancelled()
        assert run_jobs(hook.shop) == 0
    with hook.shop.transaction() as env:
        assert env["queue.job"].search([]).state == "cancelled"


def test_deleted_action_delays_only(hook):
    """Without what jobs run, events come a minute later."""
    with hook.shop.transaction() as env:
        xmlid = env["ir.model.data"].search(
            [("module", "=", "nshift_webhooks"), ("name", "=", "action_deliver")]
        )
        xmlid.name = "action_gone"
    try:
        hook.forget_jobs()
        hook.shop.order()
        assert run_jobs(hook.shop) == 1
        assert hook.states() == ["pending"]
        minutes_without_runner(hook, 1)
        assert hook.states() == ["delivered"]
    finally:
        with hook.shop.transaction() as env:
            env["ir.model.data"].browse(xmlid.id).name = "action_deliver"


def test_backoffs_leave_one_job(shop, hook):
    """No storm: a backoff ends at a fraction of a second, a job's clock has none."""
    hooks = [hook] + [Hook(shop, hook.receiver, "order.created") for _ in range(4)]
    hook.forget_jobs()
    shop.order()
    with shop.transaction() as env:
        for number, each in enumerate(hooks):
            env.cr.execute(
                "UPDATE nshift_webhook_health SET backoff_until = "
                "now() AT TIME ZONE 'UTC' + %s WHERE webhook_id = %s",
                (timedelta(seconds=1.3 + number * 0.45), each.id),
            )
    ran = 0
    deadline = time.monotonic() + 60
    while {state for each in hooks for state in each.states()} != {"delivered"}:
        assert time.monotonic() < deadline
        ran += run_jobs(shop)
        assert len(hook.jobs()) <= 1
        time.sleep(0.02)
    # one at once, and one for each second in which a pause ends
    assert ran <= 5
    assert hook.jobs() == []


def test_one_job_for_the_first_time(hook):
    """Whoever asks, in whatever order and at once, and also beside one for now."""
    from odoo import fields

    hook.forget_jobs()
    now = fields.Datetime.now()
    times = [now + timedelta(seconds=100.3 + 7 * number) for number in range(24)]
    random.Random(11).shuffle(times)

    def ask(each):
        with hook.shop.transaction() as env:
            env["nshift.webhook.delivery"]._wake_up_at(each)

    threads = [threading.Thread(target=ask, args=(each,)) for each in times]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with hook.shop.transaction() as env:
        assert env["queue.job"].search([]).mapped("eta") == [
            now + timedelta(seconds=101)
        ]
    hook.shop.order()
    ask(now + timedelta(seconds=50))
    assert hook.jobs() == [0], "it looks for what comes next by itself"
