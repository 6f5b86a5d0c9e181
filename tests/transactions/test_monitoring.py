"""What monitoring is told, and Odoo's log at its start: as the overview has it."""

import logging
import re
from datetime import datetime, timedelta

import psycopg2
import pytest

from dev import paths
from dev.receiver import answer
from tests import passing_time

from .hook import Hook

DUE_LONG_AGO = timedelta(minutes=11)


@pytest.fixture
def cron(shop):
    """Change columns of the scheduled action of each minute; put back in the end."""

    def change(**values):
        with shop.transaction() as env:
            env.ref("nshift_webhooks.cron_deliver_overdue").write(values)

    yield change
    change(active=True, nextcall=datetime.utcnow())


def state(shop):
    """What monitoring is told, read as its addresses read it."""
    from odoo.addons.nshift_webhooks.transaction import looking

    shop.registry.check_signaling()
    with looking(shop.registry, seconds=5) as env:
        return env["nshift.webhook.monitoring"]._state()


def codes(shop):
    return list(state(shop).reasons)


def trouble(shop):
    with shop.transaction("admin") as env:
        return env["nshift.webhook.runner"].get_trouble()


def told_of(hook):
    [found] = [each for each in state(hook.shop).webhooks if each.id == hook.id]
    return found


def test_counted(hook):
    hook.answers(answer(200), answer(503), answer(302))
    for _order in range(3):
        hook.shop.order()
    assert told_of(hook).waiting == 3
    assert 0 <= told_of(hook).oldest_waiting_s < 60
    assert sum(told_of(hook).totals.attempts) == 0
    hook.deliver()
    told = told_of(hook)
    assert told.waiting == 2
    assert told.totals.delivered == 1
    assert told.totals.attempts == [1, 1, 0, 1, 0, 0]
    assert sum(told.totals.durations) == 3
    assert told.name == "order.created"


def test_log_deleted(hook):
    """What is taken out of the log has been delivered all the same."""
    hook.shop.order()
    hook.deliver()
    before = told_of(hook).totals
    assert before.delivered == 1
    hook.shop.events()
    assert told_of(hook).totals == before


def test_as_the_overview_has_it(hook):
    """Each webhook's health, and what is said of all."""
    shop = hook.shop
    others = [Hook(shop, hook.receiver, "order.created") for _ in range(5)]
    with shop.transaction() as env:
        now = env.cr.now()
        webhooks = [env["nshift.webhook"].browse(each.id) for each in others]
        stopped, paused, failing, lossy, archived = webhooks
        stopped._write_health(stopped_at=now, stopped_reason="gone")
        paused.action_pause()
        failing._write_health(failing_since=now)
        env["nshift.webhook.hour"]._count_unbuilt(lossy)
        archived.active = False
    with shop.transaction() as env:
        shown = {each.id: each.health for each in env["nshift.webhook"].search([])}
    told = state(shop)
    assert {each.id: each.health for each in told.webhooks} == shown
    assert {*shown.values()} == {"stopped", "paused", "failing", "lossy", "working"}
    # an endpoint that fails is no matter for the night
    assert told.reasons == {}


def test_documented():
    """The page on monitoring explains each code and each word of a webhook's health."""
    from odoo.addons.nshift_webhooks.models.nshift_webhook_overdue import CODES
    from odoo.addons.nshift_webhooks.models.nshift_webhook_overview import HEALTHS

    page = (paths.ROOT / "docs" / "MONITORING.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| ", page, re.MULTILINE)
    assert [row for row in rows if not row.startswith("nshift_")] == [*CODES]
    for name, _label in HEALTHS:
        assert f"`{name}`" in page or name == "archived"


def test_too_many_webhooks(hook, monkeypatch):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_monitoring

    Hook(hook.shop, hook.receiver, "order.created")
    monkeypatch.setattr(nshift_webhook_monitoring, "MOST_WEBHOOKS", 1)
    told = state(hook.shop)
    assert [each.id for each in told.webhooks] == [hook.id]
    assert told.left_out == 1


def test_no_runner(hook):
    """It is overdue as soon as managers are told, and for the same reason."""
    hook.shop.order()
    assert codes(hook.shop) == []
    for _minute in range(3):
        passing_time.pass_time(hook.shop.registry.cursor, minutes=1, seconds=5)
        hook.help_out()
    [(code, text)] = state(hook.shop).reasons.items()
    assert code in ("runner_absent", "runner_module")
    assert text == trouble(hook.shop)
    assert told_of(hook).health == "late"
    assert not state(hook.shop).runner_seen


@pytest.mark.parametrize(
    "values",
    [
        {"active": False},
        {"nextcall": datetime.utcnow() - timedelta(minutes=16)},
        {"nextcall": datetime.utcnow() + timedelta(days=300)},
    ],
    ids=["inactive", "late", "clock was ahead"],
)
def test_no_scheduled_action(hook, cron, values):
    """It is said, though messages are sent in time."""
    assert codes(hook.shop) == []
    cron(**values)
    assert codes(hook.shop) == ["schedule"]
    assert "is not run" in trouble(hook.shop)
    assert told_of(hook).health == "working"


def test_last_run(hook, cron):
    """It is the time by any clock; where it has never been run, there is none."""
    cron(lastcall=False)
    assert state(hook.shop).schedule_ran_at is None
    cron(lastcall="2026-01-02 03:04:05")
    assert state(hook.shop).schedule_ran_at == 1767323045


def make_late(hook, **health):
    """Have a message due for long, of an endpoint that is as given."""
    hook.shop.order()
    with hook.shop.transaction() as env:
        due = env.cr.now() - DUE_LONG_AGO
        env.cr.execute("UPDATE nshift_webhook_event SET next_attempt_at = %s", (due,))
        if health:
            env["nshift.webhook"].browse(hook.id)._write_health(**health)


def test_stuck(hook):
    """What is due is not sent, though the runner takes its jobs."""
    make_late(hook)
    assert codes(hook.shop) == ["stuck"]
    assert "are not sent" in trouble(hook.shop)
    assert told_of(hook).health == "late"
    hook.deliver()
    assert codes(hook.shop) == []


def test_slow_endpoint(hook):
    """Where there is much to send, and some was sent just now, nothing is stuck."""
    hook.shop.order()
    hook.deliver()
    make_late(hook)
    assert codes(hook.shop) == []
    with hook.shop.transaction() as env:
        long_ago = env.cr.now() - DUE_LONG_AGO
        env.cr.execute(
            "UPDATE nshift_webhook_event SET last_attempt_at = %s "
            "WHERE last_attempt_at IS NOT NULL",
            (long_ago,),
        )
    assert codes(hook.shop) == ["stuck"]


@pytest.mark.parametrize(
    "health",
    [
        {"paused_at": datetime(2026, 1, 1)},
        {"stopped_at": datetime(2026, 1, 1)},
        {"backoff_until": datetime.utcnow() + timedelta(hours=1)},
        {"drop_up_to": 2**31 - 1},
    ],
    ids=["paused", "stopped", "left alone", "dropped"],
)
def test_kept_for_a_reason(hook, health):
    make_late(hook, **health)
    assert codes(hook.shop) == []


@pytest.fixture
def copied(shop):
    """The database is a copy."""
    from odoo.addons.nshift_webhooks.models.ir_config_parameter import HOME_PARAMETER

    def set_home(value):
        with shop.transaction() as env:
            env["ir.config_parameter"].set_param(HOME_PARAMETER, value)

    with shop.transaction() as env:
        home = env["nshift.webhook.home"]._address()
    set_home("another original")
    yield
    set_home(home)


def test_copy(hook, copied):
    """Nothing is sent from it, which somebody should know who watches it."""
    assert codes(hook.shop) == ["copy"]
    assert "original" not in state(hook.shop).reasons["copy"]
    hook.write(active=False)
    assert codes(hook.shop) == []


def test_only_read(shop):
    from odoo.addons.nshift_webhooks.transaction import looking

    with (
        pytest.raises(psycopg2.errors.ReadOnlySqlTransaction),
        looking(shop.registry, seconds=5) as env,
    ):
        env.cr.execute("UPDATE nshift_webhook SET name = 'x'", log_exceptions=False)


def test_ended_in_time(shop):
    from odoo.addons.nshift_webhooks.transaction import looking

    with (
        pytest.raises(psycopg2.errors.QueryCanceled),
        looking(shop.registry, seconds=0.1) as env,
    ):
        env.cr.execute("SELECT pg_sleep(10)", log_exceptions=False)
    with shop.registry.cursor() as cr:
        cr.execute("SHOW statement_timeout")
        assert cr.fetchone() == ("0",)


@pytest.fixture
def start(shop, monkeypatch, caplog):
    """Load the database as a server does that has just been started.

    :return: function of Odoo's configuration that differs; returns (level, text) of
        each line that the log has
    """
    from odoo.service import server
    from odoo.tools import config

    from odoo.addons.nshift_webhooks.models import nshift_webhook_start

    monkeypatch.setattr(server, "server", object())
    monkeypatch.setattr(nshift_webhook_start, "_told", set())
    sound = {
        "server_wide_modules": ["base", "web", "queue_job"],
        "workers": 4,
        "max_cron_threads": 1,
        "test_enable": False,
        "stop_after_init": False,
    }

    def start(channels="root:2", **settings):
        caplog.clear()
        monkeypatch.setattr(nshift_webhook_start, "_channels", lambda: channels)
        monkeypatch.setattr(
            "odoo.addons.nshift_webhooks.models.nshift_webhook_runner"
            "._is_runner_enabled",
            lambda: not channels.startswith("root:0"),
        )
        with (
            config_of(config, sound | settings),
            caplog.at_level(logging.INFO),
            shop.transaction() as env,
        ):
            env["nshift.webhook.start"]._register_hook()
        return [
            (record.levelname, record.getMessage())
            for record in caplog.records
            if record.name.endswith("nshift_webhook_start")
        ]

    return start


class config_of:
    """Have other entries in Odoo's configuration for a while."""

    def __init__(self, config, values):
        self._options, self._values = config._runtime_options, values

    def __enter__(self):
        self._before = dict(self._options)
        self._options.update(self._values)

    def __exit__(self, *_exc_info):
        self._options.clear()
        self._options.update(self._before)


def test_line_at_start(hook, start):
    """How many webhooks there are, what waits, and that all is well: said once."""
    hook.shop.order()
    [(level, text)] = start()
    assert level == "INFO"
    name = hook.shop.registry.db_name
    assert text == (
        f"Webhooks of {name}: 1 active, 1 messages wait. All is as it should be."
    )
    assert start() == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"server_wide_modules": ["base", "web"]}, "add “queue_job” to “server_wide"),
        ({"channels": "root:0"}, "set “channels = root:2”"),
        ({"channels": "root:4"}, "4 places, and Odoo 4 workers"),
        ({"max_cron_threads": 0}, "“max_cron_threads” in Odoo's configuration at 1"),
    ],
    ids=["module", "places", "workers", "schedule"],
)
def test_fault_at_start(hook, start, settings, words):
    """It is a warning that says how it is mended."""
    [(level, text)] = start(**settings)
    assert level == "WARNING"
    assert words in text


def test_copy_at_start(hook, start, copied):
    [(level, text)] = start()
    assert level == "WARNING"
    assert "taken for a copy" in text


def test_no_webhook_at_start(shop, start):
    """Whoever has none yet is not warned."""
    [(level, _text)] = start(server_wide_modules=["base"], max_cron_threads=0)
    assert level == "INFO"


@pytest.mark.parametrize("setting", ["test_enable", "stop_after_init"])
def test_no_server(hook, start, setting):
    """Tests, installations and upgrades serve nobody."""
    assert start(**{setting: True}) == []


def test_start_with_an_older_database(hook, start, monkeypatch, registry, caplog):
    """Until the addon is upgraded, a table may be missing: Odoo starts all the same."""

    def fail(self):
        self.env.cr.execute("SELECT FROM nshift_webhook_that_is_not_there")

    monkeypatch.setattr(registry["nshift.webhook.start"], "_faults", fail)
    assert start() == []
    assert "Whether webhooks are as they should be is not known" in caplog.text
