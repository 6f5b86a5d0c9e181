from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..delivery.sender import Answer
from .common import WebhookCase

REFUSED = Answer(
    response_code=400,
    response_body="no, Ærø",
    failure="status",
    error="Unknown customer Ærø",
)
MOVED = Answer(
    response_code=302,
    response_body="",
    failure="redirect",
    error="https://example.com/?name=Ærø",
)
ACCEPTED = Answer(response_code=200, response_body="thanks, Ærø")


@tagged("post_install", "-at_install")
class TestWiping(WebhookCase):
    def wipe(self):
        """As the scheduled action does."""
        self.env["nshift.webhook.event"]._wipe_delivered()
        return self.env["nshift.webhook.batch"]._do_next()

    def test_delivered_is_wiped(self):
        """The line in the log stays, without anything that an endpoint has said."""
        webhook = self.make_webhook(wipe_messages=True)
        event = self.make_event(webhook)
        for answer in (REFUSED, MOVED):
            event._record({event.id: answer})
            self.assertTrue(event.payload)
            self.assertIn("Ærø", event.attempt_ids[0].error)
        event._record({event.id: ACCEPTED})
        self.env.invalidate_all()
        self.assertFalse(event.payload)
        self.assertFalse(event.payload_display)
        self.assertTrue(event.is_wiped)
        self.assertNotIn("Ærø", str(event.read()) + str(event.attempt_ids.read()))
        self.assertEqual(
            event.attempt_ids.mapped("failure"), [False, "redirect", "status"]
        )
        self.assertEqual((event.state, event.response_code), ("delivered", 200))
        self.assertEqual((event.res_name, event.attempt_count), ("S00001", 3))
        self.assertIn("wiped", event.advice)

    def test_others_are_kept(self):
        event = self.make_event()
        event._record({event.id: ACCEPTED})
        self.wipe()
        self.assertTrue(event.payload)
        self.assertEqual(event.attempt_ids.response_body, "thanks, Ærø")

    def test_former_is_wiped_in_background(self):
        """What has been delivered is wiped when that is chosen, in the background."""
        webhook = self.make_webhook()
        delivered, waiting = (self.make_event(webhook, res_id=id_) for id_ in (1, 2))
        elsewhere = self.make_event()
        for event in (delivered, elsewhere):
            event._record({event.id: ACCEPTED})
        cron = self.env.ref("nshift_webhooks.cron_wipe")
        triggers = [("cron_id", "=", cron.id)]
        before = self.env["ir.cron.trigger"].search_count(triggers)
        webhook.wipe_messages = True
        after = self.env["ir.cron.trigger"].search_count(triggers)
        self.assertEqual(after, before + 1)
        self.assertEqual(self.wipe(), 1)
        self.assertEqual(
            [bool(event.payload) for event in (delivered, waiting, elsewhere)],
            [False, True, True],
        )
        self.assertFalse(delivered.attempt_ids.response_body)
        self.assertTrue(elsewhere.attempt_ids.response_body)
        self.assertFalse(self.wipe())

    def test_recorded_meanwhile_is_wiped(self):
        """An answer whose recording began before the choice, and ended after it."""
        webhook = self.make_webhook()
        event = self.make_event(webhook)
        webhook.wipe_messages = True
        self.wipe()
        # as by a transaction that does not see the choice yet
        event.write({"state": "delivered", "response_code": 200})
        self.assertEqual(self.wipe(), 1)
        self.assertFalse(event.payload)

    def test_looks_for_an_hour(self):
        webhook = self.make_webhook(wipe_messages=True)
        webhook.write({"wipe_messages": True})
        with freeze_time(fields.Datetime.now() + timedelta(hours=2)):
            self.env["nshift.webhook"]._end_wiping()
        event = self.make_event(webhook, state="delivered")
        self.assertFalse(self.wipe())
        self.assertTrue(event.payload)

    def test_wiped_is_not_sent_again(self):
        event = self.make_event(self.make_webhook(wipe_messages=True))
        event._record({event.id: ACCEPTED})
        with self.assertRaisesRegex(UserError, "wiped after its delivery"):
            event.action_send_again()
        self.assertEqual(event.state, "delivered")
