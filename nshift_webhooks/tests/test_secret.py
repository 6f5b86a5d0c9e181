import base64
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from ..delivery.signature import new_secret, public_key
from .common import WebhookCase


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

    def show(self, webhook=None):
        action = (webhook or self.webhook).action_show_secret()
        model = self.env[action["res_model"]].with_user(self.manager)
        return model.browse(action["res_id"])

    def rotate(self, action="action_rotate"):
        wizard = self.env["nshift.webhook.rotate"].with_user(self.manager)
        shown = getattr(wizard.create({"webhook_id": self.webhook.id}), action)()
        self.assertEqual(shown["res_model"], "nshift.webhook.secret")

    def test_shown_on_request(self):
        """It is shown to a manager, and the audit log has who has seen it."""
        dialog = self.show()
        [shown] = dialog.read(["secret", "public_key"])
        self.assertEqual(shown["secret"], self.key_of(self.webhook))
        self.assertEqual(shown["public_key"], self.webhook.public_key)
        line = self.audit(self.webhook)[-1]
        self.assertEqual(line.action, "secret_shown")
        self.assertEqual(line.user_id, self.manager)

    def test_no_glimpse_unsaved(self):
        """A dialog that is not saved, and so not in the log, shows nothing."""
        dialog = self.env["nshift.webhook.secret"].with_user(self.manager)
        seen = dialog.onchange(
            {"webhook_id": self.webhook.id},
            ["webhook_id"],
            {"webhook_id": {}, "secret": {}, "public_key": {}},
        )
        self.assertNotIn("whsec_", str(seen))
        new = dialog.new({"webhook_id": self.webhook.id})
        self.assertFalse(new.secret)

    def test_old_dialog(self):
        """It shows no secret that came after it: who sees that one is in the log."""
        dialog = self.show()
        self.assertTrue(dialog.read(["secret"])[0]["secret"])
        self.webhook._rotate_keys(24)
        self.env.invalidate_all()
        self.assertEqual(
            dialog.read(["secret", "public_key"]),
            [{"id": dialog.id, "secret": False, "public_key": False}],
        )
        with self.assertRaises(UserError):
            dialog.write({"secret_number": 99})
        with self.assertRaises(UserError):
            dialog.create({"webhook_id": self.webhook.id, "secret_number": 99})

    def test_dialog_is_not_exported(self):
        dialog = self.show()
        for records, path in (
            (dialog, "secret"),
            (dialog, "webhook_id/secret"),
        ):
            try:
                rows = str(records.export_data([path])["datas"])
            except UserError as error:
                rows = str(error)
            self.assertNotIn("whsec_", rows)

    def test_dialog_keeps_no_copy(self):
        field = self.env["nshift.webhook.secret"]._fields["secret"]
        self.assertFalse(field.store)
        self.assertFalse(field.exportable)

    def test_dialog_looks_again(self):
        """Who may not manage the webhook any more is shown nothing."""
        dialog = self.show()
        self.manager.group_ids -= self.env.ref("nshift_webhooks.group_webhook_manager")
        self.env.invalidate_all()
        with self.assertRaises(AccessError):
            dialog.read(["secret"])

    def test_user_is_shown_none(self):
        webhook = self.webhook.with_user(self.user)
        for access in (
            webhook.action_show_secret,
            lambda: (
                self.env["nshift.webhook.secret"]
                .with_user(self.user)
                .create({"webhook_id": webhook.id})
            ),
            lambda: webhook._rotate_keys(0),
            lambda: self.show().with_user(self.user).secret,
        ):
            with self.assertRaises(AccessError):
                access()

    def test_field_shows_mask(self):
        """The field is there to be written: whoever reads it sees that there is one."""
        self.assertEqual(set(self.webhook.secret), {"•"})
        self.webhook.secret = self.webhook.secret
        before = self.key_of(self.webhook)
        self.webhook.write({"secret": self.webhook.read(["secret"])[0]["secret"]})
        self.assertEqual(self.key_of(self.webhook), before)
        self.assertNotIn("secret_given", self.audit(self.webhook).mapped("action"))

    def test_given_one_is_used(self):
        given = new_secret()
        self.webhook.secret = given
        self.assertEqual(self.key_of(self.webhook), given)
        self.assertEqual(set(self.webhook.secret), {"•"})
        self.assertEqual(self.audit(self.webhook)[-1].action, "secret_given")
        another = new_secret()
        self.assertEqual(self.key_of(self.make_webhook(secret=another)), another)

    def test_bad_ones_are_refused(self):
        short = base64.b64encode(bytes(range(23))).decode()
        zeros = base64.b64encode(bytes(24)).decode()
        for wrong in (
            "abc",
            "whsec_",
            "whsec_ä",
            "whsec_???",
            f"whsec_{short}",
            f"whsec_{zeros}",
        ):
            with (
                self.subTest(wrong=wrong),
                self.assertRaisesRegex(ValidationError, "24 to 64") as caught,
            ):
                self.webhook.secret = wrong
            told = str(caught.exception)
            self.assertNotIn(wrong.removeprefix("whsec_") or "nothing", told)

    def test_anothers_is_refused(self):
        """A secret that was another webhook's, or is, or will sign a while longer."""
        other = self.make_webhook()
        old = self.key_of(other)
        other._rotate_keys(24)
        for secret in (old, self.key_of(other)):
            with self.assertRaisesRegex(ValidationError, "another webhook's") as caught:
                self.webhook.secret = secret
            self.assertNotIn(secret, str(caught.exception))
        with self.assertRaisesRegex(ValidationError, "another webhook's"):
            self.make_webhook(secret=old)
        with self.assertRaisesRegex(ValidationError, "another webhook's"):
            (self.webhook | self.make_webhook().with_env(self.webhook.env)).write(
                {"secret": new_secret()}
            )

    def test_export_refused(self):
        offered = self.webhook.fields_get(attributes=["exportable"])
        self.assertFalse(offered["secret"]["exportable"])
        event = self.make_event(self.webhook.sudo()).with_user(self.manager)
        for records, path in ((self.webhook, "secret"), (event, "webhook_id/secret")):
            rows = records.export_data([path])["datas"]
            self.assertEqual(set(rows[0][0]), {"•"})

    def test_copy_has_its_own(self):
        self.rotate()
        copy = self.webhook.copy()
        for name in ("secret", "private_key"):
            self.assertTrue(self.key_of(copy, name))
            self.assertNotEqual(
                self.key_of(copy, name), self.key_of(self.webhook, name)
            )
        self.assertFalse(self.key_of(copy, "replaced_secret"))
        self.assertFalse(copy.replaced_until)

    def test_both_sign_for_a_day(self):
        before = self.key_of(self.webhook)
        private = self.key_of(self.webhook, "private_key")
        with freeze_time("2026-01-02 03:04:05"):
            self.rotate()
        webhook = self.webhook
        self.assertNotEqual(self.key_of(webhook), before)
        self.assertNotEqual(self.key_of(webhook, "private_key"), private)
        self.assertEqual(
            webhook.public_key, public_key(self.key_of(webhook, "private_key"))
        )
        self.assertEqual(self.key_of(webhook, "replaced_secret"), before)
        self.assertEqual(self.key_of(webhook, "replaced_private_key"), private)
        self.assertEqual(
            webhook.replaced_until, fields.Datetime.to_datetime("2026-01-03 03:04:05")
        )
        with freeze_time("2026-01-03 03:04:00"):
            self.env["nshift.webhook"]._forget_replaced_keys()
            self.assertTrue(self.key_of(webhook, "replaced_secret"))
        webhook.active = False
        with freeze_time("2026-01-03 03:04:06"):
            self.env["nshift.webhook"]._forget_replaced_keys()
        for name in ("replaced_secret", "replaced_private_key"):
            self.assertFalse(self.key_of(webhook, name), name)
        self.assertFalse(webhook.replaced_until)

    def test_hours_are_a_parameter(self):
        self.env["ir.config_parameter"].set_param("nshift_webhooks.rotation_hours", "2")
        self.rotate()
        left = self.webhook.replaced_until - fields.Datetime.now()
        self.assertLessEqual(abs(left - timedelta(hours=2)), timedelta(minutes=1))

    def test_leaked_one_is_replaced_at_once(self):
        before = self.key_of(self.webhook)
        self.rotate()
        self.rotate("action_replace")
        self.assertNotEqual(self.key_of(self.webhook), before)
        self.assertFalse(self.key_of(self.webhook, "replaced_secret"))
        self.assertFalse(self.webhook.replaced_until)
        self.assertEqual(
            self.audit(self.webhook).mapped("action")[-4:],
            ["secret_rotated", "secret_shown", "secret_replaced", "secret_shown"],
        )

    def test_key_pair_comes_and_goes(self):
        """With its choice, and each time it is another one, which the log tells."""
        webhook = self.make_webhook()
        self.assertFalse(self.key_of(webhook, "private_key"))
        self.assertFalse(webhook.public_key)
        webhook.has_key_pair = True
        first = webhook.public_key
        self.assertTrue(first.startswith("whpk_"))
        webhook.has_key_pair = False
        self.assertFalse(self.key_of(webhook, "private_key"))
        webhook.has_key_pair = True
        self.assertNotEqual(webhook.public_key, first)
        changes = self.audit(webhook).filtered(lambda line: line.action == "changed")
        self.assertEqual(
            changes.mapped(lambda line: (line.old, line.new)),
            [("no", "yes"), ("yes", "no"), ("no", "yes")],
        )

    def test_deletion_forgets_keys(self):
        webhook = self.make_webhook(has_key_pair=True)
        webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "x"})]
        header = webhook.header_ids
        webhook._rotate_keys(24)
        webhook.unlink()
        self.env.cr.execute(
            "SELECT name FROM nshift_webhook_vault WHERE res_id = ANY(%s)",
            (webhook.ids,),
        )
        self.assertFalse([name for [name] in self.env.cr.fetchall() if name != "value"])
        # a header's goes with the next wiping, as the database has deleted it
        self.env["nshift.webhook.vault"]._drop_orphans(header)
        self.assertFalse(self.key_of(header, "value"))

    def test_nothing_tells_it(self):
        """No log, not even of all statements, no chatter, no audit log, no cache."""
        given = new_secret()
        with self.assertLogs("odoo", "DEBUG") as logs:
            webhook = self.make_webhook(has_key_pair=True).with_user(self.manager)
            secrets = [self.key_of(webhook), self.key_of(webhook, "private_key")]
            webhook.action_show_secret()
            webhook._rotate_keys(24)
            webhook.secret = given
            webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "s3cret-value"})]
            webhook.copy()
            secrets += [given, self.key_of(webhook, "private_key"), "s3cret-value"]
            self.env.flush_all()
            self.env.cr.precommit.run()
        told = "".join(
            [
                *logs.output,
                str(webhook.sudo().message_ids.mapped("body")),
                str(self.audit(webhook).read()),
                str(webhook.sudo().read()),
            ]
        )
        for secret in secrets:
            self.assertNotIn(secret, told)
            self.assertNotIn(secret, str(self.env.transaction.field_data))

    def test_failed_statements_tell_nothing(self):
        """Whatever PostgreSQL refuses, neither the log nor the error has a secret."""
        webhook = self.webhook.sudo()
        secret = self.key_of(webhook)
        for column, value in (("parallel_requests", 99), ("name", None)):
            with (
                self.subTest(column=column),
                self.assertLogs("odoo.sql_db", "ERROR") as logs,
                self.assertRaises(Exception) as caught,
                self.cr.savepoint(),
            ):
                self.cr.execute(
                    f"UPDATE nshift_webhook SET {column} = %s WHERE id = %s",
                    (value, webhook.id),
                )
            self.assertNotIn(secret, str(caught.exception) + str(logs.output))

    def test_vault_is_closed(self):
        """Not even a right to the model, which an administrator can give, opens it."""
        self.env["ir.model.access"].create(
            {
                "name": "vault",
                "model_id": self.env["ir.model"]._get_id("nshift.webhook.vault"),
                "group_id": self.env.ref("base.group_user").id,
                "perm_read": True,
                "perm_write": True,
                "perm_create": True,
                "perm_unlink": True,
            }
        )
        vault = self.env["nshift.webhook.vault"].with_user(self.manager)
        self.assertEqual(set(vault._fields), {"id", "display_name"})
        self.assertNotIn(self.key_of(self.webhook), str(vault.search_read([])))
        for access in (
            lambda: vault.search([("value", "like", "whsec_")]),
            lambda: vault.search([], order="value"),
            lambda: vault.search([]).read(["value"]),
            lambda: vault._read_group([], ["value"]),
            lambda: vault.create({"value": "x"}),
        ):
            with self.assertRaises(ValueError):
                access()
