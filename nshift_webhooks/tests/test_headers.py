from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestHeaders(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "webhooks_heads",
            "nshift_webhooks.group_webhook_manager,base.group_allow_export",
        )
        cls.webhook = cls.make_webhook(company_id=cls.env.company.id).with_user(
            cls.manager
        )
        cls.webhook.header_ids = [
            Command.create({"name": "X-API-Key", "value": "s3cret"})
        ]
        cls.header = cls.webhook.header_ids

    def value_of(self, header):
        return self.key_of(header, "value")

    def test_value_is_not_shown_again(self):
        self.assertEqual(self.value_of(self.header), "s3cret")
        self.assertNotIn("s3cret", str(self.header.read()))
        self.assertEqual(set(self.header.value), {"•"})
        self.assertEqual(set(self.header.export_data(["value"])["datas"][0][0]), {"•"})

    def test_mask_changes_nothing(self):
        self.header.write({"name": "X-Key", "value": self.header.value})
        self.assertEqual(self.value_of(self.header), "s3cret")
        self.header.value = "other"
        self.assertEqual(set(self.header.value), {"•"})
        self.assertEqual(self.value_of(self.header), "other")

    def test_unsendable_is_refused(self):
        """What cannot be sent is refused, and the value is not repeated."""
        for name, value, words in (
            ("Host", "s3cret", "set by Odoo itself"),
            ("content-length", "s3cret", "set by Odoo itself"),
            ("webhook-signature", "s3cret", "set by Odoo itself"),
            ("webhook_signature", "s3cret", "set by Odoo itself"),
            ("Content_Length", "s3cret", "set by Odoo itself"),
            ("Transfer-Encoding", "s3cret", "set by Odoo itself"),
            ("X Key", "s3cret", "cannot be a header's name"),
            ("X-Key:", "s3cret", "cannot be a header's name"),
            ("X-Key\0", "s3cret", "cannot be a header's name"),
            (False, "s3cret", "is missing"),
            (5, "s3cret", "cannot have this value"),
            ("X-Key", "s3cret\r\nHost: x", "other characters"),
            ("X-Key", "s3cret ä", "other characters"),
            ("X-Key", "s3cret\0", "other characters"),
            ("X-Key", "", "is missing"),
            ("X-Key", False, "is missing"),
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

    def test_each_is_sent_once(self):
        """Also where ``_`` stands for ``-``, which many servers cannot tell apart."""
        other = {"name": "X-Other", "value": "x"}
        for commands in (
            [Command.create({"name": "x-api-key", "value": "other"})],
            [Command.create({"name": "X_API_Key", "value": "other"})],
            [Command.create(other), Command.create(other)],
        ):
            with (
                self.subTest(commands=commands),
                self.assertRaises(ValidationError) as caught,
            ):
                self.webhook.header_ids = commands
            self.assertIn("each header once", str(caught.exception))
        self.webhook.header_ids = [Command.create(other)]
        second = self.webhook.header_ids - self.header
        with self.assertRaisesRegex(ValidationError, "each header once"):
            second.name = "X-Api-Key"
        with self.assertRaisesRegex(ValidationError, "each header once"):
            (self.header | second).name = "X-Same"

    def test_copy_has_none(self):
        self.assertFalse(self.webhook.copy().header_ids)

    def test_stays_with_its_webhook(self):
        """Else whoever manages another webhook would get the value."""
        other = self.make_webhook(company_id=self.env.company.id)
        mine = other.with_user(self.manager)
        for act in (
            lambda: self.header.write({"webhook_id": mine.id}),
            lambda: mine.write({"header_ids": [Command.link(self.header.id)]}),
            lambda: mine.write({"header_ids": [Command.set(self.header.ids)]}),
            lambda: mine.write(
                {"header_ids": [(1, self.header.id, {"webhook_id": mine.id})]}
            ),
            lambda: mine.copy({"header_ids": [Command.link(self.header.id)]}),
        ):
            with self.assertRaisesRegex(UserError, "stays with its webhook"):
                act()
            self.assertEqual(self.header.webhook_id, self.webhook)
        self.header.webhook_id = self.webhook

    def test_value_stays_with_its_server(self):
        """Whoever changes the URL must not have the value sent to themselves."""
        self.webhook.url = "https://EXAMPLE.com.:443/other?path=1"
        self.assertEqual(self.value_of(self.header), "s3cret")
        for url in ("https://evil.example/hook", "https://example.com:8443/hook"):
            self.header.value = "s3cret"
            self.webhook.url = "https://example.com/hook"
            self.header.value = "s3cret"
            self.webhook.url = url
            self.assertIsNone(self.value_of(self.header))
            self.assertFalse(self.header.value)
            self.assertIn(
                ("header_dropped", "X-API-Key"),
                self.audit(self.webhook).mapped(
                    lambda line: (line.action, line.subject)
                ),
            )
        # entered together with the URL, in whatever order the fields come
        for names in (("url", "header_ids"), ("header_ids", "url")):
            values = {
                "url": f"https://{names[0]}.example/".replace("_", "-"),
                "header_ids": [Command.update(self.header.id, {"value": names[0]})],
            }
            self.webhook.write({name: values[name] for name in names})
            self.assertEqual(self.value_of(self.header), names[0])

    def test_dropped_from_a_batch(self):
        """Each webhook of several that get one URL forgets, if it led elsewhere."""
        other = self.make_webhook(
            company_id=self.env.company.id, url="https://b.example/"
        )
        other.header_ids = [Command.create({"name": "X-Key", "value": "other"})]
        (self.webhook | other.with_user(self.manager)).write(
            {"url": "https://b.example/x"}
        )
        self.assertIsNone(self.value_of(self.header))
        self.assertEqual(self.value_of(other.header_ids), "other")

    def test_others_are_out_of_reach(self):
        """No command reaches a header of a webhook that one may not manage."""
        self.env["res.company"].create({"name": "Other"})
        common = self.make_webhook(company_id=False)
        common.header_ids = [Command.create({"name": "X-Key", "value": "common"})]
        theirs = common.header_ids
        header = theirs.with_user(self.manager)
        for act in (
            lambda: header.write({"value": "mine"}),
            lambda: header.write({"name": "X-Mine"}),
            lambda: header.write({"webhook_id": self.webhook.id}),
            lambda: header.unlink(),
            lambda: header.copy({"webhook_id": self.webhook.id, "value": "x"}),
            *(
                lambda command=command: self.webhook.write({"header_ids": [command]})
                for command in (
                    Command.link(theirs.id),
                    Command.set(theirs.ids),
                    Command.delete(theirs.id),
                    Command.unlink(theirs.id),
                    Command.update(theirs.id, {"value": "mine"}),
                    Command.update(theirs.id, {"webhook_id": self.webhook.id}),
                )
            ),
            lambda: self.webhook.copy({"header_ids": [Command.link(theirs.id)]}),
        ):
            with self.assertRaises(UserError):
                act()
            self.assertEqual(theirs.webhook_id, common)
            self.assertEqual(self.value_of(theirs), "common")

    def test_audit_log_has_no_value(self):
        self.header.value = "s3cret2"
        self.header.name = "X-Key"
        self.header.unlink()
        lines = self.audit(self.webhook)
        self.assertEqual(
            lines.mapped(lambda line: (line.action, line.subject))[1:],
            [
                ("header_added", "X-API-Key"),
                ("header_value", "X-API-Key"),
                ("header_renamed", "X-API-Key"),
                ("header_removed", "X-Key"),
            ],
        )
        self.assertNotIn("s3cret", str(lines.read()))
