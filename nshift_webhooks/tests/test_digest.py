from datetime import UTC, datetime, timedelta

from odoo import Command
from odoo.tests import new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestDigest(WebhookCase):
    """The tiles of Odoo's periodic mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.cr.execute("DELETE FROM nshift_webhook_hour")
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.reader = new_test_user(
            cls.env,
            "digest_reader",
            "base.group_user,nshift_webhooks.group_webhook_user",
            company_ids=[Command.set((cls.env.company | cls.other).ids)],
        )
        cls.digest = cls.env["digest.digest"].create(
            {
                "name": "Digest",
                "kpi_nshift_webhook_received": True,
                "kpi_nshift_webhook_given_up": True,
            }
        )

    def count(self, webhook, received, given_up, days=0, hours=1):
        ago = timedelta(days=days, hours=hours)
        hour = datetime.now(UTC).replace(tzinfo=None) - ago
        self.env["nshift.webhook.hour"].create(
            {
                "webhook_id": webhook.id,
                "hour": hour.replace(minute=0, second=0, microsecond=0),
                "received": received,
                "given_up": given_up,
            }
        )

    def tiles(self, user, company=None):
        """The numbers of a user's mail: of a day, of seven and of thirty."""
        kpis = self.digest._compute_kpis(company or self.env.company, user)
        return {
            kpi["kpi_name"].removeprefix("kpi_nshift_webhook_"): [
                (kpi[column]["value"], kpi[column]["margin"])
                for column in ("kpi_col1", "kpi_col2", "kpi_col3")
            ]
            for kpi in kpis
            if kpi["kpi_name"].startswith("kpi_nshift_webhook_")
        }

    def test_numbers(self):
        own = self.make_webhook()
        everybody = self.make_webhook(company_id=False)
        theirs = self.make_webhook(company_id=self.other.id)
        self.count(own, 3, 1)
        self.count(own, 6, 0, days=1)
        self.count(everybody, 10, 2, days=3)
        self.count(everybody, 100, 0, days=40)
        self.count(theirs, 1000, 0)
        received, given_up = self.tiles(self.reader).values()
        self.assertEqual([value for value, _margin in received], [3, 19, 19])
        # compared with the day before, and the 30 days before
        self.assertEqual(received[0][1], -50)
        self.assertEqual(received[2][1], -81)
        # more of these is no gain
        self.assertEqual(given_up, [(1, 0), (3, 0), (3, 0)])
        self.digest.company_id = False
        received, _given_up = self.tiles(self.reader, self.other).values()
        self.assertEqual([value for value, _margin in received], [1000, 1010, 1010])

    def test_company_in_another_time_zone(self):
        self.env.company.resource_calendar_id.tz = "Pacific/Auckland"
        webhook = self.make_webhook()
        self.count(webhook, 5, 0, hours=21)
        received, _given_up = self.tiles(self.reader).values()
        self.assertEqual(received[0][0], 5)

    def test_only_for_who_may_see_webhooks(self):
        stranger = new_test_user(self.env, "digest_stranger", "base.group_user")
        self.assertEqual(self.tiles(stranger), {})

    def test_mail(self):
        """The mail can be made, and leads to the overview."""
        self.count(self.make_webhook(), 3, 1)
        self.digest.user_ids = self.reader
        self.reader.write({"email": "reader@example.com", "lang": "en_US"})
        self.digest.with_user(self.reader).sudo().action_send()
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertIn("Webhook Messages Given Up", mail.body_html)
        self.assertIn("nshift_webhook_overview_action", mail.body_html)
