from odoo.tests import new_test_user, tagged

from .common import WebhookCase, type_ids


@tagged("post_install", "-at_install")
class TestConditionWords(WebhookCase):
    """What a condition asks for, as a sentence."""

    def words(self, **domains):
        return self.make_webhook(**domains).condition_text

    def test_none(self):
        self.assertFalse(self.words())
        self.assertFalse(self.words(order_domain="[]"))

    def test_sentences(self):
        denmark, norway = self.env.ref("base.dk").id, self.env.ref("base.no").id
        for domain, said in (
            (
                f"[('partner_id.country_id', '=', {denmark})]",
                "Orders: Customer > Country is Denmark",
            ),
            (
                f"[('partner_id.country_id', 'in', [{denmark}, {norway}])]",
                "Orders: Customer > Country is Denmark or Norway",
            ),
            ("[('amount_total', '>=', 1000)]", "Orders: Total is at least 1000"),
            ("[('client_order_ref', 'ilike', 'web')]", "contains web"),
            ("[('client_order_ref', '=', False)]", "Customer Reference is empty"),
            ("[('client_order_ref', '!=', False)]", "is filled in"),
            ("[('state', '!=', 'sale')]", "is not Sales Order"),
            ("[('date_order', '>', '2026-01-01')]", "is after 2026-01-01"),
            ("[('require_payment', '=', True)]", "is yes"),
            (
                "['|', ('amount_total', '>', 5), '&', ('amount_total', '<', 3), "
                "('state', '=', 'draft')]",
                "is more than 5 or (Total is less than 3 and Status is Quotation)",
            ),
            ("['!', ('client_order_ref', 'ilike', 'x')]", "Customer Reference"),
            ("[('client_order_ref', '=ilike', 'x%')]", "Customer Reference =ilike x%"),
            ("[('client_order_ref', 'in', ['x', False])]", "is x or empty"),
            ("[(0, '=', 1)]", "Orders: none"),
            (
                "['!', ('order_line', 'any', [('price_unit', '>', 7)])]",
                "not (Order Lines (Unit Price is more than 7))",
            ),
            (
                "[('order_line', 'any', [('price_unit', '>', 7)])]",
                "Order Lines (Unit Price is more than 7)",
            ),
        ):
            with self.subTest(domain=domain):
                self.assertIn(said, self.words(order_domain=domain))

    def test_shipments(self):
        text = self.words(
            order_domain="[('amount_total', '>', 5)]",
            shipment_domain="[('origin', 'ilike', 'S')]",
            type_ids=type_ids(self.env, "shipment.created"),
        )
        self.assertRegex(text, "Orders: .*; Shipments: Source Document contains S")

    def test_many_values(self):
        ids = self.env["res.country"].search([], limit=8).ids
        text = self.words(order_domain=f"[('partner_id.country_id', 'in', {ids})]")
        self.assertIn(" or 3 more", text)

    def test_names_that_one_may_not_see(self):
        other = self.env["res.company"].create({"name": "Secret company"})
        theirs = self.env["res.partner"].create(
            {"name": "Hidden customer", "company_id": other.id}
        )
        webhook = self.make_webhook(order_domain=f"[('partner_id', '=', {theirs.id})]")
        user = new_test_user(
            self.env, "overview_words", "nshift_webhooks.group_webhook_user"
        )
        text = webhook.with_user(user).condition_text
        self.assertNotIn("Hidden", text)
        self.assertIn("not for you to see", text)
