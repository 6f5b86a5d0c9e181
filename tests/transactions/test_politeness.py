"""How an endpoint that is busy or broken is treated."""

from datetime import datetime, timedelta

import pytest

from dev.receiver import answer


def health(hook):
    with hook.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook.id)
        [(_id, failures)] = webhook._read_health(["failures_in_a_row"])
        return failures, webhook.is_backing_off


def let_the_pause_pass(hook):
    with hook.shop.transaction() as env:
        env.cr.execute("UPDATE nshift_webhook_health SET backoff_until = '2026-01-01'")


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_who_is_busy_is_left_alone_with_all_that_waits(hook, code):
    hook.write(parallel_requests=1)
    hook.answers(answer(code))
    for _order in range(3):
        hook.shop.order()
    hook.forget_jobs()
    hook.deliver()
    assert len(hook.arrived()) == 1
    assert hook.states() == ["pending"] * 3
    assert health(hook) == (1, True)
    # the job for when the pause is over
    [seconds] = hook.jobs()
    assert 3 <= seconds <= 8
    hook.forget_jobs()
    with hook.shop.transaction() as env:
        # however slow this machine is
        env.cr.execute(
            "UPDATE nshift_webhook_health "
            "SET backoff_until = backoff_until + interval '1 minute'"
        )
    hook.deliver()
    assert len(hook.arrived()) == 1, "it is not asked before"


def test_how_long_it_wants_to_be_left_alone_is_heeded(hook):
    hook.answers(answer(503, Retry_After="3000"))
    hook.shop.order()
    hook.forget_jobs()
    hook.deliver()
    [seconds] = hook.jobs()
    assert 2990 <= seconds <= 3010


def test_after_several_failures_one_message_tries_for_all(hook):
    hook.write(parallel_requests=1)
    hook.answers(*[answer(500)] * 6)
    for _order in range(10):
        hook.shop.order()
    hook.deliver()
    assert len(hook.arrived()) == 5
    assert health(hook) == (5, True)
    let_the_pause_pass(hook)
    hook.deliver()
    assert len(hook.arrived()) == 6, "one is tried, and fails"
    assert health(hook) == (6, True)
    let_the_pause_pass(hook)
    hook.deliver()
    assert health(hook) == (0, False)
    assert sorted(hook.states()) == ["delivered"] * 4 + ["pending"] * 6


def test_refused_messages(hook):
    """B1: they hold up their own orders, and nothing else."""
    hook.write(parallel_requests=1)
    hook.answers(*[answer(422)] * 20)
    for _order in range(22):
        hook.shop.order()
    hook.deliver()
    assert health(hook) == (0, False)
    assert hook.states() == ["pending"] * 20 + ["delivered"] * 2


def test_unclear_answers(hook):
    """The probe is a new message, not one of those that may be refused for ever."""
    hook.write(parallel_requests=1)
    hook.answers(*[answer(404)] * 4)
    for _order in range(9):
        hook.shop.order()
    hook.deliver()
    assert len(hook.arrived()) == 3
    let_the_pause_pass(hook)
    hook.deliver()
    assert len(hook.arrived()) == 4, "one is tried, and refused"
    with hook.shop.transaction() as env:
        name = env["sale.order"].browse(hook.shop.order()).name
        env.cr.execute(
            "UPDATE nshift_webhook_health SET failed_at = failed_at - interval '1 s'"
        )
    let_the_pause_pass(hook)
    hook.deliver()
    assert hook.names()[4] == name
    assert sorted(hook.states()) == ["delivered"] * 6 + ["pending"] * 4


def test_what_could_not_reach_the_endpoint_goes_out_when_it_is_well(hook):
    """Without waiting for the retries' own times."""
    hook.write(parallel_requests=1)
    hook.answers(answer(503))
    for _order in range(3):
        hook.shop.order()
    hook.deliver()
    let_the_pause_pass(hook)
    hook.forget_jobs()
    hook.deliver()
    assert hook.states() == ["delivered"] * 3
    assert hook.jobs() == []


def test_an_admin_need_not_wait(hook):
    hook.answers(answer(503, Retry_After="3000"))
    hook.shop.order()
    hook.deliver()
    hook.forget_jobs()
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).action_try_now()
    assert health(hook) == (0, False)
    assert hook.jobs() == [0]
    hook.deliver()
    assert hook.states() == ["delivered"]


def test_another_url_is_another_endpoint(hook):
    hook.answers(answer(503, Retry_After="3000"))
    hook.shop.order()
    hook.deliver()
    assert health(hook) == (1, True)
    hook.receiver.register(f"{hook.path}/new", hook.secret)
    hook.write(url=hook.receiver.url(f"{hook.path}/new"))
    assert health(hook) == (0, False)


def test_the_pause_of_one_endpoint_is_none_of_others(hook, shop):
    from .hook import Hook

    other = Hook(shop, hook.receiver, "order.created")
    hook.answers(answer(503))
    shop.order()
    hook.deliver()
    assert (hook.states(), other.states()) == (["pending"], ["delivered"])


@pytest.mark.parametrize(
    "written",
    [
        "UPDATE nshift_webhook_event SET next_attempt_at = %(ahead)s",
        "UPDATE nshift_webhook_health SET backoffs_in_a_row = 1, backoff_until = "
        "%(ahead)s, failing_since = %(ahead)s, failed_at = %(ahead)s",
        "UPDATE nshift_webhook_health SET unclear_in_a_row = 3, doubted_at = %(ahead)s",
    ],
)
def test_a_clock_that_was_ahead(hook, written):
    """What was put off while it was is sent soon after it is put right."""
    hook.shop.order()
    hook.forget_jobs()
    ahead = {"ahead": datetime.now() + timedelta(days=365)}
    with hook.shop.transaction() as env:
        env.cr.execute(written, ahead)
    if "doubted" not in written:
        hook.deliver()
        assert hook.arrived() == []
    hook.help_out()
    hook.deliver()
    assert hook.states() == ["delivered"]


def test_times_of_a_clock_that_was_ahead(hook):
    """None is left further ahead than the addon puts it, and none nearer is changed."""
    now = datetime.now().replace(microsecond=0)
    times = {
        "backoff_until": (timedelta(days=1), timedelta(seconds=5)),
        "replaced_until": (timedelta(days=1), timedelta(days=1, seconds=5)),
        "wipe_until": (timedelta(hours=1), timedelta(hours=1, seconds=5)),
        "failing_since": (timedelta(0), timedelta(seconds=5)),
        "failed_at": (timedelta(0), timedelta(seconds=5)),
        "doubted_at": (timedelta(0), timedelta(seconds=5)),
    }
    for column, (right, latest) in times.items():
        for ahead in (right, timedelta(days=365)):
            with hook.shop.transaction() as env:
                env.cr.execute(
                    f"UPDATE nshift_webhook_health SET {column} = %s", (now + ahead,)
                )
                env["nshift.webhook.delivery"]._correct_times()
                env.cr.execute(f"SELECT {column} FROM nshift_webhook_health")
                [[found]] = env.cr.fetchall()
            assert found == now + right if ahead == right else found <= now + latest
            assert found >= now
    with hook.shop.transaction() as env:
        trouble = env["nshift.webhook.runner"].create(
            dict.fromkeys(("since", "in_time_since"), now + timedelta(days=365))
        )
        env["nshift.webhook.delivery"]._correct_times()
        assert trouble.since <= now + timedelta(seconds=5)
        assert trouble.in_time_since <= now + timedelta(seconds=5)
