from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from ..models import nshift_webhook_text
from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestText(WebhookCase):
    """Events are found by their messages' text, among the newest ones only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.make_webhook("order.created", "order.updated")
        cls.reader = new_test_user(
            cls.env, "webhooks_reads", "nshift_webhooks.group_webhook_user"
        )
        cls.events = cls.env["nshift.webhook.event"].with_user(cls.reader)

    def with_text(self, text, **values):
        values = {"payload": f'{{"id":"1","data":{{"told":"{text}"}}}}'} | values
        return self.make_event(self.webhook, **values)

    def found(self, *conditions):
        return self.events.search([*conditions], order="id").sudo()

    def test_by_a_part_of_what_is_told(self):
        wanted = self.with_text("ærø@example.com, 433.15")
        self.with_text("nothing")
        for text in ("Ærø@example", "433.15"):
            self.assertEqual(self.found(("payload", "ilike", text)), wanted)
        self.assertEqual(self.events.search_count([("payload", "ilike", "433.15")]), 1)
        groups = self.events.formatted_read_group(
            [("payload", "ilike", "433.15")], ["webhook_id"], ["__count"]
        )
        self.assertEqual([group["__count"] for group in groups], [1])

    def test_only_the_newest_are_read(self):
        """Of those that the other conditions leave: so a date finds older ones."""
        old = self.with_text("parcel 7", happened_at="2025-01-01 00:00:00")
        new = self.with_text("parcel 7")
        self.with_text("nothing")
        text = ("payload", "ilike", "parcel 7")
        with patch.object(nshift_webhook_text, "MOST_READ", 2):
            self.assertEqual(self.found(text), new)
            self.assertEqual(self.found(text, ("happened_at", "<", "2025-12-31")), old)
            self.assertEqual(self.found("|", text, ("id", "=", old.id)), new)
            self.assertEqual(
                self.found("|", text, ("webhook_id.name", "ilike", "order"))
                & (old + new),
                new,
            )
            self.assertFalse(self.found(text, ("state", "=", "failed")))

    def test_whether_there_is_a_message_is_seen_of_all(self):
        wiped = self.with_text("old", payload=False)
        self.with_text("new")
        with patch.object(nshift_webhook_text, "MOST_READ", 1):
            self.assertEqual(
                self.found(("payload", "=", False), ("id", "=", wiped.id)), wiped
            )

    def test_nobody_finds_by_a_text_what_they_may_not_see(self):
        theirs = self.env["res.company"].create({"name": "Theirs"})
        self.with_text("parcel 7", company_id=theirs.id)
        self.assertFalse(self.found(("payload", "ilike", "parcel 7")))
        attempts = self.env["nshift.webhook.attempt"].with_user(self.reader)
        self.assertFalse(attempts.search([("event_id.payload", "ilike", "parcel 7")]))

    def test_the_search_says_so(self):
        view = self.env.ref("nshift_webhooks.nshift_webhook_event_view_search")
        self.assertIn(f"newest {nshift_webhook_text.MOST_READ:,} messages", view.arch)
