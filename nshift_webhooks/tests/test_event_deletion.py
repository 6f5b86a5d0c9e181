from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestEventDeletion(WebhookCase):
    """What is asked before events are deleted, and what is noted of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.make_webhook()

    def test_one_that_waits(self):
        question = self.make_event(self.webhook).get_deletion_question()
        self.assertEqual(question["title"], "Delete “Order created: S00001”?")
        self.assertIn("never be sent", question["body"])
        self.assertIn("audit log", question["body"])

    def test_one_that_does_not(self):
        event = self.make_event(self.webhook, state="delivered")
        self.assertNotIn("never be sent", event.get_deletion_question()["body"])

    def test_several(self):
        events = self.make_event(self.webhook) + self.make_event(self.webhook)
        events += self.make_event(self.webhook, state="failed")
        question = events.get_deletion_question()
        self.assertEqual(question["title"], "Delete 3 events?")
        self.assertIn("never be sent: 2.", question["body"])

    def test_it_is_noted_by_whatever_door(self):
        """By webhook: who, when, which ones, and how many of them have waited."""
        other = self.make_webhook(name="Other")
        events = self.make_event(self.webhook)
        events += self.make_event(self.webhook, state="delivered")
        events += self.make_event(other)
        user = new_test_user(
            self.env, "deletes", "nshift_webhooks.group_webhook_manager"
        )
        events.with_user(user).unlink()
        for webhook in (self.webhook, other):
            line = self.audit(webhook)[-1]
            self.assertEqual(line.action, "events_deleted")
            self.assertEqual(line.user_id, user)
            self.assertEqual(line.old, "1 waiting")
            self.assertIn("Order created: S00001", line.subject)

    def test_only_whoever_may_delete_is_asked(self):
        event = self.make_event(self.webhook)
        user = new_test_user(self.env, "looks", "nshift_webhooks.group_webhook_user")
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            "nshift_webhooks.group_webhook_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        for who in (user, stranger):
            with self.assertRaises(AccessError):
                event.with_user(who).get_deletion_question()
