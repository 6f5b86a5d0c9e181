from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..delivery.backoff import JITTER, RETRY_DELAYS
from ..delivery.sender import Answer
from .common import WebhookCase

NOW = datetime(2026, 1, 2, 3, 4, 5)
ACCEPTED = Answer(response_code=204, response_body="", duration_ms=12)
REFUSED = Answer(
    response_code=503,
    response_body="busy",
    failure="status",
    error="Service Unavailable",
    duration_ms=34,
)


@tagged("post_install", "-at_install")
class TestEvent(WebhookCase):
    def test_an_accepted_attempt_delivers(self):
        event = self.make_event()
        with freeze_time(NOW):
            event._record({event.id: ACCEPTED})
        self.assertRecordValues(
            event,
            [
                {
                    "state": "delivered",
                    "response_code": 204,
                    "failure": False,
                    "last_attempt_at": NOW,
                    "attempt_count": 1,
                    "next_attempt_at": False,
                }
            ],
        )
        self.assertRecordValues(
            event.attempt_ids,
            [{"attempted_at": NOW, "response_code": 204, "duration_ms": 12}],
        )

    def test_failures_are_retried_on_the_schedule_and_then_given_up(self):
        event = self.make_event()
        now = NOW
        for number, delay in enumerate(RETRY_DELAYS, start=1):
            with freeze_time(now):
                event._record({event.id: REFUSED})
            self.assertEqual((event.state, event.attempt_count), ("pending", number))
            self.assertEqual(event.last_attempt_at, now)
            waited = (event.next_attempt_at - now).total_seconds()
            self.assertGreaterEqual(waited, delay)
            self.assertLessEqual(waited, round(delay * (1 + JITTER)))
            now = event.next_attempt_at
        with freeze_time(now):
            event._record({event.id: REFUSED})
        self.assertRecordValues(
            event,
            [
                {
                    "state": "failed",
                    "response_code": 503,
                    "failure": "status",
                    "error": "Service Unavailable",
                    "last_attempt_at": now,
                    "attempt_count": 10,
                    "next_attempt_at": False,
                }
            ],
        )
        self.assertEqual(len(event.attempt_ids), 10)
        self.assertGreater(now - NOW, timedelta(days=3))

    def test_success_after_failures_leaves_no_failure(self):
        event = self.make_event()
        event._record({event.id: REFUSED})
        self.assertTrue(event.advice)
        event._record({event.id: ACCEPTED})
        self.assertEqual((event.state, event.failure), ("delivered", False))
        self.assertFalse(event.error)
        self.assertFalse(event.advice)
        event.invalidate_recordset(["attempt_ids"])
        self.assertEqual(event.attempt_ids.mapped("response_code"), [204, 503])

    def test_every_attempt_sends_the_same_id_and_bytes(self):
        """Promise 2."""
        event = self.make_event()
        first = (event.message_id, event.payload)
        event._record({event.id: REFUSED})
        event._record({event.id: ACCEPTED})
        event.action_send_again()
        self.assertEqual((event.message_id, event.payload), first)

    def test_advice_says_who_has_to_act(self):
        """By what the receiving system answers."""
        said = {}
        for code in (400, 401, 404, 410, 413, 418, 422, 429, 500, 503):
            event = self.make_event(failure="status", response_code=code)
            said[code] = event.advice
        self.assertIn("does not accept what is in it", said[422])
        self.assertIn("does not let Odoo in", said[401])
        self.assertIn("nothing at this address", said[404])
        self.assertIn("answered 418", said[418])
        self.assertEqual(said[500], said[503])
        self.assertEqual(len(set(said.values())), 8)

    def test_every_failure_comes_with_advice(self):
        for failure, _label in (
            self.env["nshift.webhook.event"]._fields["failure"].selection
        ):
            with self.subTest(failure=failure):
                event = self.make_event(failure=failure, response_code=418)
                self.assertGreater(len(event.advice), 40)

    def test_send_again_queues_one_job(self):
        webhook = self.make_webhook()
        events = self.make_event(webhook, state="failed")
        events |= self.make_event(webhook, state="delivered", res_id=2)
        with trap_jobs() as trap:
            events.action_send_again()
        trap.assert_jobs_count(
            1, only=self.env.ref("nshift_webhooks.action_deliver").run
        )
        self.assertEqual(set(events.mapped("state")), {"pending"})

    def test_a_job_leads_to_the_log(self):
        self.make_event(state="failed").action_send_again()
        job = self.env["queue.job"].search(
            [("channel", "=", "root.nshift_webhooks")], order="id desc", limit=1
        )
        action = job.open_related_action()
        self.assertEqual(action["res_model"], "nshift.webhook.event")
        self.assertIn("list", action["view_mode"])

    def test_what_could_not_be_built_of_what_is_gone_cannot_be_sent(self):
        event = self.make_event(
            state="failed", failure="payload", payload=False, res_id=0x7FFFFFFF
        )
        with self.assertRaisesRegex(UserError, "“S00001” does not exist any more"):
            event.action_send_again()
        self.assertEqual(event.state, "failed")

    def test_cancel_gives_up_only_what_is_pending(self):
        pending = self.make_event()
        delivered = self.make_event(state="delivered")
        (pending | delivered).action_cancel()
        self.assertEqual(pending.state, "cancelled")
        self.assertFalse(pending.next_attempt_at)
        self.assertEqual(delivered.state, "delivered")

    def test_it_is_called_by_what_happened_to_what(self):
        self.assertEqual(self.make_event().display_name, "Order created: S00001")

    def test_the_payload_is_shown_readably(self):
        event = self.make_event()
        self.assertEqual(
            event.payload_display,
            '{\n  "id": "1",\n  "data": {\n    "name": "Ærø"\n  }\n}',
        )

    def test_the_order_is_one_click_away_until_it_is_deleted(self):
        order = self.make_order()
        event = self.make_event(res_id=order.id)
        action = event.action_open_record()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("sale.order", order.id)
        )
        order.unlink()
        with self.assertRaisesRegex(UserError, "has been deleted"):
            event.action_open_record()
