import logging

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestAudit(WebhookCase):
    """Whoever has done what is in the webhook's chatter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "webhooks_audited", "nshift_webhooks.group_webhook_manager"
        )
        cls.channel = cls.env["sale.channel"].create({"name": "Marketplace"})

    def setUp(self):
        super().setUp()
        # as a request of that user, and not of the tests
        self.env.transaction.default_env = self.env
        model = self.env["nshift.webhook"].with_user(self.manager)
        self.webhook = model.create(
            {
                "name": "Hook",
                "url": "https://example.com/",
                "event": "order.created",
            }
        )
        self.commit()

    def commit(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def told(self):
        """What the chatter says, all of it by the manager."""
        self.commit()
        messages = self.webhook.sudo().message_ids
        self.assertEqual(messages.author_id, self.manager.partner_id)
        changes = messages.tracking_value_ids
        return " ".join(
            [*messages.mapped("body")]
            + [
                f"{change.field_id.name} {change.old_value_char} "
                f"{change.new_value_char} {change.new_value_integer}"
                for change in changes
            ]
        )

    def test_it_was_created(self):
        self.assertIn("Webhook created", self.told())

    def test_it_was_changed(self):
        self.webhook.write(
            {
                "url": "https://other.example/",
                "event": "order.updated",
                "sale_channel_ids": [Command.link(self.channel.id)],
                "parallel_requests": 2,
                "wipe_messages": True,
            }
        )
        told = self.told()
        self.assertIn("url https://example.com/ https://other.example/", told)
        self.assertIn("event Order created Order updated", told)
        self.assertIn("Marketplace", told)
        self.assertIn("parallel_requests", told)
        self.assertIn("wipe_messages", told)

    def test_it_was_disabled_and_enabled(self):
        self.webhook.active = False
        self.assertIn("active", self.told())
        self.webhook.active = True
        self.assertEqual(self.told().count("active"), 2)

    def test_events_were_sent_again_and_cancelled(self):
        events = self.env["nshift.webhook.event"].concat(
            *[
                self.make_event(self.webhook.sudo(), res_id=id_, res_name=f"S{id_}")
                for id_ in range(12)
            ]
        )
        events.with_user(self.manager).action_cancel()
        events[0].with_user(self.manager).action_send_again()
        told = self.told()
        self.assertIn("Cancelled: Order created: S0", told)
        self.assertIn("and 2 more", told)
        self.assertIn("Sent again: Order created: S0", told)

    def test_its_deletion_is_in_the_servers_log(self):
        # by its number: Odoo calls another level INFO in tests
        with self.assertLogs("odoo.addons.nshift_webhooks", logging.INFO) as logs:
            self.webhook.unlink()
        self.assertIn("webhooks_audited deletes nshift.webhook", logs.output[0])
