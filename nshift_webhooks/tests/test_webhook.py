import base64
from datetime import timedelta

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged

from ..delivery.sender import Answer
from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestWebhook(WebhookCase):
    def test_it_needs_a_name_a_url_and_a_type_and_no_more(self):
        with Form(self.env["nshift.webhook"]) as form:
            form.name = "Orders to the warehouse"
            form.url = "https://example.com/hook"
            form.type_ids = self.env.ref("nshift_webhooks.type_order_created")
        webhook = form.record
        self.assertTrue(webhook.active)
        self.assertFalse(webhook.sale_channel_ids)
        self.assertEqual(webhook.company_id, self.env.company)
        for name in ("name", "url", "type_ids"):
            self.assertTrue(webhook._fields[name].required, name)

    def test_a_url_is_refused_with_what_is_wrong_with_it(self):
        for url, words in (
            ("http://example.com/hook", "does not start with https://"),
            ("ftp://example.com/hook", "does not start with https://"),
            ("example.com/hook", "does not start with https://"),
            ("https://example.com/my hook", "contains a space"),
            ("https://example.com/hook\u200b", "invisible character"),
            ("https://", "names no host"),
            ("https:///hook", "names no host"),
            ("https://[::1/hook", "names no host"),
            (f"https://{'a' * 64}.example/", "names no host"),
            ("https://example.com/#orders", "contains “#”"),
            ("https://example.com/" + "x" * 2000, "too long"),
            ("https://hub/orders", "without a domain.*under “Internal hosts”"),
            ("https://localhost/", "its address is not public"),
            ("https://127.1/", "its address is not public"),
            ("https://2130706433/", "its address is not public"),
            ("https://[::ffff:10.0.0.1]/", "under “Internal hosts”"),
            ("https://169.254.169.254/latest/meta-data/", "not public"),
            ("https://user:pa55@example.com/", "user name or a password"),
            ("https://example.com:99999/", "impossible port"),
            ("https://example.com:port/", "impossible port"),
        ):
            with self.subTest(url=url):
                with self.assertRaisesRegex(ValidationError, words) as caught:
                    self.make_webhook(url=url)
                self.assertNotIn("pa55", str(caught.exception))
                webhook = self.make_webhook()
                with self.assertRaisesRegex(ValidationError, words):
                    webhook.url = url

    def test_whoever_leads_inside_with_leave_is_warned_of(self):
        webhook = self.make_webhook()
        self.assertFalse(webhook.is_internal)
        self.env["ir.config_parameter"].set_param(
            "nshift_webhooks.internal_hosts", "erp.internal, 10.1.0.0/16"
        )
        for url in ("https://erp.internal/", "https://ERP.internal.:8443/x"):
            webhook.url = url
            self.assertTrue(webhook.is_internal, url)
        webhook.url = "https://10.1.2.3/"
        self.assertTrue(webhook.is_internal)
        # it may be of the network that is allowed
        webhook.url = "https://hub/"
        with self.assertRaisesRegex(ValidationError, "not public"):
            webhook.url = "https://10.2.0.1/"
        # a name whose address is known when it has been connected to
        webhook.url = "https://erp.example/"
        self.assertFalse(webhook.is_internal)
        webhook._record_health([Answer(200, inside="10.1.2.3")], timedelta(0))
        self.assertEqual(webhook.internal_address, "10.1.2.3")
        webhook._record_health([Answer(200)], timedelta(0))
        self.assertTrue(webhook.is_internal)
        # what is not allowed any more is not said to be
        self.env["ir.config_parameter"].set_param(
            "nshift_webhooks.internal_hosts", False
        )
        webhook.invalidate_recordset(["is_internal"])
        self.assertFalse(webhook.is_internal)
        refused = self.env["nshift.webhook"].new({"url": "https://10.1.2.3/"})
        self.assertFalse(refused.is_internal)
        webhook.url = "https://other.example/"
        self.assertFalse(webhook.is_internal)

    def test_a_url_may_have_a_port_a_query_and_a_foreign_host(self):
        for url in (
            "https://example.com",
            "https://example.com:8443/hook?key=1&x=%20",
            "https://bücher.example/hook",
            "HTTPS://EXAMPLE.COM/hook",
        ):
            with self.subTest(url=url):
                self.assertEqual(self.make_webhook(url=url).url, url)

    def test_a_secret_is_made_of_32_random_bytes(self):
        one, two = (self.key_of(self.make_webhook()) for _number in range(2))
        self.assertNotEqual(one, two)
        self.assertTrue(one.startswith("whsec_"))
        self.assertEqual(len(base64.b64decode(one.removeprefix("whsec_"))), 32)

    def test_a_copy_has_a_secret_and_a_name_of_its_own(self):
        channel = self.env["sale.channel"].create({"name": "Shop"})
        webhook = self.make_webhook(sale_channel_ids=[Command.link(channel.id)])
        self.make_event(webhook)
        copy = webhook.copy()
        self.assertNotEqual(self.key_of(copy), self.key_of(webhook))
        self.assertTrue(self.key_of(copy).startswith("whsec_"))
        self.assertEqual(copy.name, "order.created (copy)")
        self.assertEqual(copy.sale_channel_ids, channel)
        self.assertFalse(copy.event_ids)
        self.assertEqual(webhook.copy({"name": "Mine"}).name, "Mine")

    def test_no_channel_is_shown_as_all(self):
        webhook = self.make_webhook()
        self.assertEqual(webhook.channel_names, "All order channels")
        webhook.sale_channel_ids = self.env["sale.channel"].create(
            [{"name": "Shop"}, {"name": "Fair"}]
        )
        self.assertEqual(set(webhook.channel_names.split(", ")), {"Shop", "Fair"})

    def test_archived_channel(self):
        """A webhook of a channel that is archived does not become one of all."""
        channel = self.env["sale.channel"].create({"name": "Shop"})
        webhook = self.make_webhook(sale_channel_ids=[Command.link(channel.id)])
        channel.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        webhook.name = "another"
        self.make_order()
        self.assertFalse(self.settle())
        self.assertEqual(webhook.channel_names, "Shop")
        self.assertEqual(webhook.sale_channel_ids, channel)
        self.make_order(sale_channel_id=channel.id)
        self.assertEqual(len(self.settle()), 1)

    def test_a_channel_in_use_cannot_be_deleted(self):
        """Else a webhook of one channel would become one of all."""
        channel = self.env["sale.channel"].create({"name": "Shop"})
        self.make_webhook(sale_channel_ids=[Command.link(channel.id)])
        with self.assertRaisesRegex(UserError, "Shop.*order.created"):
            channel.unlink()

    def test_deleting_takes_events_and_attempts_along(self):
        webhook, other = self.make_webhook(), self.make_webhook()
        event, kept = self.make_event(webhook), self.make_event(other)
        attempt = self.env["nshift.webhook.attempt"].create(
            {"event_id": event.id, "attempted_at": "2026-01-02 03:04:05"}
        )
        action = webhook.action_delete()
        self.assertEqual(action["res_model"], "nshift.webhook")
        self.assertFalse(webhook.exists())
        self.assertFalse(event.exists())
        self.assertFalse(attempt.exists())
        self.assertTrue(kept.exists())

    def test_it_shows_how_many_events_and_the_last_delivery(self):
        webhook = self.make_webhook()
        self.assertEqual(
            (webhook.event_count_text, webhook.last_delivery), ("0", False)
        )
        self.make_event(webhook)
        self.assertEqual(
            (webhook.event_count_text, webhook.last_delivery), ("1", False)
        )
        self.make_event(
            webhook, last_attempt_at="2026-01-02 04:00:00", state="delivered"
        )
        self.assertEqual(webhook.last_delivery, "delivered")
        self.make_event(
            webhook, last_attempt_at="2026-01-02 05:00:00", failure="status"
        )
        self.assertEqual(
            (webhook.event_count_text, webhook.last_delivery), ("3", "failed")
        )
        self.assertEqual(str(webhook.last_delivery_at), "2026-01-02 05:00:00")

    def test_its_events_are_one_click_away(self):
        webhook, other = self.make_webhook(), self.make_webhook()
        event = self.make_event(webhook)
        self.make_event(other)
        action = webhook.action_view_events()
        chosen = action["context"]["search_default_webhook_id"]
        self.assertEqual(chosen, webhook.id)
        found = self.env[action["res_model"]].search([("webhook_id", "=", chosen)])
        self.assertEqual(found, event)

    def test_archive_and_unarchive(self):
        webhook = self.make_webhook()
        webhook.action_archive()
        self.assertNotIn(webhook, self.env["nshift.webhook"].search([]))
        webhook.action_unarchive()
        self.assertIn(webhook, self.env["nshift.webhook"].search([]))

    def test_status(self):
        """It is read, searched, sorted and grouped alike."""
        webhooks = self.env["nshift.webhook"]
        for status, health in (
            ("stopped", {"stopped_at": "2026-01-02 03:04:05"}),
            ("paused", {"paused_at": "2026-01-02 03:04:05"}),
            ("failing", {"failing_since": "2026-01-02 03:04:05"}),
            ("working", {}),
        ):
            webhook = self.make_webhook(name=status)
            webhook._write_health(webhook_id=webhook.id, **health)
            webhooks |= webhook
        archived = self.make_webhook(name="archived", active=False)
        every = (webhooks | archived).with_context(active_test=False)
        hooks = self.env["nshift.webhook"].with_context(active_test=False)
        for webhook in every:
            self.assertEqual(webhook.status or "archived", webhook.name)
            found = hooks.search(
                [("id", "in", every.ids), ("status", "=", webhook.status)]
            )
            self.assertEqual(found, webhook)
            others = hooks.search(
                [("id", "in", every.ids), ("status", "!=", webhook.status)]
            )
            self.assertEqual(others, every - webhook)
        domain = [("id", "in", webhooks.ids)]
        self.assertEqual(
            hooks.search(domain, order="status").mapped("name"),
            ["failing", "paused", "stopped", "working"],
        )
        self.assertEqual(
            hooks._read_group(domain, ["status"], ["__count"]),
            [("failing", 1), ("paused", 1), ("stopped", 1), ("working", 1)],
        )

    def test_silent_webhooks(self):
        """Nobody is told that something is sent that is not."""
        webhook = self.make_webhook()
        webhook.action_pause()
        self.assertEqual(webhook.status, "paused")
        with self.assertRaisesRegex(UserError, "until the webhook is enabled"):
            webhook.action_try_now()
        event = self.make_event(webhook, state="failed", next_attempt_at=False)
        said = event.action_send_again()
        self.assertIn("until the webhook is enabled", said["params"]["message"])
        self.assertEqual(webhook.copy({"active": True}).status, "working")
        self.make_order()
        self.assertEqual(len(self.settle() - event), 2)
        webhook.url = "https://other.example/"
        self.assertEqual(webhook.status, "paused")
