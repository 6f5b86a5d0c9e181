import json

from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestOutbox(WebhookCase):
    """What one transaction leaves in the outbox; across commits: see the project's
    own tests.
    """

    def test_an_order_becomes_an_event_and_a_job(self):
        webhook = self.make_webhook()
        with trap_jobs() as trap:
            order = self.make_order()
            event = self.settle()
        self.assertRecordValues(
            event,
            [
                {
                    "webhook_id": webhook.id,
                    "event": "order.created",
                    "state": "pending",
                    "res_model": "sale.order",
                    "res_id": order.id,
                    "res_name": order.name,
                    "company_id": order.company_id.id,
                    "attempt_count": 0,
                }
            ],
        )
        trap.assert_jobs_count(
            1, only=self.env.ref("nshift_webhooks.action_deliver").run
        )
        self.assertEqual(trap.enqueued_jobs[0].channel, "root.nshift_webhooks")

    def test_the_message_is_a_standard_webhooks_envelope(self):
        self.make_webhook()
        order = self.make_order()
        event = self.settle()
        message = json.loads(event.payload)
        self.assertEqual(
            list(message), ["id", "type", "timestamp", "api_version", "data"]
        )
        self.assertEqual(message["id"], event.message_id)
        self.assertEqual(message["type"], "order.created")
        self.assertRegex(message["timestamp"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
        self.assertEqual(message["data"]["order"]["name"], order.name)

    def test_a_shipment_is_made_by_a_confirmation(self):
        self.make_webhook("shipment.created")
        order = self.make_order()
        self.assertFalse(self.settle())
        order.action_confirm()
        event = self.settle()
        self.assertEqual(event.event, "shipment.created")
        self.assertEqual(event.res_name, order.picking_ids.name)

    def test_without_a_webhook_there_is_nothing(self):
        self.make_order().action_confirm()
        self.assertFalse(self.settle())
