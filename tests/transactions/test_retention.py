"""What has been kept long enough is removed, and nothing else."""

import threading
from datetime import datetime, timedelta, timezone

import pytest
from freezegun import freeze_time

from .test_catching_up import Reader

RECEIVED = "nshift_webhooks.keep_received_days"
FAILED = "nshift_webhooks.keep_failed_days"
MESSAGES = "nshift_webhooks.keep_messages_days"
SCHEDULE = "nshift_webhooks.cron_remove"


@pytest.fixture
def log(shop):
    """A log of events of any age, removed as by the usual settings."""
    with shop.transaction() as env:
        for key in (RECEIVED, FAILED, MESSAGES):
            env["ir.config_parameter"].set_param(key, False)
    return Log(shop)


class Log:
    """Events with one attempt each, named by their message ID."""

    def __init__(self, shop):
        self.shop = shop
        self.webhook_id = shop.webhook("order.created")

    def add(self, name, state="delivered", days=0, webhook_id=None, **values):
        """Write an event whose attempt was so many days ago; return its id."""
        values = self.values(name, state, days, webhook_id) | values
        with self.shop.transaction() as env:
            [id_] = env["nshift.webhook.event"]._insert([values])
            attempted_at = values["last_attempt_at"] or values["happened_at"]
            env["nshift.webhook.attempt"].create(
                {"event_id": id_, "attempted_at": attempted_at}
                | {"response_body": "said"}
            )
        return id_

    def values(self, name, state="delivered", days=0, webhook_id=None):
        now = datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)
        then = now - timedelta(days=days)
        return {
            "webhook_id": webhook_id or self.webhook_id,
            "event": "order.created",
            "state": state,
            "message_id": name,
            "happened_at": then,
            "last_attempt_at": then,
            "payload": f'{{"id":"{name}","data":{{}}}}',
            "payload_size": 2,
            "res_model": "sale.order",
            "res_id": 1,
        }

    def set(self, key, value):
        with self.shop.transaction() as env:
            env["ir.config_parameter"].set_param(key, value)

    def write(self, webhook_id=None, **values):
        with self.shop.transaction() as env:
            env["nshift.webhook"].browse(webhook_id or self.webhook_id).write(values)

    def run(self):
        """Run the scheduled action; return the names of the events that are left."""
        with self.shop.transaction() as env:
            env.ref(SCHEDULE).method_direct_trigger()
        return self.left()

    def left(self):
        with self.shop.transaction() as env:
            events = env["nshift.webhook.event"].search([], order="id")
            return events.mapped("message_id")


def test_received_30_days_others_90(log):
    for state, days in (("delivered", 30), ("failed", 90)):
        log.add(f"{state} new", state, days=days - 1)
        log.add(f"{state} old", state, days=days + 1)
    for state in ("cancelled", "superseded"):
        log.add(f"{state} old", state, days=91)
        log.add(f"{state} new", state, days=31)
    log.add("wiped old", days=31, is_wiped=True, payload=None)
    assert log.run() == [
        "delivered new",
        "failed new",
        "cancelled new",
        "superseded new",
    ]
    with log.shop.transaction() as env:
        assert env["nshift.webhook.attempt"].search_count([]) == 4


def test_waiting_is_never_removed(log):
    """Not to be sent, to be sent, to be sent again, to be built, in bulk."""
    log.add("waits", "pending", days=5000)
    log.add("due", "pending", days=5000, next_attempt_at="2020-01-01")
    log.add("again", "pending", days=5000, received_at="2020-01-01")
    log.add("unbuilt", "pending", days=5000, payload=None, next_build_at="2020-01-01")
    log.add("bulk", "pending", days=5000, is_bulk=True)
    assert len(log.run()) == 5


def test_age_counts_from_the_end(log):
    """What was delivered, or given up by a person, at last was kept from then on."""
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    log.add("late", days=0, happened_at="2020-01-01")
    log.add("decided", "cancelled", days=500, cancelled_at=now)
    log.add("untried", "failed", days=91, last_attempt_at=None)
    assert log.run() == ["late", "decided"]


def test_settings(log):
    log.set(RECEIVED, "5")
    log.set(FAILED, "0")
    log.add("old", days=6)
    log.add("new", days=4)
    log.add("failed", "failed", days=3000)
    assert log.run() == ["new", "failed"]


def test_webhooks_own_time(log):
    """A webhook's own days count, 0 for ever; else they are those of the settings."""
    ever = log.shop.webhook(
        "order.created", has_own_retention=True, keep_received_days=0
    )
    short = log.shop.webhook(
        "order.created",
        has_own_retention=True,
        keep_received_days=1,
        keep_failed_days=2,
    )
    unused = log.shop.webhook("order.created", keep_received_days=1)
    log.add("ever", days=3000, webhook_id=ever)
    log.add("ever failed", "failed", days=91, webhook_id=ever)
    log.add("short", days=2, webhook_id=short)
    log.add("short failed", "failed", days=3, webhook_id=short)
    log.add("usual", days=2, webhook_id=unused)
    assert log.run() == ["ever", "usual"]


def test_archived_and_other_databases(log):
    """What is archived, and what a copy has, goes like everything else."""
    log.add("archived", days=31)
    log.write(active=False)
    home = "nshift_webhooks.home_database"
    with log.shop.transaction() as env:
        here = env["ir.config_parameter"].get_param(home)
    log.set(home, "another one")
    try:
        assert log.run() == []
    finally:
        log.set(home, here)


def test_told_of_is_kept(log):
    """As long as a to-do tells of messages given up, there is one to look at."""
    log.add("first", "failed", days=200)
    log.add("latest", "failed", days=100)
    with log.shop.transaction() as env:
        incident = env["nshift.webhook.incident"].create(
            {"webhook_id": log.webhook_id, "kind": "given_up", "since": "2026-01-01"}
        )
    assert log.run() == ["latest"]
    with log.shop.transaction() as env:
        env["nshift.webhook.incident"].browse(incident.id).unlink()
    assert log.run() == []


@pytest.mark.parametrize("what", ["load", "batch"])
def test_work_under_way_goes_first(log, what):
    log.add("old", "failed", days=100)
    with log.shop.transaction() as env:
        values = {
            "load": {"what": "again", "started_at": "2026-01-01"},
            "batch": {"act": "send", "number": 1, "count": 1, "total": 1},
        }[what]
        work = env[f"nshift.webhook.{what}"].create(
            {"webhook_id": log.webhook_id} | values
        )
    assert log.run() == ["old"]
    with log.shop.transaction() as env:
        env[work._name].browse(work.id).unlink()
    assert log.run() == []


def test_messages_before_lines(log):
    """Only what was received; the line, with its attempts, stays."""
    log.set(MESSAGES, "7")
    log.add("old", days=8)
    log.add("new", days=6)
    log.add("failed", "failed", days=8)
    assert log.run() == ["old", "new", "failed"]
    with log.shop.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="id")
        assert events.mapped("is_wiped") == [True, False, False]
        assert [bool(each.payload) for each in events] == [False, True, True]
        said = [each.attempt_ids.response_body for each in events]
        assert said == [False, "said", "said"]


def test_webhooks_own_time_for_messages(log):
    log.set(MESSAGES, "7")
    log.write(has_own_retention=True, keep_messages_days=10)
    log.add("old", days=11)
    log.add("new", days=9)
    log.run()
    with log.shop.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="id")
        assert events.mapped("is_wiped") == [True, False]


def test_shared_message_goes_with_the_last(log):
    ever = log.shop.webhook(
        "order.created", has_own_retention=True, keep_received_days=0
    )
    log.shop.order()
    with log.shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event SET state = 'delivered', "
            "last_attempt_at = '2020-01-01'"
        )
    assert len(log.run()) == 1
    with log.shop.transaction() as env:
        assert env["nshift.webhook.event"].search([]).payload
        env.cr.execute("SELECT body_id FROM nshift_webhook_event")
        [(body_id,)] = env.cr.fetchall()
        env["nshift.webhook"].browse(ever).keep_received_days = 30
    assert log.run() == []
    with log.shop.transaction() as env:
        assert body_id
        assert not env["nshift.webhook.body"].browse(body_id).exists()


def test_traces_go_along(log):
    """What Odoo's deletion removes elsewhere: attachments and external IDs."""
    id_ = log.add("old", days=31)
    with log.shop.transaction() as env:
        attachment = env["ir.attachment"].create(
            {"name": "x", "res_model": "nshift.webhook.event", "res_id": id_}
        )
        name = {"model": "nshift.webhook.event", "res_id": id_}
        env["ir.model.data"].create(name | {"module": "__export__", "name": "x"})
    log.run()
    with log.shop.transaction() as env:
        assert not attachment.with_env(env).exists()
        assert not env["ir.model.data"].search([("model", "=", "nshift.webhook.event")])


def test_figures_stay(log):
    """The overview says what became of messages that are removed by now."""
    log.add("old", "failed", days=100)
    with log.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(log.webhook_id)
        assert webhook.can_send_again
        env["nshift.webhook.hour"].create(
            {"webhook_id": webhook.id, "hour": "2026-11-01 10:00:00", "given_up": 7}
        )
    log.run()
    with log.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(log.webhook_id)
        assert not webhook.can_send_again
        hours = env["nshift.webhook.hour"].search([("webhook_id", "=", webhook.id)])
        assert hours.mapped("given_up") == [7]


@pytest.fixture
def small_batches(monkeypatch):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_retention

    monkeypatch.setattr(nshift_webhook_retention, "BATCH", 2)
    monkeypatch.setattr(nshift_webhook_retention, "FEWEST", 1)


def test_progress_is_reported(log, small_batches):
    """Odoo is told how many are done, and that none are left."""
    for number in range(5):
        log.add(str(number), days=31)
    log.run()
    with log.shop.transaction() as env:
        [progress] = env["ir.cron.progress"].search(
            [("cron_id", "=", env.ref(SCHEDULE).id)], order="id desc", limit=1
        )
        assert (progress.done, progress.remaining) == (5, 0)


def test_end_of_time_leaves_the_rest(log, small_batches, monkeypatch):
    """When its time is over Odoo is told that there is more."""
    from odoo.addons.base.models.ir_cron import IrCron

    for number in range(5):
        log.add(str(number), days=31)
    said = []

    def progress(_self, processed=0, *, remaining=None, deactivate=False):
        said.append((processed, remaining))
        _self.env.cr.commit()
        return 0

    monkeypatch.setattr(IrCron, "_commit_progress", progress)
    with log.shop.transaction() as env:
        env["nshift.webhook.event"]._remove_old()
    assert said == [(0, 5), (2, None), (0, 3)]
    assert len(log.left()) == 3


def test_what_is_locked_is_left(log):
    """Nobody is waited for."""
    held = log.add("held", days=31)
    log.add("free", days=31)
    with log.shop.transaction() as env:
        env.cr.execute(
            "SELECT FROM nshift_webhook_event WHERE id = %s FOR NO KEY UPDATE", (held,)
        )
        assert log.run() == ["held"]
    assert log.run() == []


def test_two_at_once(log, small_batches):
    for number in range(40):
        log.add(str(number), days=31)
    counts, removed = [], threading.Barrier(2)

    def work():
        from odoo.addons.nshift_webhooks.transaction import committed

        removed.wait(60)
        while True:
            with committed(log.shop.registry) as env:
                events = env["nshift.webhook.event"]
                count = events._remove_some(events)
            if not count:
                return
            counts.append(count)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert log.left() == []
    assert sum(counts) == 40


def test_what_breaks_off_goes_on(log, small_batches, monkeypatch, caplog):
    """What is removed stays removed, and Odoo does not disable the action."""
    for number in range(6):
        log.add(str(number), days=31)
    events = log.shop.registry["nshift.webhook.event"]
    remove, calls = events._remove_some, []

    def breaking(own):
        calls.append(own)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return remove(own)

    with monkeypatch.context() as patch:
        patch.setattr(events, "_remove_some", staticmethod(breaking))
        assert len(log.run()) == 4
    assert "cannot be removed now" in caplog.text
    assert log.run() == []


@pytest.mark.parametrize("days", [-400, 400])
def test_wrong_clock(log, days):
    """Odoo's clock is a year off: nothing goes that is new by the database's."""
    log.add("new", days=1)
    log.add("old", days=31)
    with freeze_time(datetime.now() + timedelta(days=days)):
        with log.shop.transaction() as env:
            events = env["nshift.webhook.event"]
            count = events._remove_some(events)
    assert count == (1 if days > 0 else 0)
    assert "new" in log.left()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_any_time_zone(log, zone):
    """A day more or less in the database's session changes nothing."""
    log.add("new", days=29.9)
    log.add("old", days=30.1)
    with log.shop.transaction() as env:
        env.cr.execute("SET LOCAL TIME ZONE %s", (zone,))
        events = env["nshift.webhook.event"]
        assert events._remove_some(events) == 1
    assert log.left() == ["new"]


def test_receiver_is_told(log):
    """A cursor from before what was removed is refused, and a new list says up to when
    messages are not there any more.
    """
    from odoo.exceptions import UserError

    reader = Reader(log.shop, log.webhook_id)
    log.add("first", days=40)
    [first] = reader.page()["messages"]
    old = reader.page()["cursor"]
    assert first["id"] == "first"
    assert reader.page()["removed_until"] is None
    log.add("unread", days=35)
    log.add("kept", days=5)
    new = reader.page(old)["cursor"]
    log.run()
    with pytest.raises(UserError, match="not kept any longer"):
        reader.page(old)
    assert reader.page(new)["messages"] == []
    page = reader.page()
    assert [each["id"] for each in page["messages"]] == ["kept"]
    removed = datetime.fromisoformat(page["removed_until"]).replace(tzinfo=None)
    assert timedelta(days=34) < datetime.utcnow() - removed < timedelta(days=36)


def test_receiver_that_had_read_all_goes_on(log):
    reader = Reader(log.shop, log.webhook_id)
    log.add("read", days=40)
    cursor = reader.page()["cursor"]
    log.run()
    log.add("next", days=1)
    assert reader.ids(cursor)[0] == ["next"]


def test_receiver_is_told_of_late_ones(log):
    """What was committed late, below the cursor, and removed before it was read."""
    from odoo import SUPERUSER_ID, api
    from odoo.exceptions import UserError

    now = datetime.now(timezone.utc).replace(tzinfo=None)
    reader = Reader(log.shop, log.webhook_id)
    log.add("before", days=1)
    with log.shop.registry.cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        values = log.values("late", days=39)
        env["nshift.webhook.event"]._insert([values])
        log.add("after", days=1)
        with freeze_time(now - timedelta(days=40)):
            cursor = reader.page()["cursor"]
    log.run()
    with pytest.raises(UserError, match="not kept any longer"):
        reader.page(cursor)
