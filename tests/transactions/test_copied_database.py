"""A copy of the database, as is made for tests, sends nothing of the original."""

import logging

import pytest

HOME = "nshift_webhooks.home_database"


@pytest.fixture
def copy(hook):
    """A webhook, with an event that waits, in what was another database."""

    def settle_elsewhere(change):
        with hook.shop.transaction() as env:
            parameters = env["ir.config_parameter"]
            parameters.set_param(HOME, change(parameters.get_param(HOME)))

    hook.shop.order()
    yield settle_elsewhere
    with hook.shop.transaction() as env:
        env["nshift.webhook.home"]._settle()


def another_name(home):
    return f"{home.partition(' ')[0]} my shop"


@pytest.mark.parametrize(
    ("change", "original"),
    [
        pytest.param(another_name, "my shop", id="another name"),
        pytest.param(lambda home: f"x{home}", None, id="another uuid"),
        pytest.param(lambda home: False, "?", id="nothing known"),
    ],
)
def test_a_copy_sends_nothing_and_says_what_it_is_a_copy_of(
    hook, copy, change, original
):
    copy(change)
    hook.deliver()
    assert hook.states() == ["pending"]
    assert not hook.arrived()
    with hook.shop.transaction() as env:
        said = env["nshift.webhook.home"].get_original()
    assert said == (original or hook.shop.registry.db_name)


def test_no_job_queues_another_one_in_a_copy(hook, copy, caplog):
    copy(another_name)
    hook.forget_jobs()
    with caplog.at_level(logging.INFO):
        hook.deliver()
    assert "copy of the database my shop" in caplog.text
    hook.make_due()
    hook.help_out()
    assert hook.jobs() == []
    assert not hook.arrived()


@pytest.mark.parametrize("state", ["pending", "enqueued", "started"])
def test_copy_keeps_no_job(hook, copy, state):
    """Two databases with jobs of the same UUIDs stop queue_job's runner for all."""
    copy(another_name)
    with hook.shop.transaction() as env:
        env.cr.execute(
            "UPDATE queue_job SET state = %s, date_started = now() - INTERVAL '1 hour'",
            (state,),
        )
    hook.help_out()
    with hook.shop.transaction() as env:
        assert not env["queue.job"].search([])


def test_what_happens_in_a_copy_waits(hook, copy):
    copy(another_name)
    hook.shop.order()
    hook.deliver()
    assert hook.states() == ["pending"] * 2


@pytest.mark.parametrize(
    ("choice", "states"),
    [
        ("action_send", ["delivered", "delivered"]),
        ("action_drop", ["cancelled", "delivered"]),
    ],
)
def test_a_manager_has_webhooks_sent_from_here(hook, copy, choice, states):
    copy(another_name)
    hook.deliver()
    hook.forget_jobs()
    with hook.shop.transaction() as env:
        env["res.users"].create(
            {
                "name": "Manager",
                "login": f"manager{hook.id}",
                "group_ids": [env.ref("nshift_webhooks.group_webhook_manager").id],
                "company_ids": env["res.company"].search([]).ids,
            }
        )
    with hook.shop.transaction(f"manager{hook.id}") as env:
        wizard = env["nshift.webhook.settle"].create({})
        assert (wizard.original, wizard.waiting_count) == ("my shop", 1)
        getattr(wizard, choice)()
    assert hook.jobs() == [0]
    hook.shop.order()
    hook.deliver()
    assert hook.states() == states
    with hook.shop.transaction() as env:
        assert env["nshift.webhook.home"].get_original() is None


@pytest.mark.parametrize("choice", ["action_send", "action_drop"])
def test_original_is_left_alone(hook, choice):
    """Where webhooks are sent from, nobody can have what waits dropped."""
    from odoo.exceptions import UserError

    hook.shop.order()
    with hook.shop.transaction("admin") as env:
        assert not env["nshift.webhook.home"].may_settle()
    with (
        pytest.raises(UserError, match="from this database already"),
        hook.shop.transaction("admin") as env,
    ):
        env["nshift.webhook.settle"].create({})
    # a dialog that was opened while the database was a copy
    with hook.shop.transaction("admin") as env:
        env.cr.execute(
            "INSERT INTO nshift_webhook_settle (create_uid) VALUES (%s) RETURNING id",
            (env.uid,),
        )
        [id_] = env.cr.fetchone()
    with (
        pytest.raises(UserError, match="from this database already"),
        hook.shop.transaction("admin") as env,
    ):
        getattr(env["nshift.webhook.settle"].browse(id_), choice)()
    assert hook.states() == ["pending"]


def test_decided_for_all_companies(hook, copy):
    """By nobody who belongs to some of them only."""
    from odoo.exceptions import AccessError

    copy(another_name)
    with hook.shop.transaction() as env:
        env["res.company"].create({"name": f"Other {hook.id}"})
        env["res.users"].create(
            {
                "name": "Manager",
                "login": f"one{hook.id}",
                "group_ids": [env.ref("nshift_webhooks.group_webhook_manager").id],
            }
        )
    with hook.shop.transaction(f"one{hook.id}") as env:
        assert not env["nshift.webhook.home"].may_settle()
    with (
        pytest.raises(AccessError, match="decided for all companies"),
        hook.shop.transaction(f"one{hook.id}") as env,
    ):
        env["nshift.webhook.settle"].create({})


def test_only_who_may_see_webhooks_is_told_the_original(hook, copy):
    from odoo.exceptions import AccessError

    with (
        pytest.raises(AccessError),
        hook.shop.transaction("demo") as env,
    ):
        env["nshift.webhook.home"].get_original()
