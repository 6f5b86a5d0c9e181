from unittest.mock import patch

from lxml import etree

from odoo.tests import new_test_user, tagged
from odoo.tools.safe_eval import safe_eval

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

    def test_a_whole_number_means_nothing_else(self):
        """Then nothing but indexes is read: no order or shipment is searched."""
        order = self.make_order(client_order_ref="PO-4711")
        longer = self.make_order(client_order_ref="PO-47112")
        order.action_confirm()
        order.picking_ids.carrier_tracking_ref = "TRACK-9"
        event = self.settle()[0]
        both = [
            ("order.created", order.name),
            ("shipment.created", order.picking_ids.name),
        ]
        subject = self.registry["nshift.webhook.subject"]
        unread = patch.object(subject, "_nshift_webhook_found")
        with unread as read:
            self.assertEqual(self.found(order.name), both)
            self.assertEqual(self.found(f" {order.name.lower()} "), both)
            self.assertEqual(self.found("PO-4711"), both)
            self.assertEqual(self.found("TRACK-9"), both[1:])
            self.assertEqual(self.found(event.message_id), both[:1])
            read.assert_not_called()
        self.assertEqual(
            self.found("PO-471"), [both[0], ("order.created", longer.name), both[1]]
        )

    def test_another_companys_number_hides_nothing(self):
        """Whether something is known by a text is asked of what the user may see."""
        theirs = self.env["res.company"].create({"name": "Theirs"})
        order = self.make_order(client_order_ref="PO-99")
        self.settle()
        self.make_event(res_id=0, res_name="PO-9", company_id=theirs.id)
        self.assertEqual(self.found("PO-9"), [("order.created", order.name)])

    def test_by_a_webhooks_name(self):
        webhook = self.make_webhook("order.created", name="Nordic warehouse")
        self.make_event(webhook, res_name="S88888")
        webhook.active = False
        self.assertEqual(self.found("nordic"), [("order.created", "S88888")])

    def test_each_filter_finds_what_it_says(self):
        webhook = self.make_webhook("order.created", "shipment.created")
        failed = {"failure": "status", "last_attempt_at": "2026-01-02 03:04:05"}
        at = {"received_at": "2026-01-02 03:04:05", "response_code": 200}
        made = {
            name: self.make_event(webhook, **values)
            for name, values in {
                "waits": {},
                "again": {"failure": "timeout", "duration_ms": 15000},
                "received": at | {"state": "delivered", "duration_ms": 300},
                "repeated": at | {"state": "pending"},
                "moved": failed | {"state": "failed", "response_code": 302},
                "refused": failed | {"state": "failed", "response_code": 422},
                "broken": failed | {"state": "pending", "response_code": 503},
                "shipment": {"event": "shipment.created", "state": "cancelled"},
            }.items()
        }
        view = etree.fromstring(
            self.env.ref("nshift_webhooks.nshift_webhook_event_view_search").arch
        )
        for filter_, names in {
            "not_received": "waits again moved refused broken",
            "pending": "waits again repeated broken",
            "retried": "again broken",
            "delivered": "received",
            "failed": "moved refused",
            "cancelled": "shipment",
            "accepted": "received repeated",
            "redirected": "moved",
            "refused": "refused",
            "broken": "broken",
            "unanswered": "again",
            "slow": "again",
            "shipments": "shipment",
            "returns": "",
        }.items():
            [node] = view.xpath(f"//filter[@name='{filter_}']")
            with self.subTest(filter_):
                domain = safe_eval(node.get("domain"))
                found = self.env["nshift.webhook.event"].search(domain)
                found &= self.env["nshift.webhook.event"].union(*made.values())
                named = {name for name, event in made.items() if event in found}
                self.assertEqual(named, set(names.split()))

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
