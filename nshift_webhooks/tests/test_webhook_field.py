import re

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import WebhookCase

#: What cannot be told, by what the answer says of it.
REFUSED = {
    "looks like a password or a token": [
        ("sale.order", "access_token"),
        ("stock.picking", "x_access"),
    ],
    # tags are for salespeople
    "only for some groups": [("res.partner", "signup_type"), ("sale.order", "tag_ids")],
    "changes with every save": [("sale.order", "write_date"), ("sale.order", "id")],
    "kept with the product": [("product.product", "list_price")],
    "of a type that messages cannot tell": [
        ("sale.order", "order_line"),
        ("sale.order", "signature"),
        ("sale.order.line", "analytic_distribution"),
    ],
    "not stored": [("sale.order", "expected_date"), ("res.partner", "contact_address")],
    "another value for each company": [("res.partner", "property_payment_term_id")],
    "have no name which messages can tell": [
        ("sale.order", "x_hook_id"),
        ("sale.order.line", "product_no_variant_attribute_value_ids"),
    ],
}
ALLOWED = (
    ("sale.order", "require_payment"),
    ("sale.order", "user_id"),
    ("res.partner", "category_id"),
    ("sale.order.line", "sequence"),
    ("stock.picking", "move_type"),
    ("stock.move", "priority"),
    ("product.template", "categ_id"),
    ("res.partner", "function"),
    ("res.partner", "x_gate"),
)


@tagged("post_install", "-at_install")
class TestWebhookField(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["nshift.webhook.field"].search([]).unlink()
        cls.admin = new_test_user(cls.env, "webhooks_chooser", "base.group_system")
        cls.choices = cls.env["nshift.webhook.field"].with_user(cls.admin)

    def add_field(self, model, name, **values):
        """Add a field as administrators do, for the length of a test."""
        self.env["ir.model.fields"].create(
            {"model_id": self.env["ir.model"]._get_id(model), "name": name}
            | {"field_description": name, "state": "manual"}
            | values
        )

    def field(self, model, name):
        return self.env["ir.model.fields"]._get(model, name)

    def choose(self, model, name, **values):
        field_id = self.field(model, name).id
        return self.choices.create({"model": model, "field_id": field_id} | values)

    def choosable(self):
        """Return the ids of the fields that the page offers."""
        domain = self.choices._fields["field_id"]._description_domain(self.env)
        return set(map(int, re.findall(r"\d+", domain)))

    def test_what_can_be_told(self):
        self.add_field("res.partner", "x_gate", ttype="char")
        choosable = self.choosable()
        for model, name in ALLOWED:
            with self.subTest(model=model, field=name):
                choice = self.choose(model, name)
                self.assertEqual(choice.key, name)
                self.assertFalse(choice.problem)
                self.assertIn(self.field(model, name).id, choosable)

    def test_what_cannot_be_told(self):
        link = {"ttype": "char", "related": "sale_id.access_token", "store": True}
        self.add_field("stock.picking", "x_access", **link)
        hook = {"ttype": "many2one", "relation": "nshift.webhook"}
        self.add_field("sale.order", "x_hook_id", **hook)
        choosable = self.choosable()
        choice = self.choose("sale.order", "require_payment")
        for text, fields in REFUSED.items():
            for model, name in fields:
                field = self.field(model, name)
                self.assertNotIn(field.id, choosable)
                for act in (
                    lambda f=field, m=model: self.choices.create(
                        {"model": m, "field_id": f.id}
                    ),
                    lambda f=field, m=model: choice.write(
                        {"model": m, "field_id": f.id}
                    ),
                    lambda f=field, m=model: self.choices.with_context(
                        default_field_id=f.id, default_model=m
                    ).create({}),
                    lambda f=field, m=model: choice.web_save(
                        {"model": m, "field_id": f.id}, {}
                    ),
                ):
                    with (
                        self.subTest(model=model, field=name),
                        self.assertRaisesRegex(ValidationError, text),
                    ):
                        act()

    def test_import(self):
        field = self.field("res.partner", "function")
        columns = ["model", "field_id/.id", "key"]
        done = self.choices.load(
            columns, [["Customer or address", str(field.id), "job"]]
        )
        self.assertTrue(done["ids"], done["messages"])
        secret = self.field("sale.order", "access_token")
        failed = self.choices.load(columns, [["Order", str(secret.id), "link"]])
        self.assertFalse(failed["ids"])
        self.assertIn("looks like a password", failed["messages"][0]["message"])

    def test_of_another_model(self):
        field = self.field("res.partner", "function")
        with self.assertRaisesRegex(ValidationError, "is no field of “Order”"):
            self.choices.create({"field_id": field.id})
        choice = self.choose("res.partner", "function")
        with self.assertRaisesRegex(ValidationError, "is no field of “Order line”"):
            choice.model = "sale.order.line"

    def test_of_a_model_that_messages_do_not_show(self):
        field = self.field("res.users", "login")
        with self.assertRaises(ValidationError):
            self.choices.create({"model": "res.users", "field_id": field.id})

    def test_keys(self):
        choice = self.choose("sale.order", "require_payment", key="pay-first.x_1")
        for key in ("", " ", "a b", "1a", "ø", '"', "a" * 65, "a\n"):
            with self.subTest(key=key), self.assertRaises(ValidationError):
                choice.key = key
        with self.assertRaisesRegex(ValidationError, "key of another field"):
            self.choose("sale.order", "origin", key="pay-first.x_1")
        # what is shown elsewhere may have the same
        self.choose("res.partner", "function", key="pay-first.x_1")
        # a product and its variants are shown in one place
        self.choose("product.template", "categ_id", key="kind")
        with self.assertRaisesRegex(ValidationError, "key of another field"):
            self.choose("product.product", "active", key="kind")

    def test_twice(self):
        self.choose("sale.order", "origin")
        with self.assertRaisesRegex(ValidationError, "chosen already"):
            self.choose("sale.order", "origin", key="other")
        with self.assertRaisesRegex(ValidationError, "chosen already"):
            field = self.field("sale.order", "reference")
            values = {"field_id": field.id}
            self.choices.create([values | {"key": "one"}, values | {"key": "two"}])

    def test_several_lines_at_once(self):
        both = self.choose("sale.order", "origin") | self.choose(
            "res.partner", "function"
        )
        with self.assertRaisesRegex(ValidationError, "one line at a time"):
            both.write({"key": "x"})

    def test_form(self):
        """The key follows the field until it is saved; another model needs another."""
        with Form(self.choices) as form:
            form.model = "res.partner"
            form.field_id = self.field("res.partner", "function")
            self.assertEqual(form.key, "function")
            form.field_id = self.field("res.partner", "ref")
            self.assertEqual(form.key, "ref")
            form.model = "sale.order"
            self.assertFalse(form.field_id)
            form.field_id = self.field("sale.order", "origin")
        self.assertEqual(form.record.key, "origin")

    def test_who_chooses(self):
        field = self.field("sale.order", "origin")
        choice = self.choose("res.partner", "function")
        manager = new_test_user(
            self.env, "webhooks_reader", "nshift_webhooks.group_webhook_manager"
        )
        theirs = choice.with_user(manager)
        [values] = theirs.read(["model", "field_id", "key", "problem"])
        self.assertEqual(values["field_id"][1], "Job Position (Contact)")
        for act in (
            lambda: theirs.create({"field_id": field.id}),
            lambda: theirs.write({"key": "x"}),
            theirs.unlink,
        ):
            with self.assertRaises(AccessError):
                act()
        user = new_test_user(
            self.env, "webhooks_looker", "nshift_webhooks.group_webhook_user"
        )
        with self.assertRaises(AccessError):
            choice.with_user(user).read(["key"])

    def test_audit(self):
        choice = self.choose("res.partner", "function")
        choice.key = "job"
        choice.key = "job"
        choice.unlink()
        lines = self.env["nshift.webhook.audit"].search(
            [("action", "like", "field_")], order="id"
        )
        self.assertEqual(
            [(line.action, line.subject, line.old, line.new) for line in lines],
            [
                ("field_added", "Job Position (Contact)", False, "function"),
                (
                    "field_changed",
                    "Job Position (Contact)",
                    "Job Position (Contact): function",
                    "Job Position (Contact): job",
                ),
                ("field_removed", "Job Position (Contact)", "job", False),
            ],
        )
        self.assertEqual(lines.user_id, self.admin)
        manager = new_test_user(
            self.env, "webhooks_auditor", "nshift_webhooks.group_webhook_manager"
        )
        seen = self.env["nshift.webhook.audit"].with_user(manager).search([])
        self.assertFalse(seen & lines)

    @mute_logger("odoo.sql_db")
    def test_removed_with_its_field(self):
        self.add_field("res.partner", "x_gate", ttype="char")
        choice = self.choose("res.partner", "x_gate")
        self.field("res.partner", "x_gate").unlink()
        self.assertFalse(choice.exists())

    def test_nothing_else_is_seen(self):
        """What is wrong with a field is no way to find out about others."""
        for value in (-1, 2**40, "x", [1], {}, True):
            with self.subTest(value=value), self.assertRaises(UserError):
                self.choices.create({"field_id": value})
