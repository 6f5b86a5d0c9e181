from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestTold(WebhookCase):
    """From an order or a delivery to what was told of it."""

    def test_an_order_with_its_shipments(self):
        webhook = self.make_webhook("order.created", "shipment.created")
        order = self.make_order()
        self.make_order()
        order.action_confirm()
        events = self.settle()
        action = order.action_view_nshift_webhook_events()
        found = events.search(action["domain"])
        self.assertEqual(found.webhook_id, webhook)
        self.assertEqual(
            set(found.mapped("res_model")), {"sale.order", "stock.picking"}
        )
        self.assertEqual(
            set(found.mapped("res_id")), {order.id, *order.picking_ids.ids}
        )
        self.assertEqual(order.nshift_webhook_event_count, len(found))
        picking = order.picking_ids
        self.assertEqual(picking.nshift_webhook_event_count, 1)
        found = events.search(picking.action_view_nshift_webhook_events()["domain"])
        self.assertEqual(found.event, "shipment.created")

    def test_it_is_for_those_who_may_see_events(self):
        salesman = new_test_user(self.env, "sells", "sales_team.group_sale_salesman")
        both = new_test_user(
            self.env,
            "sells_and_sees",
            "sales_team.group_sale_salesman,nshift_webhooks.group_webhook_user",
        )
        for user, is_there in ((salesman, False), (both, True)):
            form = self.env["sale.order"].with_user(user).get_view(view_type="form")
            self.assertEqual("nshift_webhook_event_count" in form["arch"], is_there)
