from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase, type_ids

OPERATIONS = ("create", "read", "write", "unlink")
ALL = "create read write unlink"
#: What who may do with which model, of records of their company. Nobody else may
#: anything, and nobody anything with another company's.
MATRIX = {
    "nshift.webhook": {"user": "read", "manager": ALL, "admin": ALL},
    "nshift.webhook.event": {
        "user": "read",
        "manager": "read unlink",
        "admin": "read unlink",
    },
    "nshift.webhook.type": {"user": "read", "manager": "read", "admin": "read"},
    "nshift.webhook.attempt": {"user": "read", "manager": "read", "admin": "read"},
    "nshift.webhook.header": {"manager": ALL, "admin": ALL},
    "nshift.webhook.field": {"manager": "read", "admin": ALL},
    "nshift.webhook.hour": {"user": "read", "manager": "read", "admin": "read"},
    "nshift.webhook.audit": {"user": "read", "manager": "read", "admin": "read"},
    "nshift.webhook.health": {},
    "nshift.webhook.incident": {},
    "nshift.webhook.reader": {},
    "nshift.webhook.vault": {},
    "nshift.webhook.total": {},
    "nshift.webhook.monitoring.token": {"admin": "create read write"},
    "nshift.webhook.flight": {},
    "nshift.webhook.sequence": {},
    "nshift.webhook.departure": {},
    "nshift.webhook.runner": {},
    "nshift.webhook.batch": {},
    "nshift.webhook.body": {},
    "nshift.webhook.correction": {},
    "nshift.webhook.load": {},
    "nshift.webhook.load.part": {},
    "nshift.webhook.enable": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.rotate": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.load.dialog": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.mend": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.resend": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.reader.key": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.secret": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.curl": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.trial": {
        "manager": "create read write",
        "admin": "create read write",
    },
    "nshift.webhook.settle": {
        "manager": "create read write",
        "admin": "create read write",
    },
}


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

    def webhook_values(self):
        return {
            "name": "x",
            "url": "https://x.example",
            "type_ids": type_ids(self.env, "order.created"),
        }

    def make_records(self, company):
        """Make a record of each model that keeps any, of a company."""
        webhook = self.make_webhook(name=company.name, company_id=company.id)
        event = self.make_event(webhook, company_id=company.id)
        attempt = self.env["nshift.webhook.attempt"].create(
            {"event_id": event.id, "attempted_at": "2026-01-02 03:04:05"}
        )
        header = self.env["nshift.webhook.header"].create(
            {"webhook_id": webhook.id, "name": "X-Key", "value": "x"}
        )
        hour = self.env["nshift.webhook.hour"].create(
            {"webhook_id": webhook.id, "hour": "2026-01-02 03:00:00"}
        )
        records = (webhook, event, attempt, header, hour)
        return {record._name: record for record in records}

    def test_every_model_is_in_the_matrix(self):
        models = {
            name
            for name, model in self.env.registry.items()
            if name.startswith("nshift.") and not model._abstract
        }
        self.assertEqual(models, set(MATRIX))

    def test_who_may_do_what(self):
        other = self.env["res.company"].create({"name": "Other"})
        ours, theirs = (
            self.make_records(company) for company in (self.env.company, other)
        )
        for model, expected in MATRIX.items():
            for name, user in self.users.items():
                allowed = expected.get(name, "").split()
                with self.subTest(model=model, user=name):
                    access = self.env[model].with_user(user)
                    self.assertEqual(
                        [each for each in OPERATIONS if access.has_access(each)],
                        allowed,
                    )
                    if model not in ours:
                        continue
                    records = [each[model].with_user(user) for each in (ours, theirs)]
                    self.assertEqual(
                        [
                            [each for each in OPERATIONS if record.has_access(each)]
                            for record in records
                        ],
                        [allowed, []],
                    )

    def test_nobody_makes_or_moves_anything_into_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.make_records(other)["nshift.webhook"]
        mine = self.make_webhook(company_id=self.env.company.id)
        for name in ("manager", "admin"):
            model = self.env["nshift.webhook"].with_user(self.users[name])
            values = self.webhook_values()
            for act in (
                lambda model=model, values=values: model.create(
                    values | {"company_id": other.id}
                ),
                lambda model=model: mine.with_env(model.env).write(
                    {"company_id": other.id}
                ),
                lambda model=model: model.env["nshift.webhook.header"].create(
                    {"webhook_id": theirs.id, "name": "X-Other", "value": "x"}
                ),
            ):
                with self.subTest(user=name), self.assertRaises(AccessError):
                    act()

    def test_a_webhook_for_all_companies_is_for_who_belongs_to_all(self):
        self.env["res.company"].create({"name": "Other"})
        common = self.make_webhook(company_id=False)
        values = self.webhook_values()
        manager = self.users["manager"]
        theirs = self.env["nshift.webhook"].with_user(manager)
        self.assertEqual(theirs.create(values).company_id, manager.company_id)
        for act in (
            lambda: theirs.create(values | {"company_id": False}),
            lambda: common.with_user(manager).write({"url": "https://my.example/"}),
            lambda: common.with_user(manager).unlink(),
            lambda: common.with_user(manager).action_show_secret(),
            lambda: common.with_user(manager)._rotate_keys(0),
            lambda: theirs.env["nshift.webhook.header"].create(
                {"webhook_id": common.id, "name": "X-Key", "value": "x"}
            ),
        ):
            with self.assertRaises(AccessError) as caught:
                act()
            self.assertIn("all companies", str(caught.exception))
        manager.company_ids = self.env["res.company"].search([])
        # theirs all the same, unless they choose
        self.assertEqual(theirs.create(values).company_id, manager.company_id)
        self.assertFalse(theirs.create(values | {"company_id": False}).company_id)
        common.with_user(manager).url = "https://my.example/"
        # who may give themselves any company
        admin = self.env["nshift.webhook"].with_user(self.users["admin"])
        self.assertFalse(admin.create(values | {"company_id": False}).company_id)

    def test_a_manager_works_with_the_log_but_does_not_forge_it(self):
        for user in ("manager", "admin"):
            webhook = (
                self.env["nshift.webhook"]
                .with_user(self.users[user])
                .create(self.webhook_values())
            )
            event = self.make_event(webhook.sudo()).with_user(self.users[user])
            event.action_cancel()
            event.action_send_again()
            for values in ({"payload": "{}"}, {"state": "delivered"}):
                with self.assertRaises(AccessError):
                    event.write(values)
            event.unlink()
            webhook.action_delete()

    def test_users_never_see_a_secret(self):
        webhook = self.make_webhook().with_user(self.users["user"])
        self.assertEqual(webhook.name, "order.created")
        self.assertNotIn("secret", webhook.read()[0])
        self.assertNotIn("secret", webhook.fields_get())
        for access in (
            lambda: webhook.secret,
            lambda: webhook.read(["secret"]),
            lambda: webhook.export_data(["secret"]),
        ):
            with self.assertRaises(AccessError):
                access()

    def test_users_cannot_enable_a_webhook_or_end_its_pause(self):
        webhook = self.make_event().webhook_id
        user = self.users["user"]
        wizard = self.env["nshift.webhook.enable"].create({"webhook_id": webhook.id})
        for act in (
            webhook.with_user(user).action_try_now,
            webhook.with_user(user).action_pause,
            webhook.with_user(user).action_enable,
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
        common = self.make_webhook(name="common", company_id=False)
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
        self.assertEqual(common.with_user(manager).event_count_text, "1")
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
