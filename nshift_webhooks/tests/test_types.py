from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from .common import WebhookCase

OURS = [
    "order.created",
    "order.updated",
    "order.confirmed",
    "order.cancelled",
    "order.deleted",
    "shipment.created",
    "shipment.updated",
    "shipment.done",
    "shipment.cancelled",
    "return.created",
    "return.updated",
    "return.done",
    "return.cancelled",
]


@tagged("post_install", "-at_install")
class TestTypes(WebhookCase):
    """The types of events that webhooks choose from."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "webhooks_types", "nshift_webhooks.group_webhook_manager"
        )
        cls.types = cls.env["nshift.webhook.type"]

    def make_type(self, code="order.sent", **values):
        return self.types.create(
            {"code": code, "name": code, "description": "When it is.", **values}
        )

    def lose_types(self, webhook):
        """What is left of a webhook whose types have gone with their addon."""
        gone = self.make_type()
        webhook.type_ids = gone
        gone.unlink()

    def test_ours_in_their_order(self):
        """Each says in one sentence when it is told."""
        found = self.types.search([])
        self.assertEqual(found.mapped("code"), OURS)
        for type_ in found:
            with self.subTest(code=type_.code):
                self.assertRegex(type_.description, r"^When [^.]+\.$")
                self.assertNotIn(",", type_.name, "files have them in one cell")

    def test_created_updated_what_became_of_it_and_deleted_last(self):
        places = self.types._places()
        self.make_type("order.sent", sequence=115)
        self.assertEqual(
            sorted(places, key=places.get), OURS, "it is not asked for each event"
        )
        places = self.types._places()
        self.assertEqual(sorted(places, key=places.get)[:3], [*OURS[:2], "order.sent"])

    def test_a_code_says_what_it_is_about_and_what_happened(self):
        for code in ("order", "order.", ".created", "Order.created", "order.sent.now"):
            with (
                self.subTest(code=code),
                self.assertRaisesRegex(ValidationError, "such as order.created"),
            ):
                self.make_type(code)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.make_type("order.created")

    def test_nobody_makes_one_by_hand(self):
        mine = self.make_webhook().with_user(self.manager)
        type_ = mine.type_ids
        values = {"code": "order.eaten", "name": "x", "description": "x"}
        for act in (
            lambda: type_.create(values),
            lambda: type_.write({"description": "Never."}),
            lambda: type_.unlink(),
            lambda: type_.name_create("x"),
            lambda: mine.write({"type_ids": [Command.create(values)]}),
            lambda: mine.write({"type_ids": [Command.update(type_.id, values)]}),
            lambda: mine.write({"type_ids": [Command.delete(type_.id)]}),
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertEqual(type_.code, "order.created")

    def test_a_webhook_has_at_least_one_by_whatever_door(self):
        model = self.env["nshift.webhook"].with_user(self.manager)
        values = {"name": "x", "url": "https://x.example/"}
        webhook = self.make_webhook("order.created", "order.updated")
        mine = webhook.with_user(self.manager)
        ids = webhook.type_ids.ids
        nothing = (
            False,
            [],
            [Command.clear()],
            [Command.set([])],
            [Command.unlink(id_) for id_ in ids],
        )
        doors = [lambda: model.create(values)]
        for value in nothing:
            doors += [
                lambda v=value: model.create(values | {"type_ids": v}),
                lambda v=value: model.with_context(default_type_ids=v).create(values),
                lambda v=value: mine.copy({"type_ids": v}),
                lambda v=value: mine.write({"type_ids": v}),
                lambda v=value: mine.web_save({"type_ids": v}, {}),
            ]
        for number, door in enumerate(doors):
            with (
                self.subTest(door=number),
                self.assertRaisesRegex(ValidationError, "choose at least one|missing"),
                self.cr.savepoint(),
            ):
                door()
        self.assertEqual(webhook.type_ids.ids, ids)
        form = Form(mine)
        form.type_ids.clear()
        with self.assertRaisesRegex(ValidationError, "choose at least one"):
            form.save()

    def test_a_copy_keeps_them(self):
        webhook = self.make_webhook("order.created", "shipment.done")
        self.assertEqual(webhook.copy().type_ids, webhook.type_ids)

    def test_a_file_names_them(self):
        """By their names, as files that were exported do, or by their codes."""
        model = self.env["nshift.webhook"].with_user(self.manager)
        webhook = self.make_webhook("order.created", "shipment.done")
        [[_name, exported]] = webhook.export_data(["name", "type_ids"])["datas"]
        self.assertEqual(exported, "Order created,Shipment done")
        for cell in (exported, "order.created,shipment.done"):
            found = model.load(
                ["name", "url", "type_ids"], [["x", "https://x.example/", cell]]
            )
            self.assertFalse(found["messages"])
            self.assertEqual(model.browse(found["ids"]).type_ids, webhook.type_ids)
        for cell in ("", "order.eaten"):
            found = model.load(
                ["name", "url", "type_ids"], [["x", "https://x.example/", cell]]
            )
            self.assertFalse(found["ids"])
            self.assertIn("Event types", found["messages"][0]["message"])

    def test_whoever_chooses_sees_the_sentences(self):
        webhook = self.make_webhook("order.confirmed", "order.cancelled")
        self.assertEqual(
            webhook.with_user(self.manager).type_sentences,
            "Order confirmed: When a quotation becomes an order: usual for a "
            "warehouse.\n"
            "Order cancelled: When an order is cancelled.",
        )
        [found] = self.types.with_user(self.manager).web_name_search(
            "order cancelled", {"display_name": {}}
        )
        self.assertEqual(found["display_name"], "Order cancelled")
        self.assertEqual(
            found["__formatted_display_name"],
            "Order cancelled\n--When an order is cancelled.--",
        )

    def test_names_are_shown_in_the_users_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        type_ = self.env.ref("nshift_webhooks.type_order_created")
        type_.with_context(lang="de_DE").name = "Auftrag angelegt"
        webhook = self.make_webhook()
        event = self.make_event(webhook).with_context(lang="de_DE")
        self.assertEqual(event.display_name, "Auftrag angelegt: S00001")
        [group] = event.formatted_read_group(
            [("id", "=", event.id)], ["event"], ["__count"]
        )
        self.assertEqual(group["event"], "order.created")
        field = event.fields_get(["event"])["event"]
        self.assertIn(("order.created", "Auftrag angelegt"), field["selection"])
        webhook = webhook.with_context(lang="de_DE")
        self.assertTrue(webhook.type_sentences.startswith("Auftrag angelegt: "))

    def test_webhooks_are_found_and_grouped_by_type(self):
        one = self.make_webhook("order.created", "order.updated")
        two = self.make_webhook("order.updated")
        both = [("id", "in", (one + two).ids)]
        model = self.env["nshift.webhook"]
        self.assertEqual(model.search([*both, ("type_ids", "like", "created")]), one)
        self.assertEqual(
            model.search([*both, ("type_ids", "like", "order.updated")]), one + two
        )
        groups = model._read_group(both, ["type_ids"], ["__count"])
        self.assertEqual(
            {type_.code: count for type_, count in groups},
            {"order.created": 1, "order.updated": 2},
        )

    def test_a_webhook_whose_types_have_gone_is_told_nothing(self):
        """And not of everything, as one without channels is."""
        webhook = self.make_webhook("order.created", "shipment.created")
        self.make_order()
        before = self.settle()
        self.assertTrue(before)
        self.lose_types(webhook)
        self.assertFalse(webhook.type_ids)
        self.make_order().action_confirm()
        self.assertEqual(self.settle(), before)
        self.assertFalse(self.env["nshift.webhook.interest"]._now().audiences)

    def test_it_says_so(self):
        webhook, other = self.make_webhook(), self.make_webhook()
        self.assertEqual(webhook.status, "working")
        self.lose_types(webhook)
        model = self.env["nshift.webhook"]
        self.assertEqual(webhook.status, "idle")
        domain = [("id", "in", (webhook + other).ids)]
        for status, found in (("idle", webhook), ("working", other)):
            self.assertEqual(
                model.search([*domain, ("status", "=", status)]), found, status
            )
        groups = model.formatted_read_group(domain, ["status"], ["__count"])
        self.assertEqual({group["status"] for group in groups}, {"idle", "working"})
        # what has happened before is sent, and can be held up
        self.assertFalse(webhook._silent())
        webhook.action_pause()
        self.assertEqual(webhook.status, "paused")
        webhook._enable()
        webhook.type_ids = self.env.ref("nshift_webhooks.type_order_created")
        self.assertEqual(webhook.status, "working")

    def test_what_the_log_names_keeps_its_name(self):
        gone = self.make_type(name="Quotation sent")
        webhook = self.make_webhook("order.created", "order.sent")
        archived = self.make_webhook("order.sent", active=False)
        event = self.make_event(webhook, event="order.sent")
        gone.unlink()
        self.assertEqual(webhook.type_ids.mapped("code"), ["order.created"])
        self.assertFalse(archived.with_context(active_test=False).type_ids)
        self.assertEqual(event.display_name, "Quotation sent: S00001")
        labels = dict(event.fields_get(["event"])["event"]["selection"])
        self.assertEqual(labels["order.sent"], "Quotation sent")
        for hook, left in ((webhook, "Order created"), (archived, "")):
            line = self.audit(hook)[-1]
            self.assertEqual((line.subject, line.new), ("Event types", left))
        # it cannot be chosen any more
        self.assertFalse(self.types.name_search("Quotation sent"))
        with self.assertRaisesRegex(ValidationError, "choose at least one"):
            archived.type_ids = gone
        # with its addon, it comes back
        again = self.make_type(name="Sent")
        self.assertFalse(gone.exists())
        self.assertEqual(event.display_name, "Sent: S00001")
        webhook.type_ids += again

    def test_an_event_of_a_model_that_has_gone(self):
        event = self.make_event(res_model="no.such.model", payload=False)
        event.write({"state": "failed", "failure": "payload"})
        for act in (event.action_open_record, event.action_send_again):
            with self.assertRaisesRegex(Exception, "deleted|does not exist any more"):
                act()
        for values in event.read():
            self.assertEqual(values["res_model"], "no.such.model")
