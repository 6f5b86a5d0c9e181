from datetime import timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.base.models.res_company import ResCompany

from ..delivery.sender import Answer
from .common import WebhookCase, type_ids

#: What clients may send to have Odoo leave out or forge traces.
TRICKS = {
    "tracking_disable": True,
    "mail_notrack": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_automation_skip": True,
    "default_user_id": 1,
    "default_user_name": "Somebody else",
    "default_webhook_id": False,
    "default_action": "created",
    "install_mode": True,
    "module": "base",
    "active_test": False,
    "lang": "en_US",
    "tz": "Pacific/Apia",
    "no_reset_password": True,
    "import_file": True,
    "_force_unlink": True,
    "queue_job__no_delay": True,
}


@tagged("post_install", "-at_install")
class TestAudit(WebhookCase):
    """Whoever has done what is in the audit log, whatever they send along."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "webhooks_audited", "nshift_webhooks.group_webhook_manager"
        )
        cls.channel = cls.env["sale.channel"].create({"name": "Marketplace"})

    def setUp(self):
        super().setUp()
        model = self.env["nshift.webhook"].with_user(self.manager)
        self.webhook = model.with_context(**TRICKS).create(
            {
                "name": "Hook",
                "url": "https://example.com/",
                "type_ids": type_ids(self.env, "order.created"),
            }
        )

    def told(self):
        """What the log says, all of it of the manager."""
        lines = self.audit(self.webhook)
        self.assertEqual(lines.user_id, self.manager)
        self.assertEqual(
            set(lines.mapped("user_name")), {f"{self.manager.name} (webhooks_audited)"}
        )
        self.assertEqual(lines.company_id, self.env.company)
        return [
            (line.action, line.subject or None, line.old or None, line.new or None)
            for line in lines
        ]

    def test_creation(self):
        [(action, _subject, _old, new)] = self.told()
        self.assertEqual(action, "created")
        self.assertIn("URL: https://example.com/, Event types: Order created", new)

    def test_settings(self):
        self.webhook.write(
            {
                "url": "https://other.example/",
                "type_ids": type_ids(self.env, "order.updated", "order.created"),
                "sale_channel_ids": [Command.link(self.channel.id)],
                "parallel_requests": 2,
                "request_timeout": 5,
                "requests_per_second": 0.5,
                "ordering": "none",
                "told_by": "mail",
                "include_carts": True,
                "order_domain": "[('state', '=', 'sale')]",
                "wipe_messages": True,
                "keep_failed_days": 0,
                "name": "Hook",
            }
        )
        self.assertEqual(
            self.told()[1:],
            [
                ("changed", "URL", "https://example.com/", "https://other.example/"),
                (
                    "changed",
                    "Event types",
                    "Order created",
                    "Order created, Order updated",
                ),
                ("changed", "Order channels", None, "Marketplace"),
                ("changed", "Carts of the web shop, too", "no", "yes"),
                ("changed", "Condition on orders", None, "[('state', '=', 'sale')]"),
                ("changed", "Wipe messages after delivery", "no", "yes"),
                ("changed", "Days for messages not received", "90", "0"),
                ("changed", "Requests at a time", "4", "2"),
                ("changed", "Seconds for a request", "15", "5"),
                ("changed", "Requests per second", None, "0.5"),
                (
                    "changed",
                    "Sequence",
                    "One after the other, for each order or shipment",
                    "In any order, as fast as possible",
                ),
                ("changed", "Told by", "To-do on the webhook", "E-mail"),
            ],
        )

    def test_state(self):
        self.webhook.action_archive()
        self.webhook.action_unarchive()
        self.webhook.action_try_now()
        self.assertEqual(
            self.told()[1:],
            [
                ("changed", "Active", "yes", "no"),
                ("changed", "Active", "no", "yes"),
                ("tried", None, None, None),
            ],
        )

    def test_namesakes(self):
        """What is another is told, also if it has the same name."""
        one, two = self.env["sale.channel"].create([{"name": "Shop"}] * 2)
        self.webhook.sale_channel_ids = one
        self.webhook.sale_channel_ids = two
        self.assertEqual(
            self.told()[2:], [("changed", "Order channels", "Shop", "Shop")]
        )

    def test_same_is_nothing(self):
        """What is saved unchanged changes nothing, and the endpoint is not retried."""
        self.webhook.sudo()._write_health(failures_in_a_row=3)
        self.webhook.write({"url": self.webhook.url, "active": True})
        self.assertEqual(len(self.told()), 1)
        [(_id, failures)] = self.webhook._read_health(["failures_in_a_row"])
        self.assertEqual(failures, 3)

    def test_stopped_by_addon(self):
        gone = [Answer(410, failure="status")]
        self.webhook.sudo()._record_health(gone, timedelta(0))
        why = "The receiving system says that this address is gone for good"
        self.assertEqual(self.told()[1:], [("stopped", None, None, why)])
        # what was under way then
        self.webhook.sudo()._record_health(gone, timedelta(0))
        self.assertEqual(len(self.told()), 2)

    def test_pausing(self):
        self.make_event(self.webhook.sudo())
        self.webhook.action_pause()
        self.webhook.action_pause()
        dialog = self.env["nshift.webhook.enable"].with_user(self.manager)
        dialog.create({"webhook_id": self.webhook.id}).action_drop()
        self.assertEqual(
            self.told()[1:],
            [
                ("paused", None, None, None),
                ("events_cancelled", "Order created: S00001", "1 waiting", None),
                ("enabled", None, None, "Waiting messages that were dropped: 1"),
            ],
        )

    def test_events(self):
        """Events that are sent again, cancelled or deleted, waiting ones above all."""
        events = self.env["nshift.webhook.event"].concat(
            *[
                self.make_event(self.webhook.sudo(), res_id=id_, res_name=f"S{id_}")
                for id_ in range(12)
            ]
        )
        events = events.with_user(self.manager).with_context(**TRICKS)
        events[2:].action_cancel()
        events[2].action_send_again()
        events[:2].unlink()
        cancelled, sent, deleted = self.told()[1:]
        self.assertEqual(cancelled[0], "events_cancelled")
        self.assertIn("Order created: S2", cancelled[1])
        self.assertEqual(sent, ("events_sent", "Order created: S2", None, None))
        self.assertEqual(
            deleted,
            (
                "events_deleted",
                "Order created: S0, Order created: S1",
                "2 waiting",
                None,
            ),
        )

    def test_many_events_in_one_line(self):
        events = self.env["nshift.webhook.event"].concat(
            *[self.make_event(self.webhook.sudo(), res_id=id_) for id_ in range(12)]
        )
        events.with_user(self.manager).unlink()
        self.assertIn("and 2 more", self.told()[-1][1])

    def test_deletion_is_survived(self):
        number = self.webhook.id
        self.webhook.unlink()
        lines = self.audit(self.env["nshift.webhook"].browse(number))
        self.assertEqual(lines.mapped("action"), ["created", "deleted"])
        self.assertFalse(lines.webhook_id)
        self.assertEqual(set(lines.mapped("webhook_name")), {"Hook"})
        self.assertIn("https://example.com/", lines[-1].old)

    def test_deletion_with_company(self):
        """A company's webhooks leave a trace and no secret when it is deleted."""
        company = self.env["res.company"].create({"name": "Short-lived"})
        webhook = self.make_webhook(company_id=company.id)
        # what a company needs to sell is in the way of a real deletion
        with patch.object(ResCompany, "unlink", lambda self: True):
            company.unlink()
        self.assertFalse(webhook.exists())
        self.assertIn("deleted", self.audit(webhook).mapped("action"))
        self.assertIsNone(self.key_of(webhook))

    def test_deletion_of_user(self):
        user = new_test_user(
            self.env, "webhooks_leaves", "nshift_webhooks.group_webhook_manager"
        )
        self.webhook.with_user(user).action_archive()
        self.webhook.sudo().user_id = False
        user.partner_id.user_ids.unlink()
        self.env.invalidate_all()
        line = self.audit(self.webhook).filtered(lambda line: not line.user_id)
        self.assertIn("webhooks_leaves", line.user_name)

    def test_parameters(self):
        """What system administrators set is in the log, for their eyes."""
        parameters = self.env["ir.config_parameter"]
        for value in ("erp.internal", "erp2.internal", False):
            parameters.set_param("nshift_webhooks.internal_hosts", value)
        lines = self.env["nshift.webhook.audit"].search(
            [("subject", "=", "nshift_webhooks.internal_hosts")], order="id"
        )[-3:]
        self.assertEqual(
            lines.mapped(lambda line: (line.old, line.new)),
            [
                (False, "erp.internal"),
                ("erp.internal", "erp2.internal"),
                ("erp2.internal", False),
            ],
        )
        seen = self.env["nshift.webhook.audit"].with_user(self.manager).search([])
        self.assertFalse(seen & lines)
        parameters.set_param("someone.else", "x")
        self.assertFalse(
            self.env["nshift.webhook.audit"].search([("subject", "=", "someone.else")])
        )

    def test_append_only(self):
        """Nobody changes, deletes or adds a line: neither a right nor code does."""
        line = self.audit(self.webhook)
        admin = new_test_user(self.env, "webhooks_root", "base.group_system")
        for user in (self.manager, admin):
            theirs = line.with_user(user).with_context(**TRICKS)
            for act in (
                lambda line=theirs: line.write({"user_name": "x"}),
                lambda line=theirs: line.unlink(),
                lambda line=theirs: line.copy(),
                lambda line=theirs: line.create({"user_name": "x", "action": "home"}),
                lambda line=theirs: (
                    line.load(["user_name"], [["x"]]) and line.write({})
                ),
                lambda user=user: self.webhook.with_user(user).write(
                    {"audit_ids": [Command.clear()]}
                ),
                lambda user=user: self.webhook.with_user(user).write(
                    {"audit_ids": [Command.create({"user_name": "x"})]}
                ),
                lambda user=user: self.webhook.with_user(user).write(
                    {"audit_ids": [Command.update(line.id, {"user_name": "x"})]}
                ),
            ):
                with self.assertRaises(UserError):
                    act()
                    self.env.flush_all()
        for act in (line.unlink, lambda: line.write({"new": "x"})):
            with self.assertRaisesRegex(UserError, "only added"):
                act()
        self.assertEqual(len(self.audit(self.webhook)), 1)

    def test_long_values_are_cut(self):
        self.webhook.name = "x" * 200
        self.env["nshift.webhook.audit"]._note("changed", self.webhook, new="y" * 9999)
        self.assertEqual(len(self.audit(self.webhook)[-1].new), 2000)

    def test_chatter_is_for_talking(self):
        """Nothing that matters is in the chatter, which managers can edit."""
        self.webhook.write({"url": "https://other.example/", "active": False})
        self.env.flush_all()
        self.cr.precommit.run()
        messages = self.webhook.sudo().message_ids
        self.assertFalse(messages.tracking_value_ids)
