"""What a delivery job does: claim, send and record, each event in a transaction of its
own. The jobs are run here as the job runner would, but without waiting for it.
"""

import itertools
import logging
import threading
import time
from contextlib import suppress

import psycopg2
import pytest

from dev.receiver import answer

from .hook import Hook


def test_what_is_due_is_sent_in_order_and_recorded(hook):
    hook.write(parallel_requests=1)
    for _order in range(3):
        hook.shop.order()
    hook.deliver()
    assert hook.states() == ["delivered"] * 3
    assert hook.names() == sorted(hook.names())
    assert [request.fault for request in hook.arrived()] == [None] * 3
    with hook.shop.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="id")
        for event, request in zip(events, hook.arrived(), strict=True):
            assert request.body == event.payload.encode()
            assert request.message_id == event.message_id
            assert (event.response_code, event.attempt_count) == (200, 1)
            assert event.attempt_ids.response_code == 200
            assert event.last_attempt_at == event.attempt_ids.attempted_at


def test_a_failure_is_retried_when_its_time_has_come(hook):
    hook.answers(answer(500, b"down"), answer(200))
    hook.shop.order()
    hook.forget_jobs()
    hook.deliver()
    assert hook.states() == ["pending"]
    [seconds] = hook.jobs()
    assert 55 <= seconds <= 75
    # not a second before
    hook.forget_jobs()
    hook.deliver()
    assert len(hook.arrived()) == 1
    assert len(hook.jobs()) == 1
    hook.forget_jobs()
    hook.make_due()
    hook.deliver()
    assert hook.states() == ["delivered"]
    first, second = hook.arrived()
    assert (first.message_id, first.body) == (second.message_id, second.body)
    assert hook.jobs() == []


def test_after_the_last_attempt_it_is_failed_and_nothing_waits(hook):
    hook.answers(*[answer(500)] * 9)
    hook.shop.order()
    for _attempt in range(3):
        hook.forget_jobs()
        hook.make_due()
        hook.deliver()
    assert hook.states() == ["failed"]
    assert hook.jobs() == []
    hook.deliver()
    assert len(hook.arrived()) == 3


def test_an_order_that_fails_holds_up_its_own_events_and_no_others(shop, hook):
    """Promise 4."""
    updates = Hook(shop, hook.receiver, "order.updated")
    one, two = shop.order(), shop.order()

    def change(order_id, reference):
        with shop.transaction() as env:
            env["sale.order"].browse(order_id).client_order_ref = reference

    updates.answers(answer(500))
    change(one, "one, first")
    updates.deliver()
    change(one, "one, second")
    change(two, "two")
    updates.deliver()
    updates.make_due()
    updates.deliver()
    assert [
        request.message["data"]["order"]["customer_reference"]
        for request in updates.arrived()
    ] == ["one, first", "two", "one, first", "one, second"]
    assert updates.states() == ["delivered"] * 3


def test_two_workers_never_send_the_same_event(hook):
    for _order in range(6):
        hook.shop.order()
    hook.answers(*[answer(200, delay=0.2)] * 6)
    workers = [threading.Thread(target=hook.deliver) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert hook.states() == ["delivered"] * 6
    assert len(hook.arrived()) == 6
    assert len({request.message_id for request in hook.arrived()}) == 6


def test_what_another_worker_has_in_hand_is_left_to_it(hook):
    hook.shop.order()
    hook.forget_jobs()
    with hook.under_way():
        hook.deliver()
        assert hook.states() == ["pending"], "this job has waited for the other one"
        assert hook.jobs() == []
    assert len(hook.arrived()) == 1
    assert hook.states() == ["delivered"]


def test_a_job_that_lasts_has_another_one_wait(hook, monkeypatch):
    """For the case that its server dies."""
    from odoo.addons.nshift_webhooks import store

    monkeypatch.setattr(store, "SUCCESSOR_AFTER_S", 0)
    hook.shop.order()
    hook.forget_jobs()
    with hook.under_way():
        [seconds] = hook.jobs()
        assert 0 < seconds <= 12
    assert hook.states() == ["delivered"]
    assert hook.jobs() == []


def test_claims_of_idle_transactions(hook, impatient):
    """Where PostgreSQL ends them, a webhook stays claimed while a request is made."""
    hook.shop.order()
    hook.forget_jobs()

    def deliver():
        # the transaction of the job itself is ended
        with suppress(psycopg2.Error):
            hook.deliver()

    with hook.under_way(deliver):
        time.sleep(3 * impatient)
        hook.deliver()
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.state, event.attempt_count) == ("delivered", 1)


@pytest.fixture
def impatient(shop):
    """The seconds after which PostgreSQL ends an idle transaction."""
    from odoo import sql_db
    from odoo.tools import SQL

    name = shop.registry.db_name

    def alter(change):
        with shop.transaction() as env:
            env.cr.execute(
                SQL("ALTER DATABASE %s %s", SQL.identifier(name), SQL(change))
            )
        # for new connections
        sql_db.close_db(name)

    alter("SET idle_in_transaction_session_timeout = '500ms'")
    yield 0.5
    alter("RESET idle_in_transaction_session_timeout")


def test_what_was_sent_stays_recorded_when_the_job_dies(hook, monkeypatch):
    """Promise 2: and what was in hand is sent again under the same id."""
    from odoo.addons.nshift_webhooks import store

    hook.write(parallel_requests=1)
    hook.answers(answer(200), answer(200, delay=0.3))
    for _order in range(2):
        hook.shop.order()
    record = store.Store.record

    calls = itertools.count(1)

    def die_from_the_second_on(self, answers):
        if answers and next(calls) > 1:
            raise SystemExit("killed")
        return record(self, answers)

    with monkeypatch.context() as dying:
        dying.setattr(store.Store, "record", die_from_the_second_on)
        with pytest.raises(SystemExit):
            hook.deliver()
    assert hook.states() == ["delivered", "pending"]
    hook.deliver()
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([("state", "=", "pending")])
        assert (event.failure, event.attempt_count) == ("interrupted", 1)
        assert event.next_attempt_at > event.last_attempt_at
        assert "may have received the message" in event.advice
    hook.make_due()
    hook.deliver()
    assert hook.states() == ["delivered", "delivered"]
    _first, second, again = hook.receiver.wait_for(3, hook.path)
    assert (second.message_id, second.body) == (again.message_id, again.body)


def test_a_fault_of_the_job_itself_is_no_end(hook, monkeypatch, caplog):
    """It is logged, and the scheduled action tries again."""
    from odoo.addons.nshift_webhooks import store

    def broken(self, held, room):
        raise ValueError("broken")

    hook.shop.order()
    hook.make_due()
    with monkeypatch.context() as fault:
        fault.setattr(store.Store, "open_lanes", broken)
        with caplog.at_level(logging.CRITICAL, "odoo"):
            hook.deliver()
            hook.help_out()
    assert hook.states() == ["pending"]
    # nothing is left locked
    hook.help_out()
    assert hook.states() == ["delivered"]


def test_a_job_makes_room_for_others_and_queues_its_successor(hook, monkeypatch):
    from odoo.addons.nshift_webhooks.delivery import dispatcher

    monkeypatch.setattr(dispatcher, "DURATION_S", 0.3)
    hook.write(parallel_requests=1)
    hook.answers(*[answer(200, delay=0.2)] * 9)
    for _order in range(4):
        hook.shop.order()
    hook.forget_jobs()
    hook.deliver()
    assert 1 <= len(hook.arrived()) < 4
    assert hook.jobs() == [0]
    while "pending" in hook.states():
        hook.forget_jobs()
        hook.deliver()
    assert len(hook.arrived()) == 4
    assert hook.jobs() == []


def test_a_slow_endpoint_holds_up_no_other_within_one_job(shop, hook):
    """Promise 4: also where queue_job runs only one job at a time."""
    quick = Hook(shop, hook.receiver, "order.created")
    shop.order()
    with hook.under_way():
        quick.receiver.wait_for(1, quick.path)
        # what happens while the job is waiting for the slow one
        shop.order()
        quick.receiver.wait_for(2, quick.path)
        assert "pending" in hook.states()
    assert set(hook.states() + quick.states()) == {"delivered"}
    assert len(hook.arrived()) == len(quick.arrived()) == 2


def test_some_requests_are_made_at_a_time_but_not_more_than_allowed(hook):
    hook.write(parallel_requests=3)
    under_way, most = set(), []
    lock = threading.Lock()

    def count(handler):
        with lock:
            under_way.add(handler)
            most.append(len(under_way))
        time.sleep(0.1)
        with lock:
            under_way.remove(handler)
        return answer(200)(handler)

    hook.answers(*[count] * 9)
    for _order in range(9):
        hook.shop.order()
    hook.deliver()
    assert hook.states() == ["delivered"] * 9
    assert max(most) == 3


def test_a_job_removes_those_that_wait_to_do_the_same(hook):
    hook.forget_jobs()
    for _order in range(3):
        hook.shop.order()
    assert hook.jobs() == [0, 0, 0]
    hook.deliver()
    assert hook.jobs() == []


def test_an_archived_webhook_waits_until_it_is_enabled_again(hook):
    hook.shop.order()
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).active = False
    hook.forget_jobs()
    hook.deliver()
    assert hook.arrived() == []
    assert hook.jobs() == []
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).active = True
    hook.deliver()
    # it may be old by now: a person says what becomes of it
    assert hook.arrived() == []
    hook.forget_jobs()
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id)._enable()
    assert hook.jobs() == [0]
    hook.deliver()
    assert hook.states() == ["delivered"]


def test_what_waits_goes_to_the_new_url(hook):
    hook.answers(answer(500))
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook.id)
        webhook.url += "/new"
        hook.receiver.register(f"{hook.path}/new", hook.secret)
    hook.make_due()
    hook.deliver()
    assert len(hook.receiver.wait_for(1, f"{hook.path}/new")) == 1
    assert hook.states() == ["delivered"]


def test_a_url_that_became_improper_is_not_called(hook):
    hook.shop.order()
    with hook.shop.transaction() as env:
        env.cr.execute("UPDATE nshift_webhook SET url = replace(url, 'https', 'http')")
    hook.deliver()
    assert hook.arrived() == []
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.state, event.failure, event.attempt_count) == (
            "pending",
            "url",
            1,
        )
        assert not event.response_code


def test_a_webhook_that_is_deleted_meanwhile_ends_its_job(hook):
    hook.shop.order()
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).unlink()
    hook.deliver()
    assert hook.arrived() == []


@pytest.mark.parametrize("act", ["unlink", "button_done", "button_cancelled"])
def test_an_event_whose_job_was_done_away_with_is_not_stranded(hook, act):
    """Somebody did so in queue_job's screens."""
    hook.shop.order()
    with hook.shop.transaction() as env:
        getattr(env["queue.job"].search([]), act)()
    hook.help_out()
    assert hook.states() == ["pending"], "it may still be on its way"
    hook.make_due()
    hook.help_out()
    assert hook.states() == ["delivered"]
    assert hook.jobs() == []


def test_send_again_sends_the_same_once_more(hook):
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        env["nshift.webhook.event"].search([]).action_send_again()
    hook.deliver()
    first, second = hook.arrived()
    assert (first.message_id, first.body) == (second.message_id, second.body)
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.state, event.attempt_count) == ("delivered", 2)


def test_the_user_does_not_wait_for_the_endpoint(hook):
    """Promise 5: saving an order makes no connection."""
    hook.forget_jobs()
    hook.answers(answer(200, delay=2))
    hook.shop.order()
    assert hook.arrived() == []
    assert hook.jobs() == [0]


def test_a_neutralized_copy_sends_nothing(hook):
    """As `odoo-bin neutralize` and the database manager make one for tests."""
    from odoo.modules.neutralize import neutralize_database

    hook.shop.order()
    with hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).make_catch_up_key()
        env["nshift.webhook.monitoring.token"].create({}).action_make()
    with hook.shop.registry.cursor() as cr:
        neutralize_database(cr)
        # whoever watches the original has nothing to do with the copy
        cr.execute("SELECT FROM ir_config_parameter WHERE key LIKE '%monitoring%'")
        assert not cr.rowcount
        cr.execute("SELECT bool_or(active) FROM nshift_webhook")
        assert cr.fetchone() == (False,)
        cr.execute("SELECT state, next_attempt_at FROM nshift_webhook_event")
        assert cr.fetchall() == [("cancelled", None)]
        # jobs of the same UUIDs in two databases stop queue_job's runner for all
        cr.execute("SELECT FROM queue_job")
        assert not cr.rowcount
        cr.execute("SELECT FROM res_users_apikeys WHERE scope LIKE 'nshift%'")
        assert not cr.rowcount
        # the others' database it stays
        cr.rollback()
    with hook.shop.transaction() as env:
        env["nshift.webhook.monitoring.token"].create({}).action_switch_off()
