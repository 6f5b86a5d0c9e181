import json
from datetime import datetime

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import WebhookCase

LINE = {"id": 7, "product": {"name": "Desk"}, "quantity": "3.00", "unit": "Units"}
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def message(previous, reason="updated", **order):
    data = {"order": order, "previous": previous, "reason": reason, "sequence": 2}
    return json.dumps({"id": "1", "type": "order.updated", "data": data})


@tagged("post_install", "-at_install")
class TestOneEvent(WebhookCase):
    """What an event's form shows of it, and to whom."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.make_webhook("order.updated", "order.created")
        cls.reader, cls.manager = (
            new_test_user(
                cls.env, f"webhooks_one_{group}", f"nshift_webhooks.group_{group}"
            )
            for group in ("webhook_user", "webhook_manager")
        )

    def changed(self, payload):
        event = self.make_event(self.webhook, payload=payload)
        return str(event.with_user(self.reader).difference)

    def test_what_has_changed(self):
        """Each value with what it was and what it is, the lines by their names."""
        shown = self.changed(
            message(
                {
                    "customer_reference": None,
                    "locked": False,
                    "lines": {
                        "7": {"quantity": "2.00"},
                        "8": {"id": 8, "name": "Lamp"},
                    },
                },
                customer_reference="PO 7",
                locked=True,
                lines=[LINE],
            )
        )
        text = shown.replace("</th>", "|").replace("</td>", "|")
        for row in (
            ("Customer reference", "–", "PO 7"),
            ("Locked", "no", "yes"),
            ("Lines › Desk › quantity", "2.00", "3.00"),
            ("Lines › Lamp", "–", "Removed"),
        ):
            cells = "[^|]*".join(f">{each}\\|" for each in row)
            self.assertRegex(text, cells)

    def test_what_came(self):
        shown = self.changed(message({"lines": {"7": None}}, lines=[LINE]))
        self.assertIn("Added: 3.00 Units", shown)

    def test_what_other_people_wrote_is_text(self):
        """Wherever in the message it is."""
        shown = self.changed(
            message(
                {EVIL: EVIL, "lines": {"7": {"quantity": EVIL}}},
                **{EVIL: "x" + EVIL},
                lines=[LINE | {"product": {"name": EVIL}}],
            )
        )
        self.assertNotIn("<script", shown)
        self.assertNotIn("<img", shown)
        self.assertEqual(shown.count("&lt;img"), 5)

    def test_there_is_an_end_to_it(self):
        order = {f"field {number}": number for number in range(500)}
        shown = self.changed(message(dict.fromkeys(order, "x" * 5000), **order))
        self.assertIn("And 300 more", shown)
        self.assertLess(len(shown), 200_000)

    def test_what_nobody_knows(self):
        """In words where a table was to be expected, and nothing elsewhere."""
        self.assertIn("not known any more", self.changed(message(None)))
        self.assertIn("No value", self.changed(message({})))
        for payload in (message(None, reason="current state"), '{"id":"1"}', False):
            self.assertEqual(self.changed(payload), "False")

    def test_nothing_is_left_of_what_was_wiped(self):
        payload = message({"name": "Secret before"}, name="Secret after")
        event = self.make_event(self.webhook, payload=payload, state="delivered")
        self.assertIn("Secret", event.difference)
        self.assertTrue(event.request_head)
        event._wipe()
        self.assertFalse(event.difference)
        self.assertFalse(event.request_head)

    def test_attempts_in_words(self):
        """With the beginning of the answer: the whole of it is asked for."""
        event = self.make_event(self.webhook)
        page = "<html><body><h1>Gone</h1>" + "<p>row</p>\n" * 200 + "</body></html>"
        attempts = self.env["nshift.webhook.attempt"].create(
            [
                {"event_id": event.id, "attempted_at": datetime(2026, 1, 2)} | vals
                for vals in (
                    {"failure": "status", "response_code": 404, "response_body": page},
                    {"failure": "timeout", "error": "It said nothing"},
                    {"response_code": 200, "response_body": "ok\nthanks"},
                )
            ]
        )
        shown = attempts.with_user(self.reader)
        self.assertEqual(
            shown.mapped("result"), ["Refused", "No answer in time", "Received"]
        )
        self.assertTrue(shown[0].answer_beginning.startswith("Gone"))
        self.assertLess(len(shown[0].answer_beginning), 210)
        self.assertEqual(shown[1].answer_beginning, "It said nothing")
        self.assertEqual(shown[2].answer_beginning, "ok thanks")

    def test_the_events_before_and_after(self):
        """Of the same record and webhook, whatever is between."""
        first, second, third = (self.make_event(self.webhook) for _number in range(3))
        self.make_event(self.webhook, res_id=2)
        self.make_event(self.webhook, res_model="stock.picking")
        self.make_event()
        second.invalidate_recordset()
        seen = second.with_user(self.reader)
        self.assertEqual((seen.before_id.id, seen.after_id.id), (first.id, third.id))
        self.assertEqual(seen.action_open_before()["res_id"], first.id)
        self.assertEqual(seen.action_open_after()["res_id"], third.id)
        self.assertFalse(first.before_id)
        self.assertFalse(third.after_id)

    def test_the_way_to_the_order(self):
        """For whoever may see it, as long as it is there."""
        order = self.make_order()
        order.action_confirm()
        seller = new_test_user(
            self.env,
            "webhooks_one_seller",
            "sales_team.group_sale_salesman_all_leads,stock.group_stock_user,"
            "nshift_webhooks.group_webhook_user",
        )
        told = self.make_event(self.webhook, res_id=order.id)
        shipped = self.make_event(
            self.webhook, res_model="stock.picking", res_id=order.picking_ids.id
        )
        for event, leading in ((told, ""), (shipped, order.name)):
            seen = event.with_user(seller)
            self.assertTrue(seen.may_open_record)
            self.assertEqual(seen.leading_name or "", leading)
            hidden = event.with_user(self.reader)
            self.assertFalse(hidden.may_open_record)
            self.assertFalse(hidden.leading_name)
        action = shipped.with_user(seller).action_open_leading()
        self.assertEqual(action["res_id"], order.id)
        gone = self.make_event(self.webhook, res_id=0x7FFFFFFF)
        self.assertFalse(gone.with_user(seller).may_open_record)
        gone = self.make_event(self.webhook, res_model="gone.model")
        self.assertFalse(gone.with_user(seller).may_open_record)

    def test_what_was_another_companys(self):
        other = self.env["res.company"].create({"name": "Other"})
        webhook = self.make_webhook(company_id=False)
        self.make_event(webhook, company_id=other.id)
        event = self.make_event(webhook).with_user(self.reader)
        self.assertFalse(event.before_id)
        self.assertTrue(event.with_env(self.env).before_id)

    def test_the_request(self):
        """Who may see the webhook's headers sees that there are some, and no value."""
        self.webhook.url = "https://example.com:8443/hook?x=1"
        self.webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "s3cret"})]
        event = self.make_event(self.webhook, attempt_count=2)
        shown = event.with_user(self.manager).request_head
        for line in (
            "POST /hook?x=1 HTTP/1.1",
            "Host: example.com:8443",
            "Content-Type: application/json",
            f"webhook-id: {event.message_id}",
            "webhook-attempt: 3",
            "X-Key: ••••••••",
            "webhook-signature: ••••••••",
            f"Content-Length: {len(event.payload.encode())}",
        ):
            self.assertIn(line, shown.splitlines())
        self.assertRegex(shown, r"\nwebhook-timestamp: \d{10}\n")
        self.assertNotIn("s3cret", shown)
        self.webhook.header_ids._drop_values()
        event.invalidate_recordset()
        self.assertNotIn("X-Key", event.with_user(self.manager).request_head)

    def test_the_request_as_users_see_it(self):
        self.webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "s3cret"})]
        event = self.make_event(self.webhook).with_user(self.reader)
        self.assertIn("webhook-id", event.request_head)
        self.assertNotIn("X-Key", event.request_head)

    def test_the_request_of_a_webhook_that_one_may_not_see(self):
        """It has become another company's: the event is there all the same."""
        event = self.make_event(self.webhook)
        self.webhook.company_id = self.env["res.company"].create({"name": "Other"})
        event.invalidate_recordset()
        self.assertFalse(event.with_user(self.reader).request_head)

    def test_who_may_not_see_events_sees_none_of_it(self):
        event = self.make_event(self.webhook, payload=message({"a": 1}, a=2))
        seller = new_test_user(
            self.env, "webhooks_one_manager", "sales_team.group_sale_manager"
        )
        for name in ("difference", "request_head", "before_id", "payload_display"):
            with self.subTest(name), self.assertRaises(AccessError):
                event.with_user(seller).read([name])
