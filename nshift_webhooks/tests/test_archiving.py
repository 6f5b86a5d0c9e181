from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestArchiving(WebhookCase):
    """Webhooks that are switched off, copied and deleted."""

    def test_what_waits_is_asked_about(self):
        """It may be old when the webhook comes back."""
        webhook = self.make_webhook()
        self.make_event(webhook)
        webhook.action_archive()
        webhook.action_unarchive()
        self.assertEqual(webhook.status, "paused")
        [line] = self.audit(webhook).filtered(lambda line: line.action == "paused")
        self.assertEqual(line.new, "One message waits from before")
        action = webhook.action_enable()
        self.assertEqual(action["res_model"], "nshift.webhook.enable")

    def test_with_nothing_to_ask(self):
        webhook = self.make_webhook()
        self.make_event(webhook, state="delivered", next_attempt_at=False)
        webhook.action_archive()
        webhook.action_unarchive()
        self.assertEqual(webhook.status, "working")

    def test_one_that_was_not_away(self):
        webhook = self.make_webhook()
        self.make_event(webhook)
        webhook.active = True
        self.assertEqual(webhook.status, "working")

    def test_one_that_was_stopped(self):
        webhook = self.make_webhook()
        self.make_event(webhook)
        webhook._write_health(
            stopped_at="2026-01-02 03:04:05", stopped_reason="failing"
        )
        webhook.action_archive()
        webhook.action_unarchive()
        self.assertEqual(webhook.status, "stopped")
        self.assertFalse(webhook.paused_at)

    def test_a_copy_begins_in_the_archive(self):
        webhook = self.make_webhook(
            header_ids=[(0, 0, {"name": "X-Key", "value": "s3cret"})]
        )
        copy = webhook.copy()
        self.assertFalse(copy.active)
        self.assertTrue(webhook.active)
        self.assertNotEqual(self.key_of(copy), self.key_of(webhook))
        self.assertFalse(copy.header_ids)
        said = " ".join(copy.message_ids.mapped("body"))
        self.assertIn("X-Key", said)
        self.assertNotIn("s3cret", said)
        plain = self.make_webhook(name="Plain").copy()
        said = " ".join(plain.message_ids.mapped("body"))
        self.assertIn("Plain", said)
        self.assertNotIn("headers", said)
        self.assertTrue(webhook.copy({"active": True}).active)

    def test_the_question_before_a_deletion(self):
        webhook = self.make_webhook(name="Orders to <b>Oslo</b>")
        self.make_event(webhook)
        self.make_event(webhook, state="delivered", next_attempt_at=False)
        self.make_event()
        question = webhook.get_deletion_question()
        self.assertEqual(question["title"], "Delete “Orders to <b>Oslo</b>”?")
        self.assertIn("with it: 2.", question["body"])
        self.assertIn("not be sent: 1.", question["body"])
        many = webhook
        for number in range(11):
            many |= self.make_webhook(name=f"N{number}")
        question = many.get_deletion_question()
        self.assertIn("“N8”, 2 more?", question["title"])

    def test_only_whoever_may_delete_is_asked(self):
        webhook = self.make_webhook()
        user = new_test_user(self.env, "looks", "nshift_webhooks.group_webhook_user")
        with self.assertRaises(AccessError):
            webhook.with_user(user).get_deletion_question()
