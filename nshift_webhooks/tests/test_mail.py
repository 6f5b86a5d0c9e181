from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase, type_ids

MAIL = (
    "From: employee@mail.example\nTo: webhooks@mail.example\nSubject: hello\n"
    "Message-Id: <%s@mail.example>\n\nhi\n"
)


@tagged("post_install", "-at_install")
class TestMail(WebhookCase):
    """Odoo has mails processed as superuser, by whoever sends or calls for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = new_test_user(
            cls.env, "webhooks_mails", "base.group_user", email="employee@mail.example"
        )
        cls.webhook = cls.make_webhook(name="theirs")
        cls.webhook.header_ids = [Command.create({"name": "X-Key", "value": "x"})]
        cls.event = cls.env["nshift.webhook.event"].create(
            {
                "webhook_id": cls.webhook.id,
                "event": "order.created",
                "message_id": "msg_mail",
                "happened_at": "2026-01-02 03:04:05",
                "res_model": "sale.order",
                "res_id": 1,
            }
        )

    def process(self, values, thread_id=None, model="nshift.webhook"):
        return (
            self.env[model]
            .with_user(self.employee)
            .message_process(
                "nshift.webhook",
                MAIL % len(str(values)),
                values,
                False,
                False,
                thread_id,
            )
        )

    def test_nothing_is_made(self):
        """Neither a webhook nor, along with one, anything else of ours."""
        values = {
            "name": "evil",
            "url": "https://evil.example/",
            "type_ids": type_ids(self.env, "order.updated"),
            "company_id": False,
            "user_id": False,
        }
        before = self.env["nshift.webhook"].search_count([])
        for extra in (
            {},
            {"header_ids": [[1, self.webhook.header_ids.id, {"value": "HIJACKED"}]]},
            {"audit_ids": [[0, 0, {"user_name": "FORGED", "action": "created"}]]},
            {"event_ids": [[4, self.event.id]]},
        ):
            for model in ("nshift.webhook", "mail.thread"):
                with self.subTest(extra=extra, model=model):
                    with self.assertRaises(UserError):
                        self.process(values | extra, model=model)
        self.assertEqual(self.env["nshift.webhook"].search_count([]), before)
        self.assertEqual(self.key_of(self.webhook.header_ids, "value"), "x")
        self.assertEqual(self.event.webhook_id, self.webhook)

    def test_nothing_is_posted(self):
        messages = self.webhook.message_ids
        with self.assertRaises(UserError):
            self.process(False, thread_id=self.webhook.id)
        self.assertEqual(self.webhook.message_ids, messages)
        self.assertNotIn(self.employee.partner_id, self.webhook.message_partner_ids)

    def test_lists_of_the_addon(self):
        """Not even code that runs as superuser writes them with a webhook."""
        for name, command in (
            ("event_ids", Command.link(self.event.id)),
            ("event_ids", Command.update(self.event.id, {"state": "pending"})),
            ("audit_ids", Command.create({"user_name": "x", "action": "created"})),
        ):
            for act in (
                lambda n=name, c=command: self.make_webhook(**{n: [c]}),
                lambda n=name, c=command: self.webhook.write({n: [c]}),
            ):
                with self.subTest(name=name), self.assertRaises(UserError):
                    act()

    def test_names_are_not_told(self):
        """What refers to a record tells its name to none who may not see the record."""
        line = self.webhook.audit_ids[:1]
        for record in (self.webhook, self.webhook.header_ids, self.event, line):
            seen = [
                self.env["mail.activity"]
                .with_user(self.employee)
                .onchange(
                    {"res_model": record._name, "res_id": record.id},
                    ["res_id"],
                    {"res_name": {}},
                ),
                self.env["mail.message"]
                .with_user(self.employee)
                .onchange(
                    {"model": record._name, "res_id": record.id},
                    ["res_id"],
                    {"record_name": {}},
                ),
            ]
            for words in ("theirs", "X-Key", "Order created"):
                self.assertNotIn(words, str(seen))
