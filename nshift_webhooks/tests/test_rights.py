from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase

MODELS = ("nshift.webhook", "nshift.webhook.event", "nshift.webhook.attempt")
OPERATIONS = ("read", "write", "create", "unlink")


@tagged("post_install", "-at_install")
class TestRights(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            name: new_test_user(cls.env, f"webhooks_{name}", groups)
            for name, groups in (
                ("manager", "nshift_webhooks.group_webhook_manager"),
                (
                    "user",
                    "nshift_webhooks.group_webhook_user,base.group_allow_export",
                ),
                ("admin", "base.group_system"),
                ("salesperson", "sales_team.group_sale_manager"),
                ("employee", "base.group_user"),
                ("portal", "base.group_portal"),
                ("public", "base.group_public"),
            )
        }

    def allowed(self, user, model):
        model = self.env[model].with_user(self.users[user])
        return [name for name in OPERATIONS if model.has_access(name)]

    def test_managers_and_administrators_may_do_all(self):
        for user in ("manager", "admin"):
            self.assertEqual(self.allowed(user, "nshift.webhook"), list(OPERATIONS))
            webhook = (
                self.env["nshift.webhook"]
                .with_user(self.users[user])
                .create(
                    {"name": "x", "url": "https://x.example", "event": "order.created"}
                )
            )
            self.assertTrue(webhook.secret.startswith("whsec_"))
            event = self.make_event(webhook.sudo(False).with_env(self.env))
            event.with_user(self.users[user]).action_cancel()
            event.with_user(self.users[user]).action_send_again()
            webhook.action_delete()

    def test_users_only_read(self):
        for model in MODELS:
            self.assertEqual(self.allowed("user", model), ["read"], model)

    def test_nobody_else_sees_anything(self):
        for user in ("salesperson", "employee", "portal", "public"):
            for model in MODELS:
                self.assertEqual(self.allowed(user, model), [], (user, model))

    def test_users_never_see_a_secret(self):
        webhook = self.make_webhook().with_user(self.users["user"])
        self.assertEqual(webhook.name, "order.created")
        self.assertNotIn("secret", webhook.read()[0])
        self.assertNotIn("secret", webhook.fields_get())
        for access in (
            lambda: webhook.secret,
            lambda: webhook.read(["secret"]),
            lambda: webhook.search([("secret", "like", "whsec_")]),
            lambda: webhook.export_data(["secret"]),
            lambda: webhook._read_group([], ["secret"]),
        ):
            with self.assertRaises(AccessError):
                access()

    def test_users_cannot_enable_a_webhook_or_end_its_pause(self):
        webhook = self.make_event().webhook_id
        wizard = self.env["nshift.webhook.enable"].create({"webhook_id": webhook.id})
        user = self.users["user"]
        for act in (
            webhook.with_user(user).action_try_now,
            wizard.with_user(user).action_send,
            wizard.with_user(user).action_drop,
        ):
            with self.assertRaises(AccessError):
                act()

    def test_users_cannot_send_again_cancel_or_delete(self):
        event = self.make_event().with_user(self.users["user"])
        for act in (
            event.action_send_again,
            event.action_cancel,
            event.webhook_id.action_delete,
        ):
            with self.assertRaises(AccessError):
                act()

    def test_companies_are_kept_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        manager = self.users["manager"]
        common = self.make_webhook(name="common")
        mine = self.make_webhook(name="mine", company_id=self.env.company.id)
        theirs = self.make_webhook(name="theirs", company_id=other.id)
        events = [
            self.make_event(common, res_id=1),
            self.make_event(common, res_id=2, company_id=other.id),
        ]
        for event in events:
            self.env["nshift.webhook.attempt"].create(
                {"event_id": event.id, "attempted_at": "2026-01-02 03:04:05"}
            )

        def seen(model, domain):
            return self.env[model].with_user(manager).search(domain)

        everything = (common | mine | theirs).ids
        self.assertEqual(
            set(seen("nshift.webhook", [("id", "in", everything)]).mapped("name")),
            {"common", "mine"},
        )
        self.assertEqual(
            seen("nshift.webhook.event", [("webhook_id", "=", common.id)]).ids,
            events[0].ids,
        )
        self.assertEqual(
            seen("nshift.webhook.attempt", [("event_id", "in", [e.id for e in events])])
            .mapped("event_id")
            .ids,
            events[0].ids,
        )
        self.assertEqual(common.with_user(manager).event_count, 1)
        manager.company_ids = [Command.link(other.id)]
        self.assertEqual(
            len(
                self.env["nshift.webhook.event"]
                .with_user(manager)
                .with_context(allowed_company_ids=manager.company_ids.ids)
                .search([("webhook_id", "=", common.id)])
            ),
            2,
        )

    def test_an_order_of_whoever_may_make_one_is_captured(self):
        self.make_webhook()
        salesperson = new_test_user(
            self.env, "webhooks_seller", "sales_team.group_sale_salesman"
        )
        self.assertFalse(
            self.env["nshift.webhook"].with_user(salesperson).has_access("read")
        )
        order = self.make_order(user_id=salesperson.id).with_user(salesperson)
        order.client_order_ref = "x"
        self.assertEqual(len(self.settle()), 1)
