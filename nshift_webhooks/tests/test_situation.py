from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..delivery.sender import Answer
from ..models.ir_config_parameter import HOME_PARAMETER
from .common import WebhookCase

NOW = datetime(2026, 1, 2, 3, 4, 5)
ACCEPTED = Answer(response_code=200, response_body="", duration_ms=12)


def refused(code=404, body="Not here"):
    return Answer(
        response_code=code,
        response_body=body,
        failure="status",
        error="",
        duration_ms=9,
    )


@tagged("post_install", "-at_install")
class TestSituation(WebhookCase):
    """One sentence says whether a message has arrived, and if not, why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # from a copy, such as the tests' database, nothing would be sent
        cls.env["nshift.webhook.home"]._settle()
        cls.webhook = cls.make_webhook("order.created", "order.updated")
        cls.env["ir.config_parameter"].set_param(
            "nshift_webhooks.retry_delays", "60,60"
        )

    def answered(self, event, *answers):
        for answer in answers:
            event._record({event.id: answer})
        event.invalidate_recordset()
        return event.situation

    def assertSays(self, event, *parts):
        for part in parts:
            self.assertIn(part, event.situation)

    def test_what_has_arrived(self):
        event = self.make_event(self.webhook)
        with freeze_time(NOW):
            self.answered(event, ACCEPTED)
        self.assertEqual(event.standing, "delivered")
        self.assertSays(event, "has had this message since", "2026")

    def test_what_will_be_tried_again(self):
        """Its own words, when the next try is, and how many are left."""
        event = self.make_event(self.webhook)
        page = (
            "<html><head><style>p {color: red}</style></head>"
            "<body><h1>No such page</h1><script>go()</script></body></html>"
        )
        self.answered(event, refused(body=page))
        self.assertEqual((event.state, event.standing), ("pending", "retried"))
        self.assertSays(event, "Next try at", "2 tries are left", "404, “No such page")
        self.answered(event, refused(body="{\n  " + "x, " * 200 + "}"))
        self.assertSays(event, "The last try is at", "“{ x, x,", "x,…”")
        self.webhook.action_pause()
        event.invalidate_recordset()
        self.assertEqual(event.standing, "pending")

    def test_what_is_given_up(self):
        event = self.make_event(self.webhook)
        self.answered(event, *[refused(body="")] * 3)
        self.assertEqual((event.state, event.standing), ("failed", "failed"))
        self.assertSays(event, "does not have this message", "Last answer: 404.")

    def test_what_failed_without_an_answer(self):
        event = self.make_event(self.webhook)
        lost = Answer(failure="timeout", error="", duration_ms=9)
        said = self.answered(event, lost)
        self.assertIn("The latest try failed: No answer in time.", said)

    def test_what_waits_for_an_earlier_one(self):
        first = self.make_event(self.webhook)
        second = self.make_event(self.webhook, event="order.updated")
        other = self.make_event(self.webhook, res_id=2)
        self.assertFalse(first.waits_for_id)
        self.assertFalse(other.waits_for_id)
        self.assertEqual(second.waits_for_id, first)
        self.assertSays(second, "earlier message", "Order created: S00001")
        self.assertEqual(second.action_open_waits_for()["res_id"], first.id)
        self.answered(first, ACCEPTED)
        second.invalidate_recordset()
        self.assertSays(second, "as soon as its turn comes")

    def test_in_any_order_nothing_waits_for_another(self):
        self.webhook.ordering = "none"
        self.make_event(self.webhook)
        self.assertFalse(self.make_event(self.webhook).waits_for_id)

    def test_what_waits_for_its_orders_message(self):
        order = self.make_event(self.webhook)
        shipment = self.make_event(self.webhook, res_model="stock.picking", res_id=7)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE nshift_webhook_event SET after_ids = %s WHERE id = %s",
            ([order.id], shipment.id),
        )
        shipment.invalidate_recordset()
        self.assertEqual(shipment.waits_for_id, order)

    def test_a_paused_webhook(self):
        event = self.make_event(self.webhook)
        self.webhook.action_pause()
        self.assertSays(event, "Nothing is sent for", self.webhook.name)

    def test_a_receiving_system_that_is_left_alone(self):
        event = self.make_event(self.webhook)
        until = fields.Datetime.now() + timedelta(hours=1)
        self.webhook._write_health(backoff_until=until)
        self.assertSays(event, "does not accept messages at the moment", "Next try at")

    def test_a_copy(self):
        """Nothing is tried from it, so there is no next try, and none at once."""
        event = self.make_event(self.webhook)
        event.next_attempt_at = later = fields.Datetime.now() + timedelta(hours=1)
        self.webhook._write_health(backoff_until=later)
        self.assertTrue(self.webhook.is_backing_off)
        self.assertSays(event, "Next try at")
        self.env["ir.config_parameter"].set_param(HOME_PARAMETER, "another shop")
        self.webhook.invalidate_recordset()
        event.invalidate_recordset()
        self.assertFalse(self.webhook.is_backing_off)
        self.assertFalse(event.next_try_at)
        self.assertSays(event, "Nothing is sent from this database")

    def test_what_somebody_does_not_send(self):
        event = self.make_event(self.webhook)
        event.action_cancel()
        user = self.env.user.name
        self.assertSays(event, f"{user} decided not to send this message, at ")
        self.assertTrue(event.cancelled_at)
        event._send_again()
        event.action_cancel()
        self.assertSays(event, f"{user} decided")

    def test_when_it_is_tried_next(self):
        """Never in the past, nor where nothing is sent."""
        event = self.make_event(self.webhook)
        now = fields.Datetime.now()
        event.next_attempt_at = now - timedelta(minutes=1)
        self.assertFalse(event.next_try_at)
        event.next_attempt_at = later = now + timedelta(minutes=5)
        self.assertEqual(event.next_try_at, later)
        until = now + timedelta(hours=1)
        self.webhook._write_health(backoff_until=until)
        event.invalidate_recordset()
        self.assertEqual(event.next_try_at, until)
        self.webhook.action_pause()
        event.invalidate_recordset()
        self.assertFalse(event.next_try_at)

    def test_what_was_received_stays_so(self):
        """Whatever becomes of it when it is sent again."""
        for end in ("given up", "not sent"):
            with self.subTest(end):
                event = self.make_event(self.webhook, res_id=40)
                with freeze_time(NOW):
                    self.answered(event, ACCEPTED)
                event._send_again()
                self.assertEqual(event.state, "pending")
                self.assertSays(event, "has had this message since", "sent again")
                if end == "given up":
                    self.answered(event, *[refused()] * 3)
                else:
                    event.action_cancel()
                self.assertEqual((event.state, event.received_at), ("delivered", NOW))

    def test_who_may_only_see_events(self):
        reader = new_test_user(
            self.env, "webhooks_situation", "nshift_webhooks.group_webhook_user"
        )
        first = self.make_event(self.webhook)
        second = self.make_event(self.webhook).with_user(reader)
        self.answered(first, refused())
        second.invalidate_recordset()
        self.assertEqual(second.waits_for_id.id, first.id)
        self.assertSays(second, "earlier message")
