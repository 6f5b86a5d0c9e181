"""What is done with very many events: in the background, and with nothing but ids."""

import os
import tracemalloc

import pytest

from dev.receiver import answer

from .test_giving_up import dialog_of, webhook

#: ``ACTS=1000000`` measures what it takes with a million.
EVENTS = int(os.environ.get("ACTS", 12_000))
MEGABYTE = 1024 * 1024


def fill(hook, count=EVENTS, state="pending"):
    """Have events wait, or be in the log, each with a message of 2 KB."""
    with hook.shop.transaction() as env:
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, company_id, event, state, message_id, happened_at,
                next_attempt_at, payload, res_model, res_id, res_name
            )
            SELECT %s, 1, 'order.created', %s, gen_random_uuid(), now(),
                   CASE WHEN %s = 'pending' THEN now() - interval '1 minute' END,
                   '{"data":"' || repeat(number::text, 300) || '"}', 'sale.order',
                   number, 'S' || number
              FROM generate_series(1, %s) AS number
            """,
            (hook.id, state, state, count),
        )


def run(hook):
    """Run the scheduled action to its end."""
    with hook.shop.transaction() as env:
        env["nshift.webhook"]._wipe_due()


def counts(hook):
    with hook.shop.transaction() as env:
        groups = env["nshift.webhook.event"]._read_group(
            [("webhook_id", "=", hook.id)], ["state"], ["__count"]
        )
        return dict(groups)


def progress(hook):
    with hook.shop.transaction(lang="en_US") as env:
        return webhook(env, hook).progress


def peak_of(act):
    """Return the bytes of Python's that an act takes at the most."""
    tracemalloc.start()
    act()
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.fixture
def paused(hook):
    with hook.shop.transaction() as env:
        webhook(env, hook).action_pause()
    return hook


def test_three_waiting_events_are_dropped(paused):
    """They are three rows, whatever else is in the log."""
    fill(paused, state="delivered")
    fill(paused, 3)
    before = versions(paused)
    with paused.shop.transaction() as env:
        dialog = dialog_of(env, paused)
        peak = peak_of(dialog.action_drop)
    assert peak < 5 * MEGABYTE
    assert counts(paused) == {"delivered": EVENTS, "cancelled": 3}
    assert len(versions(paused) - before) == 3


def versions(paused):
    """Return the versions of rows that the log has: each write makes one."""
    with paused.shop.transaction() as env:
        env.cr.execute("SELECT id, xmin::text FROM nshift_webhook_event")
        return set(env.cr.fetchall())


def test_many_are_dropped_in_the_background(paused):
    """Nothing of them is sent, what happens from then on is, at once."""
    fill(paused)
    with paused.shop.transaction() as env:
        dialog = dialog_of(env, paused)
        peak = peak_of(dialog.action_drop)
    assert peak < 10 * MEGABYTE + 200 * EVENTS
    assert progress(paused) == f"Messages that are not to be sent: 0 of {EVENTS:,}."
    paused.shop.order()
    paused.deliver()
    assert counts(paused) == {"pending": EVENTS, "delivered": 1}
    assert len(paused.arrived()) == 1
    # a process that ends in between leaves the rest to the next
    with paused.shop.transaction() as env:
        assert env["nshift.webhook.batch"]._do_next() == 5000
    assert progress(paused) == f"Messages that are not to be sent: 5,000 of {EVENTS:,}."
    run(paused)
    assert counts(paused) == {"cancelled": EVENTS, "delivered": 1}
    assert progress(paused) == ""
    with paused.shop.transaction() as env:
        [(_id, bound)] = webhook(env, paused)._read_health(["drop_up_to"])
        assert bound is None


def test_everything_in_the_list_is_sent_again(hook):
    """A list sends no more than 20,000 ids, and what it was searched for."""
    fill(hook, state="failed")
    with hook.shop.transaction(lang="en_US") as env:
        env["ir.config_parameter"].set_param("web.active_ids_limit", "100")
        domain = [("webhook_id", "=", hook.id), ("state", "=", "failed")]
        events = env["nshift.webhook.event"].with_context(active_domain=domain)
        chosen = events.search(domain, limit=100)
        said = []
        peak = peak_of(lambda: said.append(chosen.action_send_again()))
    assert peak < 10 * MEGABYTE + 200 * EVENTS
    assert f"{EVENTS:,} messages are sent again" in said[0]["params"]["message"]
    # the act is on what was there
    fill(hook, 1, state="failed")
    with hook.shop.transaction() as env:
        load = webhook(env, hook)._latest_load()
        assert (load.total, load.state) == (EVENTS, "running")
        env["ir.config_parameter"].set_param("web.active_ids_limit", False)


def test_a_webhook_with_many_events_is_deleted(hook):
    """It is out of the way at once, and cannot come back."""
    from odoo.exceptions import UserError

    fill(hook, state="delivered")
    with hook.shop.transaction() as env:
        webhook(env, hook).action_delete()
    with hook.shop.transaction() as env:
        assert not env["nshift.webhook"].search([("id", "=", hook.id)])
        with pytest.raises(UserError, match="is being deleted"):
            webhook(env, hook).active = True
    assert progress(hook) == f"Events deleted: 0 of {EVENTS:,}."
    run(hook)
    with hook.shop.transaction() as env:
        assert not webhook(env, hook).exists()
        log = env["nshift.webhook.audit"].search([("webhook_number", "=", hook.id)])
        assert log.mapped("action").count("deleted") == 1
    assert counts(hook) == {}


def test_many_messages_are_wiped(hook):
    fill(hook, state="delivered")
    hook.write(wipe_messages=True)
    run(hook)
    with hook.shop.transaction() as env:
        env.cr.execute(
            "SELECT count(*), count(payload) FROM nshift_webhook_event "
            "WHERE webhook_id = %s AND is_wiped",
            (hook.id,),
        )
        assert env.cr.fetchone() == (EVENTS, 0)


@pytest.mark.parametrize("act", ["action_cancel", "unlink"])
def test_what_waits_behind_goes_on(hook, act):
    """A successor that is held back is let forward with what is given up before it."""
    hook.told_of("order.updated")
    order_id = hook.shop.order()
    hook.answers(answer(500))
    with hook.shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "1"
    hook.deliver()
    with hook.shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "2"
    hook.deliver()
    with hook.shop.transaction() as env:
        first, second = env["nshift.webhook.event"].search([], order="id")
        assert not second.next_attempt_at
        getattr(first, act)()
    hook.deliver()
    assert hook.states()[-1] == "delivered"
