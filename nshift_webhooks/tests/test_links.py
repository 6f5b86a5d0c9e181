from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestLinks(WebhookCase):
    """What a message's page leads to, and what it says where there is nothing."""

    def test_neighbours(self):
        order = self.make_order()
        webhook = self.make_webhook()
        first, second = (
            self.make_event(webhook, res_model="sale.order", res_id=order.id)
            for _ in range(2)
        )
        self.assertEqual(first.action_open_after()["res_id"], second.id)
        self.assertEqual(second.action_open_before()["res_id"], first.id)
        for act in (first.action_open_before, second.action_open_after):
            with self.assertRaisesRegex(UserError, "no such event"):
                act()

    def test_order(self):
        order = self.make_order()
        order.action_confirm()
        picking = order.picking_ids
        event = self.make_event(res_model="stock.picking", res_id=picking.id)
        self.assertEqual(event.action_open_leading()["res_id"], order.id)
        own = self.make_event(res_model="sale.order", res_id=order.id)
        with self.assertRaisesRegex(UserError, "no order"):
            own.action_open_leading()
