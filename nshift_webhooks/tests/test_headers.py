from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestHeaders(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "webhooks_heads", "nshift_webhooks.group_webhook_manager"
        )
        cls.webhook = cls.make_webhook(company_id=cls.env.company.id).with_user(
            cls.manager
        )
        cls.webhook.header_ids = [
            Command.create({"name": "X-API-Key", "value": "s3cret"})
        ]
        cls.header = cls.webhook.header_ids

    def test_a_value_is_kept_but_not_shown_again(self):
        self.assertEqual(self.header.sudo().stored_value, "s3cret")
        self.assertNotIn("s3cret", str(self.header.read()))
        self.assertEqual(set(self.header.value), {"•"})
        for access in (
            lambda: self.header.stored_value,
            lambda: self.header.search([("stored_value", "like", "s3")]),
            lambda: self.header._read_group([], ["stored_value"]),
            lambda: self.webhook.search([("header_ids.stored_value", "like", "s3")]),
        ):
            with self.assertRaises(AccessError):
                access()

    def test_saving_the_mask_changes_nothing(self):
        self.header.write({"name": "X-Key", "value": self.header.value})
        self.assertEqual(self.header.sudo().stored_value, "s3cret")
        self.header.value = "other"
        self.assertEqual(set(self.header.value), {"•"})
        self.assertEqual(self.header.sudo().stored_value, "other")

    def test_what_cannot_be_sent_is_refused_without_telling_the_value(self):
        for name, value, words in (
            ("Host", "s3cret", "set by Odoo itself"),
            ("content-length", "s3cret", "set by Odoo itself"),
            ("webhook-signature", "s3cret", "set by Odoo itself"),
            ("Transfer-Encoding", "s3cret", "set by Odoo itself"),
            ("X Key", "s3cret", "cannot be a header's name"),
            ("X-Key:", "s3cret", "cannot be a header's name"),
            ("X-Key", "s3cret\r\nHost: x", "other characters"),
            ("X-Key", "s3cret ä", "other characters"),
            ("X-Key", "", "is missing"),
        ):
            with (
                self.subTest(name=name, value=value),
                self.assertRaises(ValidationError) as caught,
            ):
                self.webhook.header_ids = [
                    Command.create({"name": name, "value": value})
                ]
            self.assertIn(words, str(caught.exception))
            self.assertNotIn("s3cret", str(caught.exception))

    @mute_logger("odoo.sql_db")
    def test_each_is_sent_once(self):
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.webhook.header_ids = [
                Command.create({"name": "x-api-key", "value": "other"})
            ]

    def test_a_copy_of_the_webhook_has_none(self):
        self.assertFalse(self.webhook.copy().header_ids)

    def test_the_chatter_tells_who_changed_it_but_no_value(self):
        self.header.value = "s3cret2"
        self.header.unlink()
        told = self.webhook.message_ids.mapped("body")
        for words in ("added", "changed", "removed"):
            self.assertTrue(
                any(f"X-API-Key was {words}" in body for body in told), words
            )
        self.assertNotIn("s3cret", str(told))
