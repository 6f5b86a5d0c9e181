from odoo.tests import Form, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestTwin(WebhookCase):
    """Whoever sets up a webhook is told that there is one like it."""

    def test_the_same_address_and_type(self):
        first = self.make_webhook("order.created", "order.updated", name="First")
        second = self.make_webhook("order.updated", "order.deleted", name="Second")
        self.assertIn("“First”", second.twin_text)
        self.assertIn("“Order updated”, too", second.twin_text)
        self.assertIn("“Second”", first.twin_text)

    def test_what_cannot_arrive_twice(self):
        channels = self.env["sale.channel"].create(
            [{"name": "Shop"}, {"name": "Telephone"}]
        )
        first = self.make_webhook(sale_channel_ids=channels[0].ids)
        for values in (
            {"url": "https://example.com/other"},
            {"type_ids": self.make_webhook("order.deleted", active=False).type_ids.ids},
            {"sale_channel_ids": channels[1].ids},
            {"company_id": self.env["res.company"].create({"name": "Other"}).id},
            {"active": False},
        ):
            with self.subTest(values):
                other = self.make_webhook(**values)
                self.assertFalse(other.twin_text)
                self.assertFalse(first.twin_text)
                other.unlink()
        both = self.make_webhook(sale_channel_ids=channels.ids)
        self.assertTrue(both.twin_text)
        both.unlink()
        self.make_webhook(company_id=False)
        self.assertTrue(first.twin_text)

    def test_while_it_is_entered(self):
        first = self.make_webhook()
        form = Form(self.env["nshift.webhook"])
        form.name = "Second"
        form.type_ids.add(first.type_ids)
        self.assertFalse(form.twin_text)
        form.url = first.url
        self.assertIn("arrives there twice", form.twin_text)
