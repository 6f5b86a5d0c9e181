"""Messages that were given up are sent again: all, in order, once, and stoppable."""

import os
import time

import pytest

from dev.receiver import answer

from .in_thread import in_thread
from .loading import parts_of, run
from .test_current_state_is_sent import take_triggers
from .unbuilt import edit

#: ``ACTS=1000000`` measures what it takes with a million.
EVENTS = int(os.environ.get("ACTS", 12_000))


def give_up(hook, count, records=None, **values):
    """Have messages given up: of an order each, or several of each of a few."""
    values = {"state": "failed", "failure": "status", "code": 503} | values
    with hook.shop.transaction() as env:
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, company_id, event, state, failure, response_code,
                attempt_count, message_id, happened_at, last_attempt_at,
                payload, payload_size, res_model, res_id, res_name
            )
            SELECT %(webhook)s, 1, 'order.created', %(state)s, %(failure)s, %(code)s,
                   10, 'msg_' || gen_random_uuid(),
                   now() - interval '1 hour' + number * interval '1 ms',
                   now() - interval '1 minute',
                   '{"number":' || number || ',"data":{}}', 30, 'sale.order',
                   1000000 + number %% %(records)s, 'S' || number
              FROM generate_series(1, %(count)s) AS number
            """,
            {"webhook": hook.id, "count": count, "records": records or count} | values,
        )
        env.cr.execute("ANALYZE nshift_webhook_event")


def webhook_of(env, hook):
    return env["nshift.webhook"].browse(hook.id)


def press(hook, **values):
    """Press the buttons in the dialog; return how many messages are sent."""
    with hook.shop.transaction() as env:
        action = webhook_of(env, hook).action_mend()
        dialog = env[action["res_model"]].with_context(**action["context"])
        dialog = dialog.create({"period": "all"} | values)
        dialog.action_send()
        return webhook_of(env, hook)._latest_load().total


def stop(hook):
    with hook.shop.transaction() as env:
        webhook_of(env, hook).action_stop_load()


def text_of(hook):
    with hook.shop.transaction(lang="en_US") as env:
        return webhook_of(env, hook).load_text


def states(hook):
    with hook.shop.transaction() as env:
        groups = env["nshift.webhook.event"]._read_group(
            [("webhook_id", "=", hook.id)], ["state"], ["__count"]
        )
        return dict(groups)


def numbers(hook):
    """Return the numbers of the messages in the order in which they have arrived."""
    return [
        each.message["number"] for each in hook.arrived() if "number" in each.message
    ]


@pytest.fixture
def one_by_one(hook):
    hook.write(parallel_requests=1)
    return hook


@pytest.fixture
def few_at_once(monkeypatch):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    parts_of(monkeypatch, 2)
    monkeypatch.setattr(nshift_webhook_loading, "MOST_WAITING", 4)
    monkeypatch.setattr(nshift_webhook_loading, "FEW_WAITING", 2)


def test_all_arrive_once_and_in_their_order(shop, one_by_one, few_at_once):
    """There are never many that wait, and it goes on by itself."""
    hook = one_by_one
    give_up(hook, 9, records=4)
    assert press(hook) == 9
    run(shop)
    assert states(hook) == {"failed": 5, "pending": 4}
    assert "since" in text_of(hook) and "0 of 9" in text_of(hook)
    while states(hook).get("failed"):
        take_triggers(shop)
        hook.deliver()
        assert take_triggers(shop), "it goes on by itself"
        run(shop)
    hook.deliver()
    assert states(hook) == {"delivered": 9}
    assert numbers(hook) == list(range(1, 10))
    assert "Received: 9, given up again: 0, waiting: 0." in text_of(hook)


def test_what_is_new_goes_first(shop, one_by_one):
    give_up(one_by_one, 20)
    press(one_by_one)
    run(shop)
    shop.order()
    one_by_one.deliver()
    assert "number" not in one_by_one.arrived()[0].message
    assert numbers(one_by_one) == list(range(1, 21))


def test_what_is_refused_again_is_given_up_again(shop, one_by_one):
    give_up(one_by_one, 3)
    press(one_by_one)
    run(shop)
    one_by_one.answers(answer(200), answer(422), answer(200))
    one_by_one.deliver()
    assert one_by_one.states() == ["delivered", "failed", "delivered"]
    assert "Received: 2, given up again: 1, waiting: 0." in text_of(one_by_one)
    # and can be sent once more
    assert press(one_by_one) == 1
    run(shop)
    one_by_one.deliver()
    assert one_by_one.states() == ["delivered"] * 3


def test_stopped_while_one_is_on_its_way(shop, one_by_one, few_at_once):
    """That one arrives, once; the others are given up again."""
    hook = one_by_one
    give_up(hook, 9)
    press(hook)
    run(shop)
    with hook.under_way():
        stop(hook)
    run(shop)
    received = states(hook)["delivered"]
    assert states(hook) == {"delivered": received, "failed": 9 - received}
    assert received <= 4
    assert "stopped that" in text_of(hook)
    # the rest can be sent later
    assert press(hook) == 9 - received
    while states(hook).get("failed"):
        run(shop)
        hook.deliver()
    assert sorted(numbers(hook)) == list(range(1, 10))


def test_what_waits_behind_goes_on_after_a_stop(shop, one_by_one):
    hook = one_by_one
    order_id = shop.order()
    hook.answers(answer(422))
    hook.write(request_timeout=5)
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param("nshift_webhooks.retry_delays", "60")
        env.cr.execute("UPDATE nshift_webhook_event SET attempt_count = 1")
    hook.deliver()
    assert hook.states() == ["failed"]
    press(hook)
    run(shop)
    hook.told_of("order.updated")
    edit(shop, order_id, "just now")
    stop(hook)
    hook.deliver()
    assert hook.states() == ["failed", "delivered"]


def test_a_process_that_ends_in_the_middle(shop, one_by_one, few_at_once):
    """Another one goes on: nothing is lost, and nothing is sent twice."""
    hook = one_by_one
    give_up(hook, 5)
    press(hook)
    cr = shop.registry.cursor()
    from odoo import SUPERUSER_ID, api

    loads = api.Environment(cr, SUPERUSER_ID, {})["nshift.webhook.load"]
    loads._make_ready(loads._next_part())
    cr.rollback()
    cr.close()
    while states(hook).get("failed"):
        run(shop)
        hook.deliver()
    hook.deliver()
    assert numbers(hook) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("caplog")
def test_two_managers_at_once(shop, one_by_one):
    """One is told that the other was first."""
    from psycopg2.errors import UniqueViolation

    from odoo.exceptions import UserError
    from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

    hook = one_by_one
    give_up(hook, 5)
    with shop.transaction() as env:
        action = webhook_of(env, hook).action_mend()
        dialog = env[action["res_model"]].with_context(**action["context"])
        dialog.create({"period": "all"}).action_send()
        join = in_thread(lambda: press(hook))
        time.sleep(1)
    error = join()
    assert isinstance(error, (UniqueViolation, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY))
    # as Odoo does it once more
    with pytest.raises(UserError, match="of 5"):
        press(hook)
    run(shop)
    hook.deliver()
    assert numbers(hook) == [1, 2, 3, 4, 5]


@pytest.mark.usefixtures("caplog")
def test_a_delivery_that_is_recorded_meanwhile(shop, one_by_one):
    """The part is done again, and finds what has become of the message."""
    hook = one_by_one
    give_up(hook, 3)
    press(hook)
    [first, *_] = event_ids(shop)
    join = None
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event SET state = 'delivered', "
            "received_at = now() WHERE id = %s",
            (first,),
        )
        join = in_thread(lambda: run(shop))
        time.sleep(1)
    assert join() is None
    assert hook.states() == ["delivered", "pending", "pending"]
    assert "sent meanwhile: 1." in text_of(hook)


def test_what_old_ones_are_by_now(shop, one_by_one):
    """It is told once, after all messages, however many old ones there are."""
    hook = one_by_one
    hook.told_of("order.updated")
    order_id = shop.order()
    for text in ("first", "second", "third"):
        edit(shop, order_id, text)
        hook.deliver()
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event SET state = 'failed', received_at = NULL, "
            "failure = 'status', response_code = 503 WHERE id = ANY(%s)",
            (event_ids(shop)[:2],),
        )
    give_up(hook, 3)
    press(hook)
    for _time in range(2):
        run(shop)
        hook.deliver()
    arrived = [each.message for each in hook.arrived()[3:]]
    assert [message.get("number") for message in arrived] == [1, 2, 3, None]
    assert arrived[-1]["data"]["reason"] == "current state"
    assert arrived[-1]["data"]["order"]["customer_reference"] == "third"
    assert hook.states()[:3] == ["failed", "failed", "delivered"]


def event_ids(shop):
    with shop.transaction() as env:
        return env["nshift.webhook.event"].search([], order="id").ids


def test_a_receiving_system_with_a_limit_is_not_flooded(shop, one_by_one):
    hook = one_by_one
    hook.write(requests_per_second=10)
    give_up(hook, 21)
    press(hook)
    run(shop)
    began = time.monotonic()
    hook.deliver()
    assert time.monotonic() - began > 1.5
    assert numbers(hook) == list(range(1, 22))


def test_very_many(hook):
    """What a person waits for takes no longer, and little is locked at once."""
    give_up(hook, EVENTS)
    with hook.shop.transaction() as env:
        action = webhook_of(env, hook).action_mend()
        dialogs = env[action["res_model"]].with_context(**action["context"])
        began = time.monotonic()
        dialog = dialogs.create({})
        assert dialog.count == min(EVENTS, 100_001)
        assert dialog.reasons.startswith('[["503:status"')
        opened = time.monotonic() - began
        began = time.monotonic()
        dialog.action_send()
    pressed = time.monotonic() - began
    began = time.monotonic()
    run(hook.shop)
    made_ready = time.monotonic() - began
    assert states(hook) == {"pending": 1000, "failed": EVENTS - 1000}
    began = time.monotonic()
    assert f"of {EVENTS:,}" in text_of(hook)
    shown = time.monotonic() - began
    began = time.monotonic()
    stop(hook)
    stopped = time.monotonic() - began
    assert states(hook) == {"failed": EVENTS}
    run(hook.shop)
    print(  # noqa: T201 - read with -s
        f"{EVENTS:,}: opened {opened:.2f} s, pressed {pressed:.2f} s, "
        f"1,000 made ready {made_ready:.2f} s, shown {shown:.3f} s, "
        f"stopped {stopped:.2f} s"
    )
    assert opened < 3 and stopped < 3


def test_everything_selected_in_the_list(hook):
    """A list sends no more than 20,000 ids, and what it was searched for."""
    give_up(hook, EVENTS)
    domain = [("webhook_id", "=", hook.id), ("state", "=", "failed")]
    with hook.shop.transaction() as env:
        env["ir.config_parameter"].set_param("web.active_ids_limit", "100")
        events = env["nshift.webhook.event"].with_context(active_domain=domain)
        first = events.search(domain, limit=100)
        began = time.monotonic()
        action = first.action_ask_to_send_again()
        opened = time.monotonic() - began
        env["ir.config_parameter"].set_param("web.active_ids_limit", False)
    with hook.shop.transaction() as env:
        dialog = env[action["res_model"]].browse(action["res_id"])
        began = time.monotonic()
        assert dialog.count == min(EVENTS, 100_001)
        assert (EVENTS > 100_000) == bool(dialog.left_text)
        counted = time.monotonic() - began
    with hook.shop.transaction() as env:
        dialog = env[action["res_model"]].browse(action["res_id"])
        began = time.monotonic()
        dialog.action_send()
    pressed = time.monotonic() - began
    with hook.shop.transaction() as env:
        assert webhook_of(env, hook)._latest_load().total == EVENTS
    stop(hook)
    run(hook.shop)
    print(  # noqa: T201 - read with -s
        f"{EVENTS:,} selected: opened {opened:.2f} s, counted {counted:.2f} s, "
        f"pressed {pressed:.2f} s"
    )
