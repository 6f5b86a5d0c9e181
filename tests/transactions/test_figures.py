"""The overview's figures say what the log says, whatever happens to who writes them."""

import logging
import time
from datetime import datetime, timedelta

import psycopg2
import pytest

from dev.receiver import answer

from .hook import Hook
from .in_thread import in_thread
from .test_one_is_not_all import deliver_and_be_killed
from .unbuilt import later


def figures(hook):
    """Return (received, failed, given up, answered) of the webhook, all hours' sum.

    Fails if they disagree with the log of attempts, or with the totals.
    """
    with hook.shop.transaction() as env:
        totals = totals_of(env, hook)
        env.cr.execute(
            "SELECT received, failed, given_up, "
            "(SELECT sum(count) FROM unnest(durations) AS count) "
            "FROM nshift_webhook_hour WHERE webhook_id = %s",
            (hook.id,),
        )
        found = [sum(column) for column in zip(*env.cr.fetchall(), strict=True)]
        env.cr.execute(
            "SELECT count(*) FILTER (WHERE attempt.failure IS NULL), "
            "count(*) FILTER (WHERE attempt.failure IS NOT NULL), "
            "count(*) FILTER (WHERE attempt.response_code > 0) "
            "FROM nshift_webhook_attempt AS attempt "
            "JOIN nshift_webhook_event AS event ON event.id = attempt.event_id "
            "WHERE event.webhook_id = %s",
            (hook.id,),
        )
        [(received, failed, answered)] = env.cr.fetchall()
        classes = classes_in_log(env, hook)
    received_, failed_, given_up, answered_ = found or [0] * 4
    assert (received_, failed_, answered_) == (received, failed, answered)
    assert (totals.delivered, totals.failed) == (received, given_up)
    assert sum(totals.durations) == answered
    assert totals.attempts == classes
    return received, failed, given_up, answered


def totals_of(env, hook):
    """Return the Totals of a webhook since it was made."""
    from odoo.addons.nshift_webhooks.models.nshift_webhook_total import NOTHING

    webhook = env["nshift.webhook"].browse(hook.id)
    return env["nshift.webhook.total"]._read_totals(webhook).get(hook.id, NOTHING)


def classes_in_log(env, hook):
    """Return how many attempts of a webhook have had answers of each class."""
    from odoo.addons.nshift_webhooks.monitoring.state import CLASSES, class_of

    attempts = env["nshift.webhook.attempt"].search(
        [("event_id.webhook_id", "=", hook.id)]
    )
    classes = [0] * len(CLASSES)
    for attempt in attempts:
        classes[class_of(attempt.response_code)] += 1
    return classes


def hours(hook):
    with hook.shop.transaction() as env:
        found = env["nshift.webhook.hour"].search([("webhook_id", "=", hook.id)])
        return found.mapped("hour")


def this_hour():
    return datetime.utcnow().replace(minute=0, second=0, microsecond=0)


def again(hook):
    """Let the time pass until the next attempts are due, and make them."""
    hook.make_due()
    with hook.shop.transaction() as env:
        env.cr.execute("UPDATE nshift_webhook_health SET backoff_until = NULL")
    hook.deliver()


def test_received(hook):
    for _order in range(3):
        hook.shop.order()
    before = this_hour()
    hook.deliver()
    assert figures(hook) == (3, 0, 0, 3)
    assert set(hours(hook)) <= {before, this_hour()}


def test_retried(hook):
    hook.answers(answer(500), answer(503), answer(200))
    hook.shop.order()
    hook.deliver()
    assert figures(hook) == (0, 1, 0, 1)
    again(hook)
    again(hook)
    assert figures(hook) == (1, 2, 0, 3)


def test_unanswered(hook):
    """What nobody has answered says nothing of how long answers take."""
    hook.write(url="https://localhost:1/")
    hook.shop.order()
    hook.deliver()
    assert figures(hook) == (0, 1, 0, 0)


def test_given_up(hook):
    """It counts when it is given up, and once more when that happens once more."""
    hook.answers(*[answer(500)] * 4, answer(200))
    hook.shop.order()
    hook.deliver()
    again(hook)
    assert figures(hook) == (0, 2, 0, 2)
    again(hook)
    assert hook.states() == ["failed"]
    assert figures(hook) == (0, 3, 1, 3)
    for expected in ((0, 4, 2, 4), (1, 4, 2, 5)):
        with hook.shop.transaction() as env:
            env["nshift.webhook.event"].search([]).action_send_again()
        again(hook)
        assert figures(hook) == expected


def test_cancelled_meanwhile(hook):
    """The attempt was made, and its event is not given up by the addon."""

    def cancel(handler):
        with hook.shop.transaction() as env:
            env["nshift.webhook.event"].search([]).action_cancel()
        return answer(500)(handler)

    hook.answers(cancel)
    hook.shop.order()
    hook.deliver()
    assert hook.states() == ["cancelled"]
    assert figures(hook) == (0, 1, 0, 1)


def test_killed_job(hook):
    """What it had announced counts in the hour in which it was announced."""
    hook.shop.order()
    deliver_and_be_killed(hook)
    hook.forget_jobs()
    announced_at = this_hour() - timedelta(hours=3)
    with hook.shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_flight SET announced_at = %s",
            (announced_at + timedelta(minutes=59),),
        )
    hook.deliver()
    assert figures(hook) == (0, 1, 0, 0)
    assert hours(hook) == [announced_at]
    with hook.shop.transaction() as env:
        attempt = env["nshift.webhook.attempt"].search([])
        assert attempt.attempted_at == announced_at + timedelta(minutes=59)


def test_killed_while_recording(hook, registry, monkeypatch):
    """Neither the attempt nor its figures are there, and then both."""

    class Killed(BaseException):
        pass

    def kill(*_args):
        raise Killed

    hook.shop.order()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(registry["nshift.webhook"], "_record_health", kill)
        hook.deliver()
    assert figures(hook) == (0, 0, 0, 0)
    hook.forget_jobs()
    hook.deliver()
    assert figures(hook) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    "faults",
    [
        pytest.param([psycopg2.errors.SerializationFailure()], id="again"),
        pytest.param([ValueError()], id="by webhook"),
        pytest.param([ValueError()] * 2, id="one by one"),
    ],
)
@pytest.mark.usefixtures("caplog")
def test_recorded_again(hook, registry, monkeypatch, faults):
    """What is written down a second time, however, counts once."""
    health = registry["nshift.webhook"]._record_health
    left = list(faults)

    def fail_at_first(self, answers, put_off):
        if left:
            raise left.pop()
        return health(self, answers, put_off)

    hook.answers(answer(200), answer(500), answer(200))
    for _order in range(3):
        hook.shop.order()
    monkeypatch.setattr(registry["nshift.webhook"], "_record_health", fail_at_first)
    hook.deliver()
    assert not left
    assert figures(hook) == (2, 1, 0, 3)


def count_one(env, hook, made_at=None):
    """Count a received message, as whoever records it does."""
    from odoo.addons.nshift_webhooks.delivery.sender import Answer

    env["nshift.webhook.hour"]._count_attempts(
        [(hook.id, made_at or this_hour(), Answer(200, duration_ms=20), False)]
    )


def total(hook):
    with hook.shop.transaction() as env:
        env.cr.execute(
            "SELECT COALESCE(sum(received), 0), COALESCE(sum(given_up), 0) "
            "FROM nshift_webhook_hour WHERE webhook_id = %s",
            (hook.id,),
        )
        return env.cr.fetchone()


def check_totals(hook):
    """Fail if what a webhook has in all is not what its hours have."""
    with hook.shop.transaction() as env:
        totals = totals_of(env, hook)
    assert (totals.delivered, totals.failed) == total(hook)


@pytest.mark.parametrize("is_new", [True, False])
def test_two_at_once(hook, registry, is_new):
    """Two who record for one webhook in one hour: one waits, none fails."""
    from odoo.addons.nshift_webhooks.transaction import committed

    hour = this_hour()
    if not is_new:
        with committed(registry) as env:
            count_one(env, hook, hour)

    def other():
        with committed(registry) as env:
            count_one(env, hook, hour)

    with committed(registry) as env:
        count_one(env, hook, hour)
        join = in_thread(other)
        time.sleep(0.3)
    assert join() is None
    assert total(hook) == (2 if is_new else 3, 0)
    check_totals(hook)


def test_many_jobs_at_once(hook):
    """Several jobs serve one webhook and another one, each message counts once."""
    second = Hook(hook.shop, hook.receiver, "order.created")
    for _order in range(12):
        hook.shop.order()
    hook.answers(*[answer(200), answer(500)] * 6)
    joins = [in_thread(hook.deliver) for _job in range(4)]
    assert [join() for join in joins] == [None] * 4
    hook.deliver()
    received, failed, _given_up, _answered = figures(hook)
    assert received + failed == 12
    assert figures(second) == (12, 0, 0, 12)


def test_given_up_while_others_deliver(hook, registry):
    """The scheduled action that builds sees the past, and conflicts with nobody."""
    from odoo.addons.nshift_webhooks.transaction import committed

    with hook.shop.transaction() as env:
        env.cr.execute("SELECT 1 FROM nshift_webhook_hour")
        with committed(registry) as other:
            count_one(other, hook)
        webhook = env["nshift.webhook"].browse(hook.id)
        env["nshift.webhook.hour"]._count_unbuilt(webhook)
        with committed(registry) as other:
            count_one(other, hook)
    assert total(hook) == (2, 1)
    check_totals(hook)


def test_unbuilt(hook, trouble):
    """A message that could not be built counts when it is given up, and once."""
    with trouble():
        hook.shop.order()
        later(hook.shop)
        assert total(hook) == (0, 0)
        later(hook.shop, runs=2)
    assert hook.states() == ["failed"]
    assert total(hook) == (0, 1)
    check_totals(hook)


def test_webhook_deleted_meanwhile(hook, caplog):
    """Whoever deletes it is not in the way of the job, nor the job in theirs."""
    from odoo.addons.nshift_webhooks.transaction import committed

    other = Hook(hook.shop, hook.receiver, "order.created")
    hook.shop.order()
    with (
        caplog.at_level(logging.WARNING),
        hook.under_way() as answered,
        committed(hook.shop.registry) as env,
    ):
        env["nshift.webhook"].browse(hook.id).unlink()
        env.flush_all()
        answered()
        time.sleep(1.5)
    assert not [each for each in caplog.records if "nshift" in each.name]
    assert hours(hook) == []
    assert figures(other) == (1, 0, 0, 1)


def test_webhook_deleted_while_recording(hook, registry, monkeypatch, caplog):
    """Neither waits for what the other has locked."""
    count = registry["nshift.webhook.hour"]._count_attempts
    joins = []

    def delete():
        with hook.shop.transaction() as env:
            env["nshift.webhook"].browse(hook.id).unlink()

    def count_after(self, attempts):
        joins.append(in_thread(delete))
        time.sleep(0.5)
        count(self, attempts)

    monkeypatch.setattr(registry["nshift.webhook.hour"], "_count_attempts", count_after)
    hook.shop.order()
    with caplog.at_level(logging.ERROR):
        hook.deliver()
        # it may have to be run again, as Odoo does with a request
        joins[0]()
    assert len(joins) == 1
    assert not [each for each in caplog.records if "nshift" in each.name]
    assert "deadlock" not in caplog.text


def test_old_ones_go(hook, monkeypatch):
    """In small batches, once an hour, with those of hours that have not come yet."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_hour

    now = this_hour()
    with hook.shop.transaction() as env:
        for days in (0, 61, 63, 64, 65, 66, 67, -400):
            count_one(env, hook, now - timedelta(days=days))
    monkeypatch.setattr(nshift_webhook_hour, "REMOVED_AT_ONCE", 2)
    with hook.shop.transaction() as env:
        env.ref("nshift_webhooks.cron_wipe").method_direct_trigger()
    assert hours(hook) == [now, now - timedelta(days=61)]
    with hook.shop.transaction() as env:
        # a counter that fell would be taken for one that has begun again
        assert totals_of(env, hook).delivered == 8


def test_they_go_with_their_webhook(hook):
    hook.shop.order()
    hook.deliver()
    assert hours(hook)
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).unlink()
    assert hours(hook) == []
    with hook.shop.transaction() as env:
        env.cr.execute("SELECT FROM nshift_webhook_total")
        assert not env.cr.rowcount
