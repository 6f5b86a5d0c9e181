import json

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from ..delivery.compression import COMPRESS_FROM_BYTES
from ..payload.thin import thin
from .common import WebhookCase

WHOLE = (
    '{"id":"msg_1","type":"order.created","timestamp":"2026-01-02T03:04:05Z",'
    '"api_version":"1","data":{"order":{"id":5,"name":"S5","lines":[]},'
    '"reason":"created","sequence":1}}'
)


@tagged("post_install", "-at_install")
class TestForm(WebhookCase):
    """In which form messages are sent, and that whatever shows one shows that form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tests' database may be a copy of the one into which Odoo was installed
        cls.env["nshift.webhook.home"]._settle()
        cls.manager = new_test_user(
            cls.env, "webhooks_form", "nshift_webhooks.group_webhook_manager"
        )
        cls.webhook = cls.make_webhook("order.created", thin_messages=True)
        cls.server = cls.env["ir.config_parameter"].get_param("web.base.url")

    def test_stored_with_the_whole(self):
        """The log has the whole message, and what is sent instead."""
        whole = self.make_webhook("order.created")
        order = self.make_order()
        events = self.settle()
        event = events.filtered(lambda event: event.webhook_id == self.webhook)
        message = json.loads(event.payload)
        self.assertEqual(message["data"]["order"]["state"], "draft")
        self.assertEqual(event.thin_payload, thin(event.payload, self.server))
        sent = json.loads(event._message(1).body)
        self.assertEqual(
            sent["data"],
            {
                "order": {"id": order.id, "name": order.name},
                "reason": "created",
                "sequence": 1,
                "link": f"{self.server}/json/2/nshift.webhook/read_message",
            },
        )
        self.assertEqual(sent["id"], event.message_id)
        other = events.filtered(lambda event: event.webhook_id == whole)
        self.assertFalse(other.thin_payload)
        self.assertEqual(other._message(1).body, other.payload.encode())

    def test_what_was_written_stays(self):
        """A setting, or another address of the server, changes no message."""
        self.make_order()
        event = self.settle()
        before = event._message(1).body
        self.webhook.thin_messages = False
        self.env["ir.config_parameter"].set_param("web.base.url", "https://new.example")
        event.invalidate_recordset()
        self.assertEqual(event._message(2).body, before)

    def test_not_with_wiping(self):
        """What is wiped nobody could read."""
        with self.assertRaisesRegex(ValidationError, "read messages that are wiped"):
            self.webhook.wipe_messages = True
        with self.assertRaisesRegex(ValidationError, "read messages that are wiped"):
            self.make_webhook(wipe_messages=True, thin_messages=True)

    def test_wiped(self):
        """What was sent instead of a message goes with it."""
        event = self.make_event(self.webhook, payload=WHOLE, thin_payload="{}")
        self.webhook.write({"thin_messages": False, "wipe_messages": True})
        event._wipe()
        self.assertEqual((event.payload, event.thin_payload), (False, False))

    def test_request(self):
        """The page *Request* has the headers of what is sent, and its body."""
        self.env["ir.config_parameter"].set_param(
            "nshift_webhooks.environment", "staging"
        )
        short = thin(WHOLE, self.server)
        event = self.make_event(self.webhook, payload=WHOLE, thin_payload=short)
        shown = event.with_user(self.manager)
        lines = shown.request_head.splitlines()
        for line in (
            "webhook-type: order.created",
            "webhook-api-version: 1",
            "webhook-environment: staging",
            f"Content-Length: {len(short.encode())}",
        ):
            self.assertIn(line, lines)
        self.assertEqual(json.loads(shown.thin_display), json.loads(short))

    def test_compressed_request(self):
        webhook = self.make_webhook("order.created", compress_messages=True)
        large = WHOLE.replace('"S5"', f'"{"S" * COMPRESS_FROM_BYTES}"')
        event = self.make_event(webhook, payload=large).with_user(self.manager)
        self.assertIn("Content-Encoding: gzip", event.request_head)
        size = int(event.request_head.rpartition("Content-Length: ")[2])
        self.assertLess(size, COMPRESS_FROM_BYTES)
        event = self.make_event(webhook, payload=WHOLE).with_user(self.manager)
        self.assertNotIn("Content-Encoding", event.request_head)

    def test_command(self):
        """The command sends, and signs, what is sent."""
        short = thin(WHOLE, self.server)
        event = self.make_event(self.webhook, payload=WHOLE, thin_payload=short)
        action = event.with_user(self.manager).action_curl()
        dialog = self.env[action["res_model"]].browse(action["res_id"])
        dialog = dialog.with_user(self.manager)
        dialog.url = "https://test.example/hook"
        dialog.action_sign()
        self.assertIn(f"--data-raw '{short}'", dialog.command)
        self.assertIn("--header 'webhook-type: order.created'", dialog.command)

    def test_test_event(self):
        order = self.make_order()
        self.env.flush_all()
        test = self.env["nshift.webhook.outbox"]._build_test(
            self.webhook, self.webhook.type_ids, order
        )
        data = json.loads(test.body)["data"]
        self.assertEqual(data["order"], {"id": order.id, "name": order.name})
        self.assertTrue(data["test"])
        self.assertIn("link", data)
        self.assertEqual(test.to_send().type, "order.created")

    def test_copy_has_no_name(self):
        """A copy that sends webhooks itself does not call itself production."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("nshift_webhooks.environment", "production")
        parameters.set_param("nshift_webhooks.home_database", "other elsewhere")
        dialog = self.env["nshift.webhook.settle"].create({})
        self.assertEqual(dialog.environment, "production")
        dialog.action_send()
        self.assertFalse(parameters._nshift_webhooks_environment())
