"""A webhook, an endpoint, a message or an answer harms nobody else's.

Each test breaks something for one webhook or event, and looks at what becomes of the
others.
"""

import logging
from datetime import timedelta

import pytest

from dev.receiver import answer

from .hook import Hook


@pytest.fixture
def other(shop, hook):
    """Another webhook that hears of the same orders."""
    return Hook(shop, hook.receiver, "order.created")


def of(hook, env):
    """The webhook's events, oldest first."""
    domain = [("webhook_id", "=", hook.id)]
    return env["nshift.webhook.event"].search(domain, order="id")


def fail_for(hook, *, attempts=False):
    """Have the database refuse to record what becomes of one webhook's events.

    :param attempts: only their attempts, and only what an endpoint has said
    """
    table = "nshift_webhook_attempt" if attempts else "nshift_webhook_event"
    when = "INSERT" if attempts else "UPDATE"
    condition = (
        "NEW.response_body LIKE '%refuse me%'"
        if attempts
        else f"NEW.webhook_id = {hook.id}"
    )
    with hook.shop.transaction() as env:
        env.cr.execute(
            f"""
            CREATE FUNCTION refuse_{hook.id}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF {condition} THEN RAISE EXCEPTION 'refused'; END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER refuse_{hook.id} BEFORE {when} ON {table}
            FOR EACH ROW EXECUTE FUNCTION refuse_{hook.id}();
            """
        )

    def mend():
        with hook.shop.transaction() as env:
            env.cr.execute(f"DROP FUNCTION refuse_{hook.id}() CASCADE")

    return mend


@pytest.mark.usefixtures("caplog")
def test_unrecordable_webhook(hook, other):
    """Answers of one webhook that cannot be recorded undo no other's.

    The message is not sent again and again: it counts as interrupted.
    """
    mend = fail_for(hook)
    hook.answers(*[answer(500)] * 10)
    hook.shop.order()
    hook.forget_jobs()
    hook.deliver()
    assert other.states() == ["delivered"]
    assert hook.states() == ["pending"]
    # not at once, or it would be sent without end
    [seconds] = hook.jobs()
    assert 50 <= seconds <= 70
    assert len(hook.receiver.requests(hook.path)) == 1
    hook.shop.order()
    hook.deliver()
    assert other.states() == ["delivered"] * 2
    assert len(hook.receiver.requests(hook.path)) == 1, "nothing is sent unrecorded"
    mend()
    hook.deliver()
    with hook.shop.transaction() as env:
        first = of(hook, env)[0]
        assert (first.failure, first.attempt_count) == ("interrupted", 1)


@pytest.mark.usefixtures("caplog")
def test_unrecordable_answer(hook, other):
    """An answer that cannot be stored is left out: that there was one is recorded."""
    mend = fail_for(hook, attempts=True)
    hook.write(parallel_requests=1)
    hook.answers(answer(500, b"refuse me"), answer(200), answer(200))
    for _order in range(3):
        hook.shop.order()
    hook.deliver()
    mend()
    with hook.shop.transaction() as env:
        first, *others = of(hook, env)
        assert (first.failure, first.response_code) == ("fault", 500)
        assert first.attempt_count == 1
        assert [event.state for event in others] == ["delivered"] * 2
    assert other.states() == ["delivered"] * 3


@pytest.mark.usefixtures("caplog")
def test_unreadable_webhook(hook, other, monkeypatch):
    """What cannot be fetched for one webhook is left to a later job."""
    from odoo.addons.nshift_webhooks import store

    refill = store.Store._refill

    def broken(self, env, lane):
        if lane.webhook_id == hook.id:
            env.cr.execute("SELECT no_such_column FROM nshift_webhook")
        refill(self, env, lane)

    hook.shop.order()
    hook.forget_jobs()
    with monkeypatch.context() as fault:
        fault.setattr(store.Store, "_refill", broken)
        hook.deliver()
    assert other.states() == ["delivered"]
    assert hook.states() == ["pending"]
    [seconds] = hook.jobs()
    assert 50 <= seconds <= 70
    hook.deliver()
    assert hook.states() == ["delivered"]


class Killed(BaseException):
    """As after kill -9, nothing that the job would do at its end is done."""


def deliver_and_be_killed(hook):
    """Run a job that ends when it has announced what it is about to send."""
    from odoo.addons.nshift_webhooks.delivery.lane import Lane
    from odoo.addons.nshift_webhooks.store import Store

    def kill(*_args):
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Lane, "start", kill)
        patch.setattr(Store, "record", lambda *args: ())
        patch.setattr(Store, "close_lane", lambda *args: None)
        hook.deliver()


def test_killing_message_is_given_up(hook):
    """A message that kills whoever sends it counts as tried each time."""
    with hook.shop.transaction() as env:
        env["ir.config_parameter"].set_param("nshift_webhooks.retry_delays", "60,60")
    hook.shop.order()
    for attempts in (1, 2, 3):
        hook.make_due()
        let_pauses_pass(hook)
        deliver_and_be_killed(hook)
        hook.forget_jobs()
        hook.deliver()
        with hook.shop.transaction() as env:
            event = of(hook, env)
            assert (event.failure, event.attempt_count) == ("interrupted", attempts)
            assert len(event.attempt_ids) == attempts
    assert hook.states() == ["failed"]
    assert hook.receiver.requests(hook.path) == []
    hook.shop.order()
    let_pauses_pass(hook)
    hook.deliver()
    assert hook.states() == ["failed", "delivered"]


def let_pauses_pass(hook):
    with hook.shop.transaction() as env:
        env.cr.execute("UPDATE nshift_webhook_health SET backoff_until = NULL")


def test_announced_rows_go(hook):
    """Nothing is left of what was announced when all is recorded."""
    hook.answers(answer(200), answer(500), answer(200, delay=0.2))
    for _order in range(5):
        hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        assert not env["nshift.webhook.flight"].search([])


def test_deleted_while_announced(hook, caplog):
    """What was announced for an event or a webhook that is gone harms nobody."""
    hook.shop.order()
    with hook.shop.transaction() as env:
        env["nshift.webhook.flight"].create(
            {
                "webhook_id": hook.id,
                "event_id": 2**31 - 1,
                "announced_at": "2026-01-01",
            }
        )
    with caplog.at_level(logging.ERROR):
        hook.deliver()
    assert hook.states() == ["delivered"]
    assert not caplog.records
    with hook.shop.transaction() as env:
        assert not env["nshift.webhook.flight"].search([])


def test_large_messages(hook, other):
    """Many large messages wait in the database, not in memory."""
    from odoo.addons.nshift_webhooks.delivery import dispatcher

    text = "x" * 1_200_000
    for number in range(8):
        hook.shop.order(note=f"<p>{number}{text}</p>", client_order_ref=text)
    with hook.shop.transaction() as env:
        sizes = of(hook, env).mapped("payload_size")
    assert all(1_000_000 < size < 5_000_000 for size in sizes)
    most = 0
    real = dispatcher.Dispatcher._refill_lane

    def watch(self, lane, in_memory):
        nonlocal most
        real(self, lane, in_memory)
        most = max(most, sum(each.size for each in self._lanes.values()))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dispatcher, "SHARED_BYTES", 3_000_000)
        patch.setattr(dispatcher.Dispatcher, "_refill_lane", watch)
        hook.deliver()
    assert set(hook.states() + other.states()) == {"delivered"}
    assert 0 < most <= 3_000_000


def test_too_large_message(hook):
    """A message beyond 5 MB fails with advice, is not kept, and can be built later."""
    hook.forget_jobs()
    order = hook.shop.order(client_order_ref="x" * 5_100_000)
    with hook.shop.transaction() as env:
        event = of(hook, env)
        assert (event.state, event.failure) == ("failed", "size")
        assert "5.1 MB" in event.error
        assert "Shorten" in event.advice
        assert not event.payload
        assert env["sale.order"].browse(order).exists()
    assert hook.jobs() == []
    from odoo.exceptions import UserError

    with (
        pytest.raises(UserError, match="still too large"),
        hook.shop.transaction() as env,
    ):
        of(hook, env).action_send_again()
    with hook.shop.transaction() as env:
        env["sale.order"].browse(order).client_order_ref = "short"
        of(hook, env).action_send_again()
    hook.deliver()
    assert hook.states() == ["delivered"]


def test_far_future_is_no_job(hook):
    """No job is queued for years ahead, which queue_job's runner cannot bear."""
    hook.shop.order()
    hook.forget_jobs()
    with hook.shop.transaction() as env:
        of(hook, env).next_attempt_at += timedelta(days=3650)
    hook.deliver()
    [seconds] = hook.jobs()
    assert seconds <= 24 * 3600


def test_contexts_of_clients_stay_out(hook):
    """A client's context that has queue_job run jobs at once has no effect."""
    with hook.shop.transaction(queue_job__no_delay=True, active_test=False) as env:
        env["res.partner"].browse(1).name  # noqa: B018 - the environment is in use
        from .conftest import new_order

        order = new_order(env)
        order.client_order_ref = "x"
    assert hook.states() == ["pending"]
    assert hook.receiver.requests(hook.path) == []
    with hook.shop.transaction(queue_job__no_delay=True) as env:
        env["nshift.webhook"].browse(hook.id).action_try_now()
        of(hook, env).action_send_again()
    assert hook.receiver.requests(hook.path) == []
    assert set(hook.jobs()) == {0}
