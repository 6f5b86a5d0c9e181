from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from ..delivery.sender import Answer
from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestFirstSteps(WebhookCase):
    """What is left to do until a new webhook works."""

    def receive(self, webhook):
        self.env.cr.execute(
            "INSERT INTO nshift_webhook_hour "
            "(webhook_id, hour, is_unbuilt, received, failed, given_up) "
            "VALUES (%s, date_trunc('hour', now()), FALSE, 1, 0, 0)",
            (webhook.id,),
        )
        webhook.invalidate_recordset()

    def test_until_all_are_taken(self):
        webhook = self.make_webhook()
        other = self.make_webhook()
        self.assertTrue(webhook.shows_first_steps)
        self.assertFalse(webhook.tested_at or webhook.forgery or webhook.has_received)
        webhook._note_test(Answer(200), is_forged=False)
        self.assertTrue(webhook.tested_at)
        webhook._note_test(Answer(401, failure="status"), is_forged=True)
        self.assertEqual(webhook.forgery, "refused")
        self.assertTrue(webhook.shows_first_steps)
        self.receive(webhook)
        self.assertTrue(webhook.has_received)
        self.assertFalse(webhook.shows_first_steps)
        self.assertTrue(other.shows_first_steps)
        self.assertFalse(other.tested_at or other.forgery or other.has_received)

    def test_what_tells_nothing_changes_nothing(self):
        webhook = self.make_webhook()
        webhook._note_test(Answer(500, failure="status"), is_forged=False)
        webhook._note_test(Answer(None, failure="timeout"), is_forged=True)
        webhook._note_test(Answer(404, failure="status"), is_forged=True)
        self.assertFalse(webhook.tested_at or webhook.forgery)
        webhook._note_test(Answer(200), is_forged=True)
        self.assertEqual(webhook.forgery, "accepted")
        self.assertFalse(webhook.tested_at)
        # an endpoint that is down is not one that accepts everything, nor mended
        webhook._note_test(Answer(503, failure="status"), is_forged=True)
        self.assertEqual(webhook.forgery, "accepted")

    def test_another_url_is_another_endpoint(self):
        webhook = self.make_webhook()
        webhook._note_test(Answer(200), is_forged=False)
        webhook._note_test(Answer(403, failure="status"), is_forged=True)
        webhook.write({"url": webhook.url, "name": "The same"})
        self.assertTrue(webhook.tested_at and webhook.forgery)
        webhook.url = f"{webhook.url}/elsewhere"
        self.assertFalse(webhook.tested_at or webhook.forgery)

    def test_not_for_ever(self):
        webhook = self.make_webhook()
        self.env.cr.execute(
            "UPDATE nshift_webhook SET create_date = %s WHERE id = %s",
            (fields.Datetime.now() - timedelta(days=15), webhook.id),
        )
        webhook.invalidate_recordset()
        self.assertFalse(webhook.shows_first_steps)
        self.assertFalse(self.make_webhook(active=False).shows_first_steps)
        self.assertFalse(self.env["nshift.webhook"].new().shows_first_steps)
