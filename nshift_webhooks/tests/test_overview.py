import json
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..delivery.histogram import counted
from ..models import nshift_webhook_week
from .common import WebhookCase

NOW = "2026-05-10 12:00:00"
ORDER = "urgency, name, id"
#: What the cards show.
SHOWN = {
    name: {}
    for name in (
        "name",
        "host",
        "status",
        "health",
        "health_text",
        "channel_names",
        "condition_text",
        "waiting_text",
        "success_text",
        "response_text",
        "week_graph",
        "week_text",
        "is_backing_off",
    )
}


class OverviewCase(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.tz = "America/New_York"

    def setUp(self):
        super().setUp()
        self.startPatcher(freeze_time(NOW))
        # that nothing is sent from a test's database is said of each webhook
        self.env["nshift.webhook.home"]._settle()

    def count(self, webhook, hour, received=0, failed=0, given_up=0, durations=()):
        """Have something counted for a webhook, in an hour of UTC."""
        hour = fields.Datetime.from_string(hour)
        figures = [received, failed, given_up, counted(durations)]
        self.env["nshift.webhook.hour"]._add([(webhook.id, hour, False, *figures)])
        webhook.invalidate_recordset()

    def card(self, webhook, user=None, tz="UTC"):
        """Return what is shown of a webhook, as to a browser."""
        webhooks = self.env["nshift.webhook"].with_user(user or self.env.user)
        webhooks = webhooks.with_context(tz=tz, lang="en_US")
        domain = [("id", "=", webhook.id), ("active", "in", [True, False])]
        self.env.flush_all()
        self.env.invalidate_all()
        [record] = webhooks.web_search_read(domain, SHOWN, order=ORDER)["records"]
        return record

    def bars(self, webhook, tz="UTC"):
        """Return the days, and what was received and failed on each."""
        lines = json.loads(self.card(webhook, tz=tz)["week_graph"])
        return (
            [day["label"] for day in lines[0]["values"]],
            *([day["value"] for day in line["values"]] for line in lines),
        )


@tagged("post_install", "-at_install")
class TestOverview(OverviewCase):
    def make_one_of_each(self):
        """Make a webhook of each kind, named after its health."""
        since = fields.Datetime.from_string("2026-05-10 08:30:00")
        found = {
            name: self.make_webhook(name=name, url=f"https://{name}.example.com/in?a=1")
            for name in "working archived lossy paused untold failing stopped".split()
        }
        found["archived"].active = False
        found["paused"]._write_health(paused_at=since)
        found["failing"]._write_health(failing_since=since, failures_in_a_row=3)
        found["stopped"]._write_health(stopped_at=since, stopped_reason="gone")
        self.count(found["lossy"], "2026-05-09 10:00:00", received=7, given_up=2)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nshift_webhook SET order_domain = %s WHERE id = %s",
            ("[('no_such_field', '=', 1)]", found["untold"].id),
        )
        self.env.invalidate_all()
        return found

    def test_trouble_first(self):
        found = self.make_one_of_each()
        ids = [webhook.id for webhook in found.values()]
        domain = [("id", "in", ids), ("active", "in", [True, False])]
        webhooks = self.env["nshift.webhook"].search(domain, order=ORDER)
        expected = "stopped failing untold paused lossy working archived".split()
        self.assertEqual(webhooks.mapped("name"), expected)
        self.assertEqual(webhooks.mapped("health"), expected)
        # what is shown and what is sorted by are the same
        self.assertEqual(webhooks.mapped("urgency"), list(range(1, 8)))

    def test_health(self):
        """It is read, searched and grouped alike, so a list and cards say the same."""
        found = self.make_one_of_each()
        every = self.env["nshift.webhook"].browse(each.id for each in found.values())
        webhooks = every.with_context(active_test=False)
        domain = [("id", "in", every.ids)]

        def check(expected):
            for webhook, health in zip(every, expected, strict=True):
                self.assertEqual(webhook.health, health)
                same = [*domain, ("health", "=", health)]
                other = [*domain, ("health", "!=", health)]
                self.assertEqual(webhooks.search(same), webhook)
                self.assertEqual(webhooks.search(other), every - webhook)
            self.assertEqual(
                webhooks._read_group(domain, ["health"], ["id:recordset"]),
                sorted(zip(expected, every, strict=True)),
            )

        check(list(found))
        every.invalidate_recordset()
        overdue = self.env.registry["nshift.webhook.overdue"]
        with patch.object(overdue, "_reasons", lambda self: {"copy": "Trouble"}):
            check(["late" if name == "working" else name for name in found])

    def test_two_troubles(self):
        """The graver one counts, for the card as for its place."""
        since = fields.Datetime.now()
        states = ("paused_at", "failing_since", "stopped_at")
        found = self.env["nshift.webhook"]
        for number in range(2 ** len(states)):
            for kind in ("", "untold", "archived"):
                webhook = self.make_webhook(name=f"{number} {kind}")
                for bit, state in enumerate(states):
                    if number >> bit & 1:
                        webhook._write_health(**{state: since})
                if number % 3:
                    self.count(webhook, "2026-05-10 10:00:00", given_up=1)
                webhook.active = kind != "archived"
                if kind == "untold":
                    self.env.flush_all()
                    self.env.cr.execute(
                        "DELETE FROM nshift_webhook_type_rel WHERE webhook_id = %s",
                        (webhook.id,),
                    )
                found |= webhook
        self.env.invalidate_all()
        domain = [("id", "in", found.ids), ("active", "in", [True, False])]
        by_sql = self.env["nshift.webhook"].search(domain, order=ORDER)
        by_cards = by_sql.sorted(lambda each: (each.urgency, each.name, each.id))
        self.assertEqual(by_sql.mapped("name"), by_cards.mapped("name"))
        self.assertGreater(len(set(by_sql.mapped("urgency"))), 5)

    def test_words(self):
        found = self.make_one_of_each()
        said = {name: self.card(each)["health_text"] for name, each in found.items()}
        self.assertFalse(said["working"])
        self.assertIn("gone for good", said["stopped"])
        self.assertIn("recorded but not sent", said["stopped"])
        self.assertIn("Since", said["failing"])
        self.assertIn("no_such_field", said["untold"])
        self.assertIn("Since", said["paused"])
        self.assertIn("2", said["lossy"])
        self.assertEqual(found["lossy"].given_up_count, 2)
        self.assertEqual(found["working"].given_up_count, 0)
        self.assertIn("Nothing is recorded", said["archived"])
        self.assertEqual(self.card(found["working"])["host"], "working.example.com")

    def test_failing(self):
        webhook = self.make_webhook()
        self.make_event(
            webhook,
            last_attempt_at="2026-05-10 11:59:00",
            failure="status",
            response_code=503,
        )
        webhook._write_health(
            failing_since="2026-05-10 08:30:00", backoff_until="2026-05-10 12:20:00"
        )
        card = self.card(webhook, tz="Europe/Copenhagen")
        self.assertIn("Refused (503)", card["health_text"])
        self.assertRegex(card["health_text"], r"Since .*10:30")
        self.assertRegex(card["health_text"], r"Next try at .*(14|2):20")
        self.assertTrue(card["is_backing_off"])

    def test_asked_for_a_pause(self):
        webhook = self.make_webhook()
        webhook._write_health(backoff_until="2026-05-10 12:20:00")
        card = self.card(webhook)
        self.assertEqual(card["health"], "working")
        self.assertRegex(card["health_text"], "asked for a pause until .*12:20")

    def test_not_sent_in_time(self):
        """Whatever keeps all webhooks waiting is said of those that work."""
        webhook, other = self.make_webhook(), self.make_webhook()
        other._write_health(stopped_at=NOW, stopped_reason="gone")
        overdue = self.env.registry["nshift.webhook.overdue"]
        for code, said in (
            ("runner_absent", "job runner"),
            ("copy", "from this database"),
            ("stuck", "are due"),
        ):
            reasons = {"schedule": "Not run", code: "Trouble"}
            with patch.object(overdue, "_reasons", lambda self, r=reasons: r):
                card = self.card(webhook)
                self.assertEqual(card["health"], "late")
                self.assertIn(said, card["health_text"])
                self.assertEqual(self.card(other)["health"], "stopped")
        with patch.object(overdue, "_reasons", lambda self: {"schedule": "Not run"}):
            self.assertEqual(self.card(webhook)["health"], "working")

    def test_not_received(self):
        """The button opens this webhook's events, and those that were not received."""
        webhook = self.make_webhook()
        context = webhook.action_view_not_received()["context"]
        self.assertEqual(context["search_default_webhook_id"], webhook.id)
        search = self.env.ref("nshift_webhooks.nshift_webhook_event_view_search")
        filters = search._get_combined_arch().xpath("//filter/@name")
        self.assertTrue(context["search_default_not_received"])
        self.assertIn("not_received", filters)

    def test_buttons(self):
        """Only managers have those that change something."""
        webhooks = self.env["nshift.webhook"]
        view = self.env.ref("nshift_webhooks.nshift_webhook_view_overview")
        for group, expected in (("user", set()), ("manager", {"enable", "try_now"})):
            user = new_test_user(
                self.env, f"overview_{group}", f"nshift_webhooks.group_webhook_{group}"
            )
            arch = webhooks.with_user(user).get_view(view.id, "kanban")["arch"]
            changing = {name for name in ("enable", "try_now") if name in arch}
            self.assertEqual(changing, expected)

    def test_queries(self):
        """How many there are does not depend on how many webhooks there are."""

        def queries(number):
            webhooks = self.env["nshift.webhook"].browse()
            for place in range(number):
                webhooks |= self.make_webhook(name=f"{number} {place}")
                self.count(webhooks[-1], "2026-05-10 10:00:00", received=1)
                self.make_event(webhooks[-1])
            domain = [("id", "in", webhooks.ids)]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            webhooks.web_search_read(domain, SHOWN, order=ORDER)
            return self.env.cr.sql_log_count - before

        queries(2)
        self.assertEqual(queries(20), queries(3))


@tagged("post_install", "-at_install")
class TestFiguresOfTheWeek(OverviewCase):
    def test_nothing_sent(self):
        card = self.card(self.make_webhook())
        for name in ("week_graph", "week_text", "success_text", "response_text"):
            self.assertFalse(card[name], name)

    def test_sums(self):
        webhook = self.make_webhook()
        self.count(webhook, "2026-05-10 11:00:00", 900, 1, 0, [100] * 901)
        self.count(webhook, "2026-05-09 00:00:00", 99, 0, 0, [4000] * 99)
        self.count(webhook, "2026-05-04 00:00:00", 1000, 0, 3)
        # a week ago
        self.count(webhook, "2026-05-03 23:00:00", 5000, 5000, 5000)
        card = self.card(webhook)
        self.assertEqual(card["week_text"], "1,999 received, 1 failed, 3 given up")
        # not 100 %
        self.assertEqual(card["success_text"], "99.9 % of attempts")
        self.assertEqual(card["response_text"], "half within 95 ms, 95 % within 4.3 s")
        self.assertEqual(
            self.bars(webhook),
            (
                ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
                [1000, 0, 0, 0, 0, 99, 900],
                [0, 0, 0, 0, 0, 0, 1],
            ),
        )

    def test_all_received(self):
        webhook = self.make_webhook()
        self.count(webhook, "2026-05-10 11:00:00", 3, 0, 0, [1, 2, 3])
        card = self.card(webhook)
        self.assertEqual(card["success_text"], "100 % of attempts")
        self.assertIn("under 10 ms", card["response_text"])

    def test_unbuilt_only(self):
        """What could not be built was no attempt, and is shown as given up."""
        webhook = self.make_webhook()
        self.env["nshift.webhook.hour"]._count_unbuilt(webhook)
        card = self.card(webhook)
        self.assertEqual(card["health"], "lossy")
        self.assertIn("1 given up", card["week_text"])
        self.assertFalse(card["success_text"])

    def test_days_of_the_users(self):
        """A day is one of the user's own time zone, as midnight moves with summer."""
        webhook = self.make_webhook()
        self.count(webhook, "2026-05-09 22:00:00", received=5)
        self.count(webhook, "2026-05-09 21:00:00", received=3)
        for zone, expected in (
            ("UTC", [8, 0]),
            ("Europe/Copenhagen", [3, 5]),
            ("Asia/Tokyo", [0, 8]),
            ("America/Los_Angeles", [8, 0]),
        ):
            _days, received, _failed = self.bars(webhook, zone)
            self.assertEqual(received[-2:], expected, zone)

    def test_day_of_23_hours(self):
        webhook = self.make_webhook()
        with freeze_time("2026-03-30 12:00:00"):
            for hour in ("28 22", "28 23", "29 21", "29 22"):
                self.count(webhook, f"2026-03-{hour}:00:00", received=1)
            _days, received, _failed = self.bars(webhook, "Europe/Copenhagen")
        self.assertEqual(received[-3:], [1, 2, 1])

    def test_waiting(self):
        webhook = self.make_webhook()
        self.assertFalse(self.card(webhook)["waiting_text"])
        for hour in ("10", "09", "11"):
            self.make_event(webhook, happened_at=f"2026-05-10 {hour}:30:00")
        self.make_event(webhook, state="failed", happened_at="2026-05-01 00:00:00")
        self.assertRegex(self.card(webhook)["waiting_text"], "3 since .*9:30")
        with patch.object(nshift_webhook_week, "MOST_WAITING", 2):
            self.assertIn("more than 2", self.card(webhook)["waiting_text"])

    def test_waiting_of_others(self):
        """Of a webhook of all companies, what one may see is counted."""
        other = self.env["res.company"].create({"name": "Other"})
        webhook = self.make_webhook(company_id=False)
        self.make_event(webhook)
        self.make_event(webhook, company_id=other.id)
        self.count(webhook, "2026-05-10 11:00:00", received=4)
        user = new_test_user(
            self.env, "overview_reader", "nshift_webhooks.group_webhook_user"
        )
        card = self.card(webhook, user)
        self.assertRegex(card["waiting_text"], "^1 since")
        self.assertIn("4 received", card["week_text"])

    def test_nobody_writes_them(self):
        webhook = self.make_webhook()
        self.count(webhook, "2026-05-10 11:00:00", received=4)
        manager = new_test_user(
            self.env, "overview_writer", "nshift_webhooks.group_webhook_manager"
        )
        hours = self.env["nshift.webhook.hour"].with_user(manager)
        [hour] = hours.search([("webhook_id", "=", webhook.id)])
        self.assertEqual(hour.received, 4)
        for operation in ("create", "write", "unlink"):
            self.assertFalse(hour.has_access(operation))
