from odoo.exceptions import UserError
from odoo.tests import tagged

from ..delivery.sender import Answer
from .common import WebhookCase

REFUSED = Answer(response_code=500, response_body="no, Ærø", failure="status")
ACCEPTED = Answer(response_code=200, response_body="thanks, Ærø")


@tagged("post_install", "-at_install")
class TestWiping(WebhookCase):
    def test_what_is_delivered_is_wiped_and_the_log_line_stays(self):
        webhook = self.make_webhook(wipe_messages=True)
        event = self.make_event(webhook)
        event._record({event.id: REFUSED})
        self.assertTrue(event.payload)
        self.assertEqual(event.attempt_ids.response_body, "no, Ærø")
        event._record({event.id: ACCEPTED})
        self.assertFalse(event.payload)
        self.assertFalse(event.payload_display)
        self.assertTrue(event.is_wiped)
        self.assertEqual(event.attempt_ids.mapped("response_body"), [False, False])
        self.assertEqual((event.state, event.response_code), ("delivered", 200))
        self.assertEqual((event.res_name, event.attempt_count), ("S00001", 2))
        self.assertIn("wiped", event.advice)

    def test_others_are_kept(self):
        event = self.make_event()
        event._record({event.id: ACCEPTED})
        self.assertTrue(event.payload)
        self.assertEqual(event.attempt_ids.response_body, "thanks, Ærø")

    def test_what_has_been_delivered_is_wiped_when_that_is_chosen(self):
        webhook = self.make_webhook()
        delivered, waiting = (self.make_event(webhook, res_id=id_) for id_ in (1, 2))
        elsewhere = self.make_event()
        for event in (delivered, elsewhere):
            event._record({event.id: ACCEPTED})
        webhook.wipe_messages = True
        self.assertEqual(
            [bool(event.payload) for event in (delivered, waiting, elsewhere)],
            [False, True, True],
        )
        self.assertFalse(delivered.attempt_ids.response_body)
        self.assertTrue(elsewhere.attempt_ids.response_body)

    def test_what_was_wiped_is_not_sent_or_built_again(self):
        event = self.make_event(self.make_webhook(wipe_messages=True))
        event._record({event.id: ACCEPTED})
        with self.assertRaisesRegex(UserError, "wiped after its delivery"):
            event.action_send_again()
        self.assertEqual(event.state, "delivered")
