from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase

GROUP = "nshift_webhooks.group_webhook_receiver"


@tagged("post_install", "-at_install")
class TestReader(WebhookCase):
    """The user as whom a receiver reads, and who may make its key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.make_webhook()
        cls.manager = new_test_user(
            cls.env, "reader_manager", "nshift_webhooks.group_webhook_manager"
        )

    def reader(self):
        return (
            self.env["nshift.webhook.reader"]
            .search([("webhook_id", "=", self.webhook.id)])
            .user_id
        )

    def test_its_user_has_no_right_at_all(self):
        """Also without the key's own limits: by no model's rights, nor by rules."""
        self.webhook.make_catch_up_key()
        reader = self.reader()
        self.assertEqual(reader.all_group_ids, self.env.ref(GROUP))
        self.assertTrue(reader.share)
        may = {
            (name, operation)
            for name, model in self.env.registry.items()
            if not model._abstract
            for operation in ("create", "read", "write", "unlink")
            if self.env[name].with_user(reader).has_access(operation)
        }
        # what Odoo lets everybody, with or without a group, read
        public = {
            (access.model_id.model, operation)
            for access in self.env["ir.model.access"].search([("group_id", "=", False)])
            for operation in ("create", "read", "write", "unlink")
            if access[f"perm_{operation}"]
        }
        self.assertEqual(may - public, set())
        self.assertFalse([name for name, _operation in may if "nshift" in name])
        self.assertFalse({operation for _name, operation in may} - {"read"})

    def test_managers_make_and_revoke_keys(self):
        webhook = self.webhook.with_user(self.manager)
        made = webhook.make_catch_up_key(7)
        self.assertGreater(len(made["key"]), 30)
        self.assertTrue(webhook.catch_up_until)
        self.assertEqual(made["expires_at"][:10], str(webhook.catch_up_until)[:10])
        first = self.reader()
        webhook.make_catch_up_key()
        self.assertEqual(self.reader(), first)
        webhook.revoke_catch_up_keys()
        self.assertFalse(webhook.catch_up_until)
        self.assertFalse(first.exists())
        lines = self.audit(webhook).filtered(lambda line: "key" in line.action)
        self.assertEqual(
            lines.mapped("action"), ["key_made", "key_made", "keys_revoked"]
        )
        self.assertEqual(lines.user_id, self.manager)
        self.assertNotIn(made["key"], str(lines.read()))

    def test_a_clients_context_changes_nothing_of_the_user(self):
        defaults = {
            "default_active": False,
            "default_password": "x",
            "default_email": "x@example.com",
            "default_group_ids": self.env.ref("base.group_system").ids,
        }
        webhook = self.webhook.with_user(self.manager).with_context(**defaults)
        webhook.make_catch_up_key()
        reader = self.reader()
        self.assertEqual(reader.group_ids, self.env.ref(GROUP))
        self.assertTrue(reader.active)
        self.assertFalse(reader.email)
        self.env.cr.execute(
            "SELECT password FROM res_users WHERE id = %s", (reader.id,)
        )
        self.assertEqual(self.env.cr.fetchall(), [(None,)])

    def test_who_may_not(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.make_webhook(company_id=other.id)
        common = self.make_webhook(company_id=False)
        user = new_test_user(
            self.env, "reader_user", "nshift_webhooks.group_webhook_user"
        )
        for webhook, who in (
            (self.webhook, user),
            (theirs, self.manager),
            (common, self.manager),
        ):
            for act in ("make_catch_up_key", "revoke_catch_up_keys"):
                with self.assertRaises(AccessError):
                    getattr(webhook.with_user(who), act)()

    def test_what_cannot_be(self):
        for days in (0, 366, True, "7", 1.5, None):
            with self.assertRaises(UserError):
                self.webhook.make_catch_up_key(days)
        self.webhook.active = False
        with self.assertRaises(UserError):
            self.webhook.make_catch_up_key()

    def test_the_dialog_shows_the_key_once(self):
        webhook = self.webhook.with_user(self.manager)
        dialog = self.env["nshift.webhook.reader.key"].with_user(self.manager)
        dialog = dialog.create({"webhook_id": webhook.id, "days": "30"})
        action = dialog.action_make()
        key = action["context"]["default_key"]
        shown = dialog.with_context(**action["context"]).default_get(["key"])
        self.assertEqual(shown["key"], key)
        self.assertFalse(dialog.key)
        self.env.cr.execute("SELECT * FROM nshift_webhook_reader_key")
        self.assertNotIn(key, str(self.env.cr.fetchall()))

    def test_one_who_cannot_be_deleted_has_no_key(self):
        """A contact that somebody uses stays, and the webhook goes all the same."""
        self.webhook.make_catch_up_key()
        reader = self.reader()
        self.make_order(partner_id=reader.partner_id.id)
        self.env.flush_all()
        with self.assertLogs("odoo.addons.nshift_webhooks.transaction", "ERROR"):
            self.webhook.unlink()
        self.assertFalse(self.webhook.exists())
        self.env.cr.execute(
            "SELECT count(*) FROM res_users_apikeys WHERE user_id = %s", (reader.id,)
        )
        self.assertEqual(self.env.cr.fetchall(), [(0,)])
