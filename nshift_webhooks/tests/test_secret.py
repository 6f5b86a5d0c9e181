import base64
import json
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..delivery.signature import new_secret, public_key
from .common import WebhookCase

HIDDEN = ("replaced_secret", "private_key", "replaced_private_key")


@tagged("post_install", "-at_install")
class TestSecret(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "webhooks_keeper",
            "nshift_webhooks.group_webhook_manager,base.group_allow_export",
        )
        cls.user = new_test_user(
            cls.env, "webhooks_looker", "nshift_webhooks.group_webhook_user"
        )
        cls.webhook = cls.make_webhook(
            has_key_pair=True, company_id=cls.env.company.id
        ).with_user(cls.manager)

    def rotate(self, action="action_rotate"):
        wizard = self.env["nshift.webhook.rotate"].with_user(self.manager)
        shown = getattr(wizard.create({"webhook_id": self.webhook.id}), action)()
        self.assertEqual(shown["res_model"], "nshift.webhook.secret")

    def test_it_is_shown_on_request_and_that_is_on_record(self):
        action = self.webhook.action_show_secret()
        dialog = self.env[action["res_model"]].with_user(self.manager)
        shown = dialog.with_context(**action["context"]).create({})
        self.assertEqual(shown.secret, self.webhook.secret)
        self.assertEqual(shown.public_key, self.webhook.public_key)
        message = self.webhook.message_ids[0]
        self.assertIn("secret was shown", message.body)
        self.assertEqual(message.author_id, self.manager.partner_id)

    def test_nothing_of_it_is_kept_where_it_was_shown(self):
        dialog = self.env["nshift.webhook.secret"]
        self.assertFalse(dialog._fields["secret"].store)
        self.assertFalse(dialog._fields["secret"].exportable)

    def test_a_webhook_of_another_company_shows_none(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.make_webhook(company_id=other.id)
        dialog = self.env["nshift.webhook.secret"].with_user(self.manager)
        with self.assertRaises(AccessError):
            dialog.create({"webhook_id": theirs.id}).secret  # noqa: B018
        rotate = self.env["nshift.webhook.rotate"].with_user(self.manager)
        with self.assertRaises(AccessError):
            rotate.create({"webhook_id": theirs.id}).action_replace()

    def test_a_user_is_shown_none(self):
        webhook = self.webhook.with_user(self.user)
        with self.assertRaises(AccessError):
            webhook.action_show_secret()
        with self.assertRaises(AccessError):
            self.env["nshift.webhook.secret"].with_user(self.user).create(
                {"webhook_id": webhook.id}
            )
        with self.assertRaises(AccessError):
            webhook._rotate_keys(0)
        with self.assertRaises(AccessError):
            self.env["nshift.webhook.event"].with_user(self.user).search(
                [("webhook_id.secret", "like", "whsec_")]
            )

    def test_what_only_signs_is_read_by_nobody(self):
        webhook = self.webhook
        for name in HIDDEN:
            for access in (
                lambda name=name: webhook[name],
                lambda name=name: webhook.read([name]),
                lambda name=name: webhook.search([(name, "!=", False)]),
                lambda name=name: webhook._read_group([], [name]),
                lambda name=name: webhook.search([], order=name),
                lambda name=name: webhook.export_data([name]),
                lambda name=name: webhook.write({name: "x"}),
            ):
                with self.subTest(name=name), self.assertRaises(AccessError):
                    access()
            self.assertNotIn(name, webhook.fields_get())
            self.assertNotIn(name, webhook.read()[0])

    def test_no_export_has_it(self):
        for name in ("secret", *HIDDEN):
            self.assertFalse(self.webhook._fields[name].exportable, name)
        offered = self.webhook.fields_get(attributes=["exportable"])
        self.assertFalse(offered["secret"]["exportable"])
        event = self.make_event(self.webhook.sudo()).with_user(self.manager)
        self.assertEqual(
            self.webhook.export_data(["name"])["datas"], [["order.created"]]
        )
        for records, path in ((self.webhook, "secret"), (event, "webhook_id/secret")):
            with self.subTest(path=path), self.assertRaises(UserError):
                records.export_data([path])

    def test_a_copy_has_keys_of_its_own(self):
        self.rotate()
        copy = self.webhook.copy()
        ours, theirs = self.webhook.sudo(), copy.sudo()
        self.assertTrue(theirs.private_key)
        for name in ("secret", "private_key"):
            self.assertNotEqual(ours[name], theirs[name])
        self.assertFalse(theirs.replaced_secret)
        self.assertFalse(theirs.replaced_until)

    def test_both_sign_for_a_day(self):
        before = self.webhook.secret
        private = self.webhook.sudo().private_key
        with freeze_time("2026-01-02 03:04:05"):
            self.rotate()
        webhook = self.webhook.sudo()
        self.assertNotEqual(webhook.secret, before)
        self.assertNotEqual(webhook.private_key, private)
        self.assertEqual(webhook.public_key, public_key(webhook.private_key))
        self.assertEqual(webhook.replaced_secret, before)
        self.assertEqual(webhook.replaced_private_key, private)
        self.assertEqual(
            webhook.replaced_until, fields.Datetime.to_datetime("2026-01-03 03:04:05")
        )
        with freeze_time("2026-01-03 03:04:00"):
            self.env["nshift.webhook"]._forget_replaced_keys()
            self.assertTrue(webhook.replaced_secret)
        webhook.active = False
        with freeze_time("2026-01-03 03:04:06"):
            self.env["nshift.webhook"]._forget_replaced_keys()
        for name in ("replaced_secret", "replaced_private_key", "replaced_until"):
            self.assertFalse(webhook[name], name)

    def test_how_long_both_sign_is_a_system_parameter(self):
        self.env["ir.config_parameter"].set_param("nshift_webhooks.rotation_hours", "2")
        self.rotate()
        left = self.webhook.replaced_until - fields.Datetime.now()
        self.assertLessEqual(abs(left - timedelta(hours=2)), timedelta(minutes=1))

    def test_a_secret_that_has_leaked_is_replaced_at_once(self):
        before = self.webhook.secret
        self.rotate()
        self.rotate("action_replace")
        webhook = self.webhook.sudo()
        self.assertNotEqual(webhook.secret, before)
        self.assertFalse(webhook.replaced_secret)
        self.assertFalse(webhook.replaced_until)
        self.assertIn("does not sign any more", webhook.message_ids[1].body)

    def test_a_key_pair_comes_and_goes_with_its_choice(self):
        webhook = self.make_webhook().sudo()
        self.assertFalse(webhook.private_key)
        self.assertFalse(webhook.public_key)
        webhook.has_key_pair = True
        self.assertTrue(webhook.public_key.startswith("whpk_"))
        webhook.has_key_pair = False
        self.assertFalse(webhook.private_key)

    def test_ones_own_secret_has_to_be_a_good_one(self):
        given = new_secret()
        self.assertEqual(self.make_webhook(secret=given).secret, given)
        short = base64.b64encode(b"x" * 23).decode()
        for wrong in ("abc", "whsec_", "whsec_ä", "whsec_???", f"whsec_{short}"):
            with (
                self.subTest(wrong=wrong),
                self.assertRaisesRegex(ValidationError, "24 to 64") as caught,
            ):
                self.webhook.secret = wrong
            self.assertNotIn(wrong.removeprefix("whsec_") or "nothing", str(caught))

    def test_no_message_of_the_chatter_and_no_log_has_it(self):
        with self.assertLogs("odoo", "DEBUG") as logs:
            webhook = self.make_webhook(
                has_key_pair=True, company_id=self.env.company.id
            ).with_user(self.manager)
            secrets = [webhook.secret, webhook.sudo().private_key]
            webhook.action_show_secret()
            webhook._rotate_keys(24)
            webhook.secret = new_secret()
            webhook.copy()
            secrets += [webhook.secret, webhook.sudo().private_key]
            self.env.flush_all()
            self.env.cr.precommit.run()
            chatter = json.dumps(
                webhook.message_ids.mapped("body")
                + webhook.sudo().message_ids.tracking_value_ids.mapped("new_value_char")
            )
        ours = [line for line in logs.output if "odoo.sql_db" not in line]
        for secret in secrets:
            self.assertNotIn(secret, chatter)
            self.assertNotIn(secret, "".join(ours))
