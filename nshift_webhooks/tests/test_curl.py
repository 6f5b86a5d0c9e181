import re
from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..delivery.signature import sign
from .common import WebhookCase

URL = "https://test.example/hook"
NOW = datetime(2026, 1, 2, 3, 4, 5)
TIMESTAMP = 1767323045


@tagged("post_install", "-at_install")
class TestCurl(WebhookCase):
    """The command that sends a message to another address: what it has, and for whom.

    That a shell makes the right request of it is tested in tests/plain/test_curl.py.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tests' database may be a copy of the one into which Odoo was installed
        cls.env["nshift.webhook.home"]._settle()
        cls.webhook = cls.make_webhook(has_key_pair=True)
        cls.webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "s3cret"})]
        cls.manager, cls.other, cls.reader = (
            new_test_user(cls.env, login, f"nshift_webhooks.group_webhook_{group}")
            for login, group in (
                ("webhooks_curl", "manager"),
                ("webhooks_curl_other", "manager"),
                ("webhooks_curl_reader", "user"),
            )
        )

    def open(self, event=None, user=None):
        event = event or self.make_event(self.webhook)
        action = event.with_user(user or self.manager).action_curl()
        return (
            self.env[action["res_model"]]
            .with_user(self.manager)
            .browse(action["res_id"])
        )

    def signed(self, event=None):
        dialog = self.open(event)
        dialog.url = URL
        dialog.action_sign()
        return dialog

    def test_it_is_signed_and_has_no_secret(self):
        event = self.make_event(self.webhook)
        with freeze_time(NOW):
            command = self.signed(event).command
        secret = self.key_of(self.webhook)
        keys = (secret, self.key_of(self.webhook, "private_key"))
        signature = sign(keys, event.message_id, TIMESTAMP, event.payload.encode())
        self.assertEqual(len(signature.split()), 2)
        for header in (
            f"webhook-signature: {signature}",
            f"webhook-timestamp: {TIMESTAMP}",
            f"webhook-id: {event.message_id}",
        ):
            self.assertIn(f"--header '{header}'", command)
        self.assertIn(f"--data-raw '{event.payload}'", command)
        self.assertIn(f"--url {URL}", command)
        for kept in (*keys, *(key.partition("_")[2] for key in keys), "s3cret"):
            self.assertNotIn(kept, command)

    def test_it_is_shown_as_long_as_it_is_good(self):
        with freeze_time(NOW):
            dialog = self.signed()
            self.assertTrue(dialog.command)
        dialog.invalidate_recordset()
        with freeze_time(NOW + timedelta(minutes=4)):
            self.assertIn(f"webhook-timestamp: {TIMESTAMP}", dialog.command)
        dialog.invalidate_recordset()
        with freeze_time(NOW + timedelta(minutes=6)):
            self.assertFalse(dialog.command)

    def test_it_is_made_when_somebody_asks(self):
        """For each address anew, and for no other time than now."""
        dialog = self.open()
        self.assertFalse(dialog.command)
        with self.assertRaisesRegex(UserError, "Enter the address"):
            dialog.action_sign()
        dialog.url = URL
        self.assertFalse(dialog.command)
        dialog.action_sign()
        self.assertTrue(dialog.command)
        dialog.url = "https://elsewhere.example/"
        self.assertFalse(dialog.command)
        for name, value in (("signed_at", "2030-01-01 00:00:00"), ("event_number", 1)):
            with self.assertRaises(ValidationError):
                dialog.write({name: value})
            with self.assertRaises(ValidationError):
                dialog.with_context(**{f"default_{name}": value}).create({})

    def test_the_audit_log_tells_it(self):
        self.signed()
        line = self.audit(self.webhook)[-1]
        self.assertEqual(
            (line.action, line.subject, line.new, line.user_id),
            (
                "message_signed",
                "Order created: S00001",
                "test.example",
                self.manager,
            ),
        )

    def test_who_may_make_it(self):
        """Those who may see the secret, and of messages that they may see."""
        event = self.make_event(self.webhook)
        dialog = self.signed(event)
        company = self.env["res.company"].create({"name": "Other"})
        common = self.make_webhook(company_id=False)
        theirs = self.make_event(self.webhook, company_id=company.id)
        for user, which in (
            (self.reader, event),
            (self.manager, self.make_event(common)),
            (self.manager, theirs),
        ):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                which.with_user(user).action_curl()
        for act in (
            lambda: dialog.with_user(self.other).read(["command"]),
            lambda: dialog.with_user(self.other).action_sign(),
            lambda: dialog.with_user(self.reader).read(["command"]),
        ):
            with self.assertRaises(AccessError):
                act()

    def test_who_may_not_any_more(self):
        dialog = self.signed()
        self.webhook.company_id = self.env["res.company"].create({"name": "Other"})
        self.env.flush_all()
        dialog.invalidate_recordset()
        for act in (lambda: dialog.read(["command"]), dialog.action_sign):
            with self.assertRaises(AccessError):
                act()

    def test_where_there_is_nothing_to_send(self):
        wiped = self.make_event(self.webhook, state="delivered")
        wiped._wipe()
        unbuilt = self.make_event(self.webhook, payload=False, failure="payload")
        for event in (wiped, unbuilt):
            with self.assertRaisesRegex(UserError, "no message"):
                self.open(event)
        event = self.make_event(self.webhook)
        dialog = self.signed(event)
        event.unlink()
        with self.assertRaisesRegex(UserError, "no such event"):
            dialog.action_sign()

    def test_nothing_is_signed_in_a_copy(self):
        dialog = self.open()
        dialog.url = URL
        self.env["ir.config_parameter"].set_param(
            "nshift_webhooks.home_database", "another original"
        )
        with self.assertRaisesRegex(UserError, "Nothing is sent from this database"):
            dialog.action_sign()

    def test_where_it_may_go(self):
        dialog = self.open()
        for url in ("http://test.example/", "ftp://localhost/", "https://a@b.example"):
            with self.subTest(url), self.assertRaises(ValidationError):
                dialog.url = url
        dialog.url = "http://localhost:8000/hook"

    def test_a_long_message_is_in_a_file(self):
        text = "é" * 60_000
        dialog = self.signed(self.make_event(self.webhook, payload=f'{{"a":"{text}"}}'))
        self.assertRegex(dialog.file_name, r"^msg_test_\w+\.json$")
        self.assertIn(f"--data-binary @{dialog.file_name}", dialog.command)
        self.assertNotIn(text, dialog.command)

    def test_what_people_wrote_is_quoted(self):
        payload = '{"a":"\'; touch x; echo \'"}'
        command = self.signed(self.make_event(self.webhook, payload=payload)).command
        quoted = payload.replace("'", "'\"'\"'")
        self.assertTrue(command.endswith(f"--data-raw '{quoted}'"))
        self.assertEqual(len(re.findall(r"\n", command)), command.count("\\\n"))
