import json
from contextlib import nullcontext
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..delivery.sender import Answer, Sender
from ..transaction import clean_env
from ..wizards import nshift_webhook_trial
from .common import WebhookCase

MANAGER = "nshift_webhooks.group_webhook_manager"
SALES = "sales_team.group_sale_salesman_all_leads"
OWN = "sales_team.group_sale_salesman"


@tagged("post_install", "-at_install")
class TestTrying(WebhookCase):
    """The dialog that tries a webhook: what it tells of, who may, what it refuses."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the tests' database may be a copy of the one into which Odoo was installed
        cls.env["nshift.webhook.home"]._settle()
        cls.channel = cls.env["sale.channel"].create({"name": "Shop"})
        cls.webhook = cls.make_webhook(
            "order.created",
            "order.updated",
            "shipment.created",
            sale_channel_ids=[Command.link(cls.channel.id)],
        )
        cls.manager = new_test_user(cls.env, "webhooks_tries", f"{MANAGER},{SALES}")
        cls.other = cls.env["res.company"].create({"name": "Other"})

    def trial(self, user=None, webhook=None, **values):
        model = self.env["nshift.webhook.trial"].with_user(user or self.manager)
        webhook = webhook or self.webhook
        values["webhook_id"] = webhook.id
        return model.with_context(lang="en_US").create(values)

    def trial_of(self, record, user=None, **values):
        chosen = {"res_model": record._name, "res_id": record.id}
        return self.trial(user, **chosen, **values)

    def send(self, trial, answer=None):
        """Press *Send* with a receiving system that answers what it is told to."""
        sent = []

        def send(_sender, endpoint, message):
            sent.append((endpoint, message))
            return answer or Answer(200, "thanks", duration_ms=12)

        def committed(_registry):
            return nullcontext(clean_env(self.cr))

        self.env.flush_all()
        # tests/transactions has those with transactions of their own
        with (
            patch.object(Sender, "send", send),
            patch.object(nshift_webhook_trial, "committed", committed),
            self.enter_registry_test_mode(),
        ):
            action = trial.action_send()
        trial.invalidate_recordset()
        [(endpoint, message)] = sent
        return action, endpoint, json.loads(message.body)

    def type_of(self, code):
        return self.env.ref(f"nshift_webhooks.type_{code.replace('.', '_')}")

    def told_order(self, **values):
        order = self.make_order(sale_channel_id=self.channel.id, **values)
        self.env.flush_all()
        return order

    def test_latest_by_default(self):
        """It tells of the latest that the webhook is told of."""
        latest = self.told_order()
        self.make_order()
        form = Form(
            self.env["nshift.webhook.trial"]
            .with_user(self.manager)
            .with_context(default_webhook_id=self.webhook.id)
        )
        self.assertEqual(form.type_id, self.type_of("order.created"))
        self.assertEqual((form.res_model, form.res_id), ("sale.order", latest.id))
        self.assertFalse(form.hint)

    def test_what_was_chosen_stays(self):
        """Another type keeps the order; another kind of record takes the latest."""
        first, _latest = self.told_order(), self.told_order()
        trial = self.trial_of(first, type_id=self.type_of("order.created").id)
        self.assertEqual((trial.res_model, trial.res_id), ("sale.order", first.id))
        trial.type_id = self.type_of("order.updated")
        self.assertEqual((trial.res_model, trial.res_id), ("sale.order", first.id))
        trial.type_id = self.type_of("shipment.created")
        self.assertEqual((trial.res_model, trial.res_id), ("stock.picking", 0))

    def test_message(self):
        """It is like a real one, but for the mark and its number."""
        order = self.told_order()
        trial = self.trial(type_id=self.type_of("order.updated").id)
        action, endpoint, message = self.send(trial)
        real = json.loads(
            self.settle().filtered(lambda event: event.event == "order.created").payload
        )
        self.assertEqual(message["type"], "order.updated")
        self.assertEqual(message["data"]["order"]["id"], order.id)
        self.assertEqual(
            {
                name: message["data"][name]
                for name in message["data"]
                if name != "order"
            },
            {"previous": None, "reason": "updated", "test": True, "sequence": 0},
        )
        self.assertNotIn("test", real["data"])
        self.assertEqual(endpoint.url, self.webhook.url)
        self.assertEqual(endpoint.keys, (self.key_of(self.webhook),))
        self.assertEqual(action["res_id"], trial.id)
        again = self.send(trial)[2]
        self.assertNotEqual(again["id"], message["id"])

    def test_preview(self):
        """It shows the message that would be sent, and sends nothing."""
        self.told_order()
        trial = self.trial()
        self.assertFalse(trial.message)
        with patch.object(Sender, "send", side_effect=AssertionError):
            trial.action_preview()
        shown = json.loads(trial.message)
        sent = self.send(trial)[2]
        self.assertEqual(shown["data"], sent["data"])
        self.assertEqual(shown["type"], sent["type"])
        trial.action_preview()
        self.assertFalse(trial.message)

    def test_would_not_be_told(self):
        """It says so, and is sent all the same."""
        self.webhook.order_domain = "[('client_order_ref', '=', 'yes')]"
        order = self.make_order(client_order_ref="no")
        trial = self.trial_of(order)
        self.assertIn(f"would not be told of “{order.name}”: ", trial.hint)
        self.assertIn("order channel is none of the webhook's", trial.hint)
        self.assertIn("does not meet the webhook's conditions", trial.hint)
        self.assertEqual(self.send(trial)[2]["data"]["order"]["id"], order.id)
        order.write({"client_order_ref": "yes", "sale_channel_id": self.channel.id})
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(trial.hint)

    def test_no_order_yet(self):
        trial = self.trial()
        self.assertFalse(trial.res_id)
        self.assertIn("make one first", trial.hint)
        with self.assertRaisesRegex(UserError, "make one first"):
            self.send(trial)

    def test_another_kind(self):
        """A type of shipments does not tell of a receipt."""
        receipt = self.env["stock.picking"].create(
            {"picking_type_id": self.env.ref("stock.picking_type_in").id}
        )
        self.manager.group_ids += self.env.ref("stock.group_stock_user")
        trial = self.trial_of(receipt, type_id=self.type_of("shipment.created").id)
        self.assertIn("does not tell of", trial.hint)
        with self.assertRaisesRegex(UserError, "does not tell of"):
            self.send(trial)

    def test_types_of_the_webhook(self):
        self.told_order()
        trial = self.trial(type_id=self.type_of("order.deleted").id)
        with self.assertRaisesRegex(UserError, "event types that the webhook"):
            self.send(trial)

    def test_another_company(self):
        """What belongs to another company than the webhook is refused."""
        self.manager.company_ids += self.other
        order = self.told_order()
        self.cr.execute(
            "UPDATE sale_order SET company_id = %s WHERE id = %s",
            (self.other.id, order.id),
        )
        self.env.invalidate_all()
        trial = self.trial_of(order).with_context(
            allowed_company_ids=[self.env.company.id, self.other.id]
        )
        self.assertIn("belongs to another company", trial.hint)
        with self.assertRaisesRegex(UserError, "belongs to another company"):
            self.send(trial)

    def test_what_one_may_not_read(self):
        """Neither message nor name of it is had, and it is no default."""
        theirs = self.told_order(user_id=self.env.ref("base.user_admin").id)
        seller = new_test_user(self.env, "webhooks_seller", f"{MANAGER},{OWN}")
        self.assertFalse(self.trial(seller).res_id)
        mine = self.told_order(user_id=seller.id)
        self.told_order(user_id=self.env.ref("base.user_admin").id)
        self.assertEqual(self.trial(seller).res_id, mine.id)
        trial = self.trial_of(theirs, seller, is_previewed=True)
        self.assertFalse(trial.message)
        [seen] = trial.web_read(
            {"res_id": {"fields": {"display_name": {}}}, "hint": {}}
        )
        self.assertNotIn(theirs.name, str(seen).replace(seen["hint"], ""))
        with self.assertRaises(AccessError):
            self.send(trial)

    def test_who_may_read_no_order(self):
        """The latest is taken: they read its messages in the log."""
        bare = new_test_user(self.env, "webhooks_bare", MANAGER)
        self.assertIn("have one made first", self.trial(bare).hint)
        first, latest = self.told_order(), self.told_order()
        trial = self.trial_of(first, bare)
        self.assertFalse(trial.may_choose)
        self.assertEqual(self.send(trial)[2]["data"]["order"]["id"], latest.id)

    def test_who_may(self):
        """Only who may manage the webhook, and only the dialog of one's own."""
        self.told_order()
        reader = new_test_user(self.env, "r", "nshift_webhooks.group_webhook_user")
        colleague = new_test_user(self.env, "webhooks_other", f"{MANAGER},{SALES}")
        theirs = self.make_webhook(company_id=self.other.id)
        trial = self.trial()
        for act in (
            self.webhook.with_user(reader).action_test,
            theirs.with_user(self.manager).action_test,
            lambda: self.trial(reader),
            lambda: self.trial(webhook=theirs),
            lambda: self.send(trial.with_user(reader)),
            lambda: self.send(trial.with_user(colleague)),
            trial.with_user(colleague).action_preview,
        ):
            with self.assertRaises(AccessError):
                act()
        with self.assertRaises(UserError):
            trial.webhook_id = self.make_webhook()
        action = self.webhook.with_user(self.manager).action_test()
        self.assertEqual(action["context"], {"default_webhook_id": self.webhook.id})

    def test_off(self):
        """It works for a webhook that is paused, stopped or archived."""
        self.told_order()
        for state in (
            {"paused_at": "2026-01-01"},
            {"paused_at": None, "stopped_at": "2026-01-01", "stopped_reason": "gone"},
        ):
            self.webhook._write_health(**state)
            self.assertTrue(self.send(self.trial())[2])
        self.webhook.active = False
        self.assertTrue(self.send(self.trial())[2])

    def test_copy(self):
        """Nothing is sent from a copy of the database; a preview is shown."""
        self.told_order()
        trial = self.trial(is_previewed=True)
        self.env["ir.config_parameter"].set_param(
            "nshift_webhooks.home_database", "x original"
        )
        with self.assertRaisesRegex(UserError, "a copy of “original”"):
            self.send(trial)
        self.assertTrue(trial.message)

    def test_neutralized(self):
        """Nothing is sent where the secrets were wiped."""
        self.told_order()
        self.webhook.active = False
        self.env["nshift.webhook.vault"]._drop(self.webhook, ["secret"])
        with self.assertRaisesRegex(UserError, "has no signing secret"):
            self.send(self.trial())

    def test_answer(self):
        """It is shown with what it means; the log's own words for a failure."""
        self.told_order()
        trial = self.trial()
        self.send(trial)
        self.assertEqual(trial.result, "Answered 200 · Received · 0.01 seconds")
        self.assertIn("counts as received", trial.advice)
        self.assertEqual(trial.response_body, "thanks")
        page = "<html><body><h1>Gone</h1></body></html>"
        refused = Answer(410, page, "status", "Gone", 5)
        self.send(trial, refused)
        self.assertEqual(trial.result, "Answered 410 · Refused · 0.01 seconds")
        self.assertEqual(trial.response_body, "Gone")
        event = self.make_event(self.webhook)
        event._record({event.id: refused})
        self.assertEqual(trial.advice, event.advice)
        self.send(trial, Answer(failure="dns", error="no such host"))
        self.assertEqual(trial.result, "Host not found · 0.00 seconds")
        self.assertFalse(trial.response_code)

    def test_nothing_else(self):
        """No event, no number, no health; a line in the audit log without a secret."""
        order = self.told_order()
        self.settle().unlink()
        self.env.cr.execute("SELECT count(*) FROM nshift_webhook_sequence")
        before = self.env.cr.fetchone()
        self.send(self.trial(), Answer(410, "gone", "status", "Gone", 5))
        self.assertFalse(self.settle())
        self.env.cr.execute("SELECT count(*) FROM nshift_webhook_sequence")
        self.assertEqual(self.env.cr.fetchone(), before)
        self.assertEqual(self.webhook.status, "working")
        self.assertFalse(self.webhook.last_failure)
        line = self.audit(self.webhook)[-1]
        self.assertEqual((line.action, line.user_id), ("tested", self.manager))
        self.assertEqual(line.subject, f"Order created: {order.name}")
        self.assertEqual(line.new, "Answered 410 · Refused · 0.01 seconds")
        self.assertNotIn("whsec_", str(line.read()))

    def test_audit_of_all_companies(self):
        """Whose orders one does not see, one does not read of in the audit log."""
        self.webhook.company_id = False
        self.manager.company_ids = self.env["res.company"].search([])
        self.told_order()
        self.send(self.trial())
        self.assertEqual(self.audit(self.webhook)[-1].company_id, self.env.company)

    def test_wiped(self):
        """Where messages are wiped, the answer to a received one is not kept."""
        self.told_order()
        self.webhook.wipe_messages = True
        trial = self.trial()
        self.send(trial)
        self.assertFalse(trial.response_body)
        self.send(trial, Answer(400, "why", "status", "Bad Request"))
        self.assertEqual(trial.response_body, "why")

    def test_cannot_be_built(self):
        """It says so, and sends nothing."""
        self.told_order()
        trial = self.trial()

        def fail(_self, _event, _change):
            raise KeyError("x")

        with (
            patch.object(type(self.env["sale.order"]), "_nshift_webhook_data", fail),
            self.assertLogs("odoo.addons.nshift_webhooks.transaction", "ERROR"),
            self.assertRaisesRegex(UserError, "cannot be built: KeyError"),
        ):
            self.send(trial)

    def test_nonsense(self):
        for values in (
            {"res_model": "res.users"},
            {"res_model": "nonsense"},
            {"res_id": 2**40},
            {"res_id": -1},
            {"type_id": 2**31 - 1},
            {"response_code": 200},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self.trial(**values)
