from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import Form, new_test_user, tagged

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestCondition(WebhookCase):
    """Who may ask for what, and what becomes of a condition."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.webhook = cls.make_webhook()
        manager = new_test_user(
            cls.env, "webhooks_cond", "nshift_webhooks.group_webhook_manager"
        )
        cls.as_manager = cls.webhook.with_user(manager)

    def give_right_to_orders(self):
        """Let the manager read orders and transfers."""
        group = self.env.ref("sales_team.group_sale_salesman")
        self.as_manager.env.user.sudo().group_ids += group
        self.as_manager.invalidate_recordset()

    def refused(self, **values):
        """Return why a manager may not write values."""
        with self.assertRaises(ValidationError) as caught, self.cr.savepoint():
            self.as_manager.write(values)
        return str(caught.exception)

    def test_what_messages_show(self):
        """It takes no right of the sales department's: it is in the log."""
        condition = "[('order_line.product_id.weight', '>', 2)]"
        self.as_manager.order_domain = condition
        self.assertEqual(self.webhook.order_domain, condition)

    def test_who_has_an_editor(self):
        """It asks for numbers of records; others read the condition in words."""
        self.webhook.order_domain = "[('client_order_ref', '=', 'X')]"
        self.assertFalse(self.as_manager.can_read_records)
        self.assertIn("is X", self.as_manager.condition_text)
        self.give_right_to_orders()
        self.assertTrue(self.as_manager.can_read_records)

    def test_a_field_that_groups_protect(self):
        field = self.env["sale.order"]._fields["client_order_ref"]
        with patch.object(field, "groups", "base.group_system"):
            answer = self.refused(order_domain="[('client_order_ref', '=', 'X')]")
            self.assertIn("you may not read", answer)
            self.webhook.order_domain = "[('client_order_ref', '=', 'X')]"

    def test_what_nobody_but_others_may_read(self):
        """What is told, and what is not, would say what one may not read."""
        condition = "[('order_line.invoice_lines.debit', '>', 1)]"
        answer = self.refused(order_domain=condition)
        self.assertIn("you may not read", answer)
        answer = self.refused(shipment_domain=f"[('sale_id', 'any', {condition})]")
        self.assertIn("you may not read", answer)

    def test_secrets(self):
        """What is told would say them, letter by letter, to whom nobody showed them."""
        token = "[('access_token', '>=', 'a')]"
        inside = f"[('sale_id', 'any', {token})]"
        through = "[('sale_id.access_token', '=like', 'a%')]"
        for webhook in (self.as_manager, self.webhook):
            for values in (
                {"order_domain": token},
                {"shipment_domain": inside},
                {"shipment_domain": through},
            ):
                with (
                    self.subTest(**values, user=webhook.env.user.login),
                    self.assertRaisesRegex(ValidationError, "it is a secret"),
                    self.cr.savepoint(),
                ):
                    webhook.write(values)

    def test_another_field_can_be_changed(self):
        """By whoever may not ask what the condition asks for."""
        condition = "[('order_line.invoice_lines.debit', '>', 1)]"
        self.webhook.order_domain = condition
        self.as_manager.name = "Another"
        self.assertEqual(self.webhook.order_domain, condition)

    def test_answers_are_in_the_users_language(self):
        label = self.webhook._fields["order_domain"]._description_string(self.env)
        self.assertIn(label, self.refused(order_domain="nonsense"))
        self.assertIn(
            "“Expected Date”",
            self.refused(order_domain="[('expected_date', '=', False)]"),
        )

    def test_in_the_form(self):
        self.give_right_to_orders()
        with Form(self.as_manager) as form:
            form.order_domain = "[('state', '=', 'sale')]"
            self.assertFalse(form.condition_error)
        self.assertEqual(self.webhook.copy().order_domain, "[('state', '=', 'sale')]")
        with Form(self.as_manager) as form:
            form.order_domain = "[]"
        draft = self.make_order()
        self.assertEqual(self.settle().mapped("res_id"), [draft.id])
