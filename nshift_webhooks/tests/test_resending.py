from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase, type_ids


@tagged("post_install", "-at_install")
class TestResending(WebhookCase):
    """An old message is not sent again without a question."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.make_webhook("order.updated")

    def events(self, *states, res_id=1, **values):
        """Make messages on one record, the oldest first."""
        events = self.env["nshift.webhook.event"]
        for number, state in enumerate(states):
            events += self.make_event(
                self.webhook,
                state=state,
                res_id=res_id,
                happened_at=f"2026-01-02 03:04:{number:02}",
                **values,
            )
        return events

    def dialog_of(self, events):
        action = events.action_send_again()
        self.assertEqual(action["res_model"], "nshift.webhook.resend")
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_an_old_one_is_asked_about(self):
        order = self.make_order()
        old, newer = self.events("delivered", "delivered", res_id=order.id)
        dialog = self.dialog_of(old)
        self.assertEqual(old.state, "delivered")
        self.assertIn("“S00001”", dialog.text)
        self.assertIn("Order updated", dialog.text)
        self.assertIn("sequence", dialog.text)
        self.assertTrue(dialog.current_count)
        self.assertFalse(dialog.has_others)
        dialog.action_send_anyway()
        self.assertEqual((old.state, newer.state), ("pending", "delivered"))

    def test_the_current_state_instead(self):
        order = self.make_order()
        old, _newer = self.events("failed", "delivered", res_id=order.id)
        said = self.dialog_of(old).action_send_current_state()
        self.assertIn("in the background", said["params"]["message"])
        self.assertEqual(old.state, "failed")
        self.assertIn("Records: 0 of 1", self.webhook.load_text)
        part = self.env["nshift.webhook.load.part"].search([], limit=1)
        self.env.cr.execute(
            "SELECT record_ids FROM nshift_webhook_load_part WHERE id = %s", (part.id,)
        )
        self.assertEqual(self.env.cr.fetchone(), ([order.id],))

    def test_the_latest_goes_without_a_question(self):
        for number, states in enumerate(
            (
                ("delivered",),
                ("delivered", "failed"),
                ("delivered", "cancelled"),
                ("delivered", "superseded"),
                # that one waits for this one
                ("pending", "pending"),
            )
        ):
            first, *_others = self.events(*states, res_id=number + 10)
            with self.subTest(states=states):
                self.assertIsNone(first.action_send_again())
                self.assertEqual(first.state, "pending")

    def test_what_makes_one_old(self):
        for number, states in enumerate(
            (
                ("failed", "pending"),
                ("pending", "delivered"),
                ("failed", "failed", "delivered"),
            )
        ):
            first, *_others = self.events(*states, res_id=number + 10)
            with self.subTest(states=states):
                self.dialog_of(first)

    def test_those_of_one_transaction_are_of_one_age(self):
        first, second = self.events("delivered", "delivered")
        self.env.cr.execute(
            "UPDATE nshift_webhook_event SET happened_at = %s WHERE id = %s",
            (first.happened_at, second.id),
        )
        first.invalidate_recordset()
        self.assertIsNone(first.action_send_again())

    def test_others_make_no_message_old(self):
        """Neither what another webhook was told, nor what another record was."""
        [old] = self.events("delivered")
        self.events("delivered", res_id=2)
        self.make_event(state="delivered", res_id=1)
        self.assertIsNone(old.action_send_again())

    def test_with_the_newest_they_go_in_their_order(self):
        events = self.events("delivered", "delivered", "delivered")
        self.assertIsNone(events.action_send_again())
        self.assertEqual(set(events.mapped("state")), {"pending"})

    def test_many(self):
        order = self.make_order()
        old, _newer = self.events("delivered", "delivered", res_id=order.id)
        gone, _newest = self.events("delivered", "delivered", res_id=0x7FFFFFFF)
        [latest] = self.events("failed", res_id=3)
        dialog = self.dialog_of(old + gone + latest)
        self.assertIn("2 of these 3", dialog.text)
        self.assertIn("cannot be sent of 1", dialog.text)
        self.assertEqual((dialog.current_count, dialog.has_others), (1, True))
        dialog.action_send_current_state()
        self.assertEqual(
            (old + gone + latest).mapped("state"), ["delivered", "delivered", "pending"]
        )
        self.assertIn("Records: 0 of 1", self.webhook.load_text)

    def test_one_of_several(self):
        """A sentence for one, and not “1 messages”."""
        old, _newer = self.events("delivered", "delivered")
        [latest] = self.events("failed", res_id=3)
        dialog = self.dialog_of(old + latest)
        self.assertTrue(dialog.text.startswith("One of these 2 messages is old: "))

    def test_no_current_state_of_what_is_gone_or_not_told(self):
        order = self.make_order()
        old, _newer = self.events("delivered", "delivered", res_id=order.id)
        self.assertEqual(self.dialog_of(old).current_count, 1)
        self.webhook.type_ids = type_ids(self.env, "order.created")
        self.assertEqual(self.dialog_of(old).current_count, 0)
        self.webhook.type_ids = type_ids(self.env, "order.updated")
        order.unlink()
        dialog = self.dialog_of(old)
        self.assertEqual(dialog.current_count, 0)
        self.assertIn("does not exist any more", dialog.text)

    def test_no_query_for_each(self):
        few, many = (
            self.env["nshift.webhook.event"].union(
                *(
                    self.events("failed", "delivered", res_id=start + number)[0]
                    for number in range(count)
                )
            )
            for start, count in ((100, 2), (200, 30))
        )
        counts = []
        for events in (few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.dialog_of(events).text  # noqa: B018 - it is computed
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])

    def test_only_whoever_was_asked_answers(self):
        order = self.make_order()
        old, _newer = self.events("delivered", "delivered", res_id=order.id)
        groups = "nshift_webhooks.group_webhook_manager"
        one, other = (
            new_test_user(self.env, f"resend_{name}", groups) for name in ("a", "b")
        )
        dialog = self.dialog_of(old.with_user(one)).with_user(other)
        for door in (
            lambda: dialog.read(["text"]),
            dialog.action_send_anyway,
            dialog.action_send_current_state,
        ):
            with self.assertRaises(AccessError):
                door()
        self.assertEqual(old.state, "delivered")
        dialog.with_user(one).action_send_anyway()
        self.assertEqual(old.state, "pending")

    def test_a_dialog_of_events_that_are_others_by_now(self):
        """What a webhook has become another company's of is not sent again."""
        order = self.make_order()
        old, newer = self.events("delivered", "delivered", res_id=order.id)
        groups = "nshift_webhooks.group_webhook_manager"
        user = new_test_user(self.env, "resend_moved", groups)
        dialog = self.dialog_of(old.with_user(user)).with_user(user)
        other = self.env["res.company"].create({"name": "Other"})
        self.env.cr.execute(
            "UPDATE nshift_webhook_event SET company_id = %s WHERE id = ANY(%s)",
            (other.id, (old + newer).ids),
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            dialog.action_send_anyway()
