from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestFinding(WebhookCase):
    """Events are found by what people know of an order or a shipment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_webhook("order.created", "order.deleted", "shipment.created")
        cls.reader = new_test_user(
            cls.env, "webhooks_finds", "nshift_webhooks.group_webhook_user"
        )

    def found(self, text):
        """Return (type, name) of what a webhook user finds, the oldest first."""
        events = self.env["nshift.webhook.event"].with_user(self.reader)
        events = events.search([("about", "ilike", text)], order="id")
        return [(event.event, event.res_name) for event in events]

    def test_by_what_is_known_of_an_order(self):
        order = self.make_order(client_order_ref="PO-4711")
        self.make_order(partner_id=self.env["res.partner"].create({"name": "X"}).id)
        order.action_confirm()
        self.settle()
        both = [
            ("order.created", order.name),
            ("shipment.created", order.picking_ids.name),
        ]
        for text in (order.name, order.name[2:], "po-47", "skibsværft"):
            with self.subTest(text):
                self.assertEqual(self.found(text), both)

    def test_by_what_is_known_of_a_shipment(self):
        order = self.make_order()
        order.action_confirm()
        picking = order.picking_ids
        picking.carrier_tracking_ref = "TRACK-99"
        self.settle()
        for text in ("track-99", picking.name):
            self.assertEqual(self.found(text), [("shipment.created", picking.name)])

    def test_what_has_been_deleted(self):
        """There is no order any more that the text could find."""
        self.make_event(event="order.deleted", res_id=0, res_name="S99999")
        for text in ("S99999", "s99999"):
            self.assertEqual(self.found(text), [("order.deleted", "S99999")])

    def test_an_empty_list_says_what_to_do(self):
        events = self.env["nshift.webhook.event"]
        self.assertIn("No event matches", events.get_empty_list_help(""))
        self.env["nshift.webhook"].search([]).active = False
        self.assertIn("There is no webhook yet", events.get_empty_list_help(""))

    def test_nothing(self):
        self.make_order()
        self.settle()
        self.assertEqual(self.found("no such thing"), [])
