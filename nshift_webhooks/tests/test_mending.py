import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import WebhookCase

MANAGER = "nshift_webhooks.group_webhook_manager"


@tagged("post_install", "-at_install")
class TestMending(WebhookCase):
    """The dialog that sends messages again: what it counts, and who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["nshift.webhook.home"]._settle()
        cls.webhook = cls.make_webhook("order.updated", name="Carrier")

    def events(self, *days, webhook=None, **values):
        """Make events that were given up, on a record of their own each."""
        values = {"state": "failed", "failure": "status", "response_code": 503} | values
        events = self.env["nshift.webhook.event"]
        for day in days:
            events += self.make_event(
                webhook or self.webhook,
                **{
                    "happened_at": f"2026-03-{day:02} 10:00:00",
                    "res_id": 1000 + events.search_count([]),
                }
                | values,
            )
        return events

    def form(self, **values):
        dialog = Form(
            self.env["nshift.webhook.mend"].with_context(
                default_webhook_id=self.webhook.id
            )
        )
        for name, value in values.items():
            dialog[name] = value
        return dialog

    def selection(self, events, **values):
        action = events.action_ask_to_send_again()
        self.assertEqual(action["res_model"], "nshift.webhook.mend")
        dialog = self.env["nshift.webhook.mend"].browse(action["res_id"])
        dialog.write(values)
        return dialog

    def run_schedule(self):
        loads = self.env["nshift.webhook.load"]
        while part := loads._next_part():
            loads._make_ready(part)

    def resent(self):
        found = self.env["nshift.webhook.event"].search(
            [("webhook_id", "=", self.webhook.id), ("state", "=", "pending")]
        )
        return found.sorted("id")

    # of a webhook

    def test_since_the_trouble_began(self):
        """An earlier trouble, more than three days before, is another one."""
        self.events(1, 2)
        self.events(10, 12, 14)
        self.events(20, state="delivered")
        dialog = self.form()
        self.assertEqual(dialog.count, 3)
        self.assertEqual(str(dialog.begin), "2026-03-10 10:00:00")
        dialog.period = "all"
        self.assertEqual(dialog.count, 5)
        dialog.period = "since"
        dialog.since = "2026-03-12 00:00:00"
        self.assertEqual(dialog.count, 2)
        dialog.period = "week"
        self.assertEqual(dialog.count, 0)

    def test_one_reason(self):
        self.events(10, 11)
        wanted = self.events(12, response_code=404)
        unreached = self.events(13, response_code=0, failure="dns")
        dialog = self.form()
        self.assertEqual(
            json.loads(dialog.reasons),
            [
                ["503:status", "Refused (503): 2"],
                ["0:dns", "Host not found: 1"],
                ["404:status", "Refused (404): 1"],
            ],
        )
        dialog.reason = "404:status"
        self.assertEqual(dialog.count_text, "1")
        dialog.save().action_send()
        self.run_schedule()
        self.assertEqual(self.resent(), wanted)
        self.assertEqual(unreached.state, "failed")
        line = self.audit(self.webhook)[-1]
        self.assertEqual(line.action, "events_sent")
        self.assertIn("Refused (404)", line.subject)
        self.assertEqual(line.new, "Messages: 1")

    def test_reasons_of_nonsense(self):
        self.events(10)
        for reason in ("x", ":", "99999999999999999999:status", "503:'", "-1:a"):
            self.assertEqual(self.form(reason=reason).count, 0)

    def test_what_somebody_decided_not_to_send(self):
        self.events(10)
        cancelled = self.events(11, state="cancelled")
        dialog = self.form()
        self.assertEqual(dialog.count, 1)
        dialog.with_cancelled = True
        self.assertEqual(dialog.count, 2)
        dialog.save().action_send()
        self.run_schedule()
        self.assertEqual(cancelled.state, "pending")
        self.assertTrue(cancelled.is_bulk)

    def test_old_ones_are_left_out(self):
        order, loads = self.make_order(), self.env["nshift.webhook.load"]
        old = self.events(10, 11, res_id=order.id)
        self.events(12, state="delivered", res_id=order.id)
        fresh = self.events(13)
        for choice in ("skip", "current"):
            dialog = self.form(old=choice)
            self.assertEqual(dialog.count, 3)
            self.assertIn("2 of these 3 messages are old", dialog.old_text)
            dialog.save().action_send()
            load = self.webhook._latest_load()
            loads._make_ready(loads._next_part())
            self.assertEqual(set(old.mapped("state")), {"failed"})
            self.assertEqual(fresh.state, "pending")
            load.invalidate_recordset()
            if choice == "skip":
                self.assertEqual((load.state, load.left_out_count), ("done", 2))
                self.assertIn("sent meanwhile: 2.", load._text())
                self.webhook.action_stop_load()
            else:
                # the order's state is told once
                self.assertEqual((load.state, load.total), ("running", 2))
                part = loads._next_part()
                self.assertEqual(part.res_model, "sale.order")
                self.assertEqual(part.record_ids, [order.id])
            self.assertEqual(load.told_count, 1)

    def test_old_ones_are_sent_again(self):
        old = self.events(10, res_id=7)
        self.events(12, state="delivered", res_id=7)
        self.form(old="again").save().action_send()
        self.run_schedule()
        self.assertEqual(self.resent(), old)

    def test_a_message_that_was_never_built_is_built(self):
        event = self.events(10, failure="payload", response_code=0, payload=False)
        self.form().save().action_send()
        self.run_schedule()
        self.assertEqual(event.state, "pending")
        self.assertTrue(event.next_build_at)
        self.assertFalse(event.next_attempt_at)

    def test_nothing_is_sent_twice(self):
        """What was sent by itself, or was given up once more, since the button."""
        sent, tried, left = self.events(10, 11, 12)
        self.form().save().action_send()
        sent.action_send_again()
        sent.state = "delivered"
        tried.last_attempt_at = "2030-01-01 00:00:00"
        self.env.flush_all()
        self.run_schedule()
        self.assertEqual(self.resent(), left)
        self.env.invalidate_all()
        load = self.webhook._latest_load()
        self.assertEqual((load.told_count, load.left_out_count), (1, 2))

    def test_stopped(self):
        """Messages are again what they were, and it is noted who stopped it."""
        failed, cancelled, received = self.events(10, 11, 12)
        cancelled.write({"state": "cancelled", "failure": False})
        received.received_at = "2026-03-12 11:00:00"
        self.form(with_cancelled=True).save().action_send()
        self.run_schedule()
        self.assertEqual(len(self.resent()), 3)
        self.assertTrue(self.webhook.is_loading)
        user = new_test_user(self.env, "mend_stopper", MANAGER, name="Astrid")
        self.webhook.with_user(user).action_stop_load()
        states = (failed + cancelled + received).mapped("state")
        self.assertEqual(states, ["failed", "cancelled", "delivered"])
        self.assertFalse(self.webhook.is_loading)
        self.assertIn("Astrid stopped that", self.webhook.load_text)
        line = self.audit(self.webhook)[-1]
        self.assertEqual(line.action, "sending_stopped")
        self.assertIn("Received: 1 of 3", line.new)
        self.assertEqual(line.user_id, user)

    def test_one_that_is_sent_by_itself_is_not_stopped(self):
        one, other = self.events(10, 11)
        self.form().save().action_send()
        self.run_schedule()
        one.action_send_again()
        self.assertFalse(one.is_bulk)
        self.webhook.action_stop_load()
        self.assertEqual((one.state, other.state), ("pending", "failed"))

    def test_stopped_before_anything_was_done(self):
        events = self.events(10, 11)
        self.form().save().action_send()
        part = self.env["nshift.webhook.load"]._next_part()
        self.webhook.action_stop_load()
        # as if it had been read before
        self.env["nshift.webhook.load"]._make_ready(part)
        self.assertEqual(set(events.mapped("state")), {"failed"})

    def test_dropping_what_waits_ends_it(self):
        events = self.events(10, 11)
        waiting = self.events(12, state="pending")
        self.form().save().action_send()
        self.webhook.action_pause()
        action = self.webhook.action_enable()
        dialog = self.env[action["res_model"]].with_context(**action["context"])
        dialog.create({}).action_drop()
        self.assertEqual(waiting.state, "cancelled")
        self.assertFalse(self.webhook.is_loading)
        self.run_schedule()
        self.assertEqual(set(events.mapped("state")), {"failed"})

    def test_one_at_a_time(self):
        self.events(10, 11)
        self.form().save().action_send()
        self.assertFalse(self.webhook.can_send_again)
        for door in (
            self.webhook.action_mend,
            lambda: self.form().save().action_send(),
            self.webhook._send_current_state,
        ):
            with self.assertRaisesRegex(UserError, "0 of 2.*stop it"):
                door()

    def test_no_button_that_cannot_work(self):
        self.assertFalse(self.webhook.can_send_again)
        self.events(10)
        self.webhook.invalidate_recordset()
        self.assertTrue(self.webhook.can_send_again)
        self.webhook.action_pause()
        self.webhook.invalidate_recordset()
        self.assertFalse(self.webhook.can_send_again)
        with self.assertRaisesRegex(UserError, "until the webhook is enabled"):
            self.webhook.action_mend()
        self.webhook.action_enable()
        self.webhook.active = False
        with self.assertRaises(UserError):
            self.webhook.action_mend()
        self.webhook.active = True
        self.env["ir.config_parameter"].set_param("database.uuid", "another")
        self.webhook.invalidate_recordset()
        self.assertFalse(self.webhook.can_send_again)
        with self.assertRaisesRegex(UserError, "is a copy"):
            self.webhook.action_mend()

    def test_nothing_to_send(self):
        with self.assertRaisesRegex(UserError, "nothing of that"):
            self.form().save().action_send()

    def test_what_was_another_companys_is_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.events(10, company_id=other.id)
        self.assertEqual(self.form().count, 0)

    def test_only_managers(self):
        self.events(10)
        user = new_test_user(
            self.env, "mend_user", "nshift_webhooks.group_webhook_user"
        )
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "mend_stranger",
            MANAGER,
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for who in (user, stranger):
            webhook = self.webhook.with_user(who)
            mend = self.env["nshift.webhook.mend"].with_user(who)
            for door in (
                webhook.action_mend,
                lambda m=mend: m.create({"webhook_id": self.webhook.id}),
                lambda m=mend: Form(m.with_context(default_webhook_id=self.webhook.id)),
                webhook.action_stop_load,
            ):
                with self.assertRaises(AccessError):
                    door()

    # of a selection

    def test_received_ones_are_sent_again_only_when_asked(self):
        failed, received = self.events(10, 11)
        received.write({"state": "delivered", "received_at": "2026-03-11 11:00:00"})
        waiting = self.events(12, state="pending")
        dialog = self.selection(failed + received + waiting)
        self.assertTrue(dialog.has_selection)
        self.assertFalse(dialog.begin)
        self.assertEqual(dialog.count, 1)
        self.assertIn("Waiting already: 1.", dialog.left_text)
        self.assertIn("Received: 1.", dialog.left_text)
        said = dialog.action_send()
        self.assertIn("sent again: 1.", said["params"]["message"])
        self.assertEqual((failed.state, received.state), ("pending", "delivered"))
        dialog = self.selection(failed + received, with_received=True)
        self.assertEqual(dialog.count, 1)
        dialog.action_send()
        self.assertEqual(received.state, "pending")

    def test_wiped_ones_are_left_out(self):
        whole, wiped = self.events(10, 11, state="delivered")
        wiped._wipe()
        dialog = self.selection(whole + wiped, with_received=True)
        self.assertEqual(dialog.count, 1)
        self.assertIn("cannot be sent again: 1.", dialog.left_text)
        dialog.action_send()
        self.assertEqual((whole.state, wiped.state), ("pending", "delivered"))

    def test_old_ones_of_a_selection(self):
        order = self.make_order()
        old = self.events(10, res_id=order.id)
        self.events(11, state="delivered", res_id=order.id)
        fresh = self.events(12)
        dialog = self.selection(old + fresh)
        self.assertIn("One of these 2 messages is old", dialog.old_text)
        said = dialog.action_send()["params"]["message"]
        self.assertIn("sent again: 1.", said)
        self.assertIn("current state is sent: 1.", said)
        self.assertEqual((old.state, fresh.state), ("failed", "pending"))
        self.webhook.action_stop_load()
        self.selection(old, old="again").action_send()
        self.assertEqual(old.state, "pending")

    def test_not_of_webhooks_that_send_nothing(self):
        paused = self.make_webhook("order.updated", name="Paused one")
        event, silent = self.events(10), self.events(11, webhook=paused)
        paused.action_pause()
        dialog = self.selection(event + silent)
        self.assertEqual(dialog.count, 1)
        self.assertIn("“Paused one”", dialog.left_text)
        dialog.action_send()
        self.assertEqual((event.state, silent.state), ("pending", "failed"))

    def test_many_selected_go_in_the_background(self):
        other = self.make_webhook("order.updated")
        events = self.events(*[10] * 101) + self.events(11, webhook=other)
        said = self.selection(events).action_send()
        self.assertIn("102 messages are sent again in the", said["params"]["message"])
        self.assertEqual(set(events.mapped("state")), {"failed"})
        self.run_schedule()
        self.env.invalidate_all()
        self.assertEqual(set(events.mapped("state")), {"pending"})
        self.assertIn("of 101", self.webhook.load_text)
        self.assertIn("of 1.", other.load_text)

    def test_a_dialog_on_nothing(self):
        dialog = self.env["nshift.webhook.mend"].create({})
        self.assertEqual((dialog.count, dialog.begin), (0, False))
        with self.assertRaisesRegex(UserError, "Choose a webhook"):
            dialog.action_send()

    def test_only_whoever_selected_them(self):
        [event] = self.events(10)
        one, other = (
            new_test_user(self.env, f"mend_{name}", MANAGER) for name in ("a", "b")
        )
        dialog = self.selection(event.with_user(one))
        for door in (
            lambda: dialog.with_user(other).read(["count"]),
            dialog.with_user(other).action_send,
        ):
            with self.assertRaises(AccessError):
                door()
        dialog.with_user(one).action_send()
        self.assertEqual(event.state, "pending")
