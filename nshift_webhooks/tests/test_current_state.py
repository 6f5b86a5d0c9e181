from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import WebhookCase

MANAGER = "nshift_webhooks.group_webhook_manager"
SALES = "sales_team.group_sale_salesman_all_leads"


@tagged("post_install", "-at_install")
class TestCurrentState(WebhookCase):
    """The dialog that sends the current state: how much it says, and who may."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.channel = cls.env["sale.channel"].create({"name": "Current state"})
        cls.webhook = cls.make_webhook(
            "order.updated", sale_channel_ids=[Command.link(cls.channel.id)]
        )
        cls.other = cls.env["res.company"].create({"name": "Other"})

    def dialog(self, user=None, **context):
        model = self.env["nshift.webhook.load.dialog"].with_context(**context)
        return model.with_user(user) if user else model

    def orders(self, count=2):
        orders = self.env["sale.order"]
        for _number in range(count):
            orders |= self.make_order(sale_channel_id=self.channel.id)
        self.env.flush_all()
        return orders

    def selected(self, records):
        return {"active_model": records._name, "active_ids": records.ids}

    def test_nothing_is_said_where_nothing_was_sent(self):
        self.assertIs(Form(self.env["nshift.webhook"]).load_text, False)
        self.assertIs(self.webhook.load_text, False)

    def test_how_many_as_the_choice_changes(self):
        old, _new = self.orders()
        self.env.cr.execute(
            "UPDATE sale_order SET write_date = '2020-01-01' WHERE id = %s", (old.id,)
        )
        self.env.cr.execute(
            "UPDATE sale_order_line SET write_date = '2020-01-01' WHERE order_id = %s",
            (old.id,),
        )
        self.env.cr.execute(
            "UPDATE res_partner SET write_date = '2020-01-01' WHERE id = %s",
            (self.customer.id,),
        )
        form = Form(self.dialog(default_webhook_id=self.webhook.id))
        self.assertEqual(form.count_text, "Sales Order: 2")
        form.what = "since"
        self.assertEqual(form.count_text, "Sales Order: 1")
        form.since = "2019-01-01 00:00:00"
        self.assertEqual(form.count, 2)
        dialog = form.save()
        said = dialog.action_start()
        self.assertIn("in the background", said["params"]["message"])
        self.assertIn("Records: 0 of 2", self.webhook.load_text)
        line = self.audit(self.webhook)[-1]
        self.assertEqual((line.action, line.new), ("state_sent", "Records: 2"))
        self.assertIn("since", line.subject)

    def test_a_selection_says_what_is_left_out(self):
        orders = self.orders(1) | self.make_order()
        form = Form(self.dialog(**self.selected(orders)))
        form.webhook_id = self.webhook
        self.assertEqual(form.count, 1)
        self.assertIn("To the others", form.hint)
        form.save().action_start()
        self.assertIn("Records: 0 of 1", self.webhook.load_text)

    def test_what_was_chosen_can_be_chosen_once_more(self):
        """After an answer that says what is wrong."""
        other = self.make_webhook("order.created")
        dialog = self.dialog(**self.selected(self.orders())).create(
            {"webhook_id": other.id}
        )
        with self.assertRaisesRegex(UserError, "not told of updates"):
            dialog.action_start()
        dialog.webhook_id = self.webhook
        dialog.action_start()
        self.assertTrue(self.webhook.is_loading)

    def test_advice(self):
        self.orders()
        for webhook, hint in (
            (self.make_webhook("order.created"), "not told of updates"),
            (self.webhook, False),
        ):
            form = Form(self.dialog(default_webhook_id=webhook.id))
            self.assertIn(hint or "", form.hint or "")
            self.assertEqual(bool(form.hint), bool(hint))
        self.webhook.action_pause()
        form = Form(self.dialog(default_webhook_id=self.webhook.id))
        self.assertIn("Nothing is sent", form.hint)
        form.save().action_start()
        form = Form(self.dialog(default_webhook_id=self.webhook.id))
        self.assertIn("Records: 0 of 2", form.hint)

    def test_nothing_to_send(self):
        dialog = self.dialog().create({"webhook_id": self.webhook.id})
        with self.assertRaisesRegex(UserError, "nothing of that"):
            dialog.action_start()
        dialog.write({"what": "since", "since": False})
        with self.assertRaisesRegex(UserError, "since when"):
            dialog.action_start()

    def test_who_finds_it_in_the_menu(self):
        users = {
            "manager": new_test_user(self.env, "state_manager", f"{MANAGER},{SALES}"),
            "seller": new_test_user(self.env, "state_seller", SALES),
        }
        for model, action in (
            ("sale.order", "nshift_webhook_load_orders_action"),
            ("stock.picking", "nshift_webhook_load_deliveries_action"),
        ):
            expected = self.env.ref(f"nshift_webhooks.{action}").id
            for name, user in users.items():
                actions = self.env["ir.actions.actions"].with_user(user)
                bound = actions.get_bindings(model).get("action", ())
                with self.subTest(model=model, user=name):
                    self.assertEqual(
                        expected in [each["id"] for each in bound], name == "manager"
                    )

    def test_nobody_sends_what_they_may_not_see(self):
        mine = self.orders()
        theirs = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "company_id": self.other.id}
        )
        manager = new_test_user(self.env, "state_mine", f"{MANAGER},{SALES}")
        bare = new_test_user(self.env, "state_bare", MANAGER)
        values = {"webhook_id": self.webhook.id}
        for user, records in ((manager, mine | theirs), (bare, mine)):
            dialog = self.dialog(user, **self.selected(records)).create(values)
            for door in (dialog.action_start, lambda d=dialog: d.read(["count"])):
                with self.assertRaises(AccessError):
                    door()
        self.dialog(manager, **self.selected(mine)).create(values).action_start()
        self.assertTrue(self.webhook.is_loading)

    def test_nobody_has_a_webhook_told_that_they_may_not_manage(self):
        common = self.make_webhook("order.updated", company_id=False)
        manager = new_test_user(self.env, "state_one", f"{MANAGER},{SALES}")
        user = new_test_user(
            self.env, "state_user", f"nshift_webhooks.group_webhook_user,{SALES}"
        )
        self.orders()
        for webhook, who in ((common, manager), (self.webhook, user)):
            record = webhook.with_user(who)
            for door in (
                record.action_send_current_state,
                record._send_current_state,
                record.action_stop_load,
                lambda r=record: self.dialog(r.env.user).create({"webhook_id": r.id}),
            ):
                with self.assertRaises(AccessError):
                    door()

    def test_a_selection_of_nonsense(self):
        for context in (
            {"active_model": "sale.order", "active_ids": "all"},
            {"active_model": "sale.order", "active_ids": [None]},
            {"active_model": "sale.order"},
        ):
            dialog = self.dialog(**context).create({"webhook_id": self.webhook.id})
            with self.assertRaisesRegex(UserError, "Select what"):
                dialog.action_start()
        for name in ("res.users", "no.model", 7):
            dialog = self.dialog(active_model=name, active_ids=[1])
            dialog = dialog.create({"webhook_id": self.webhook.id})
            self.assertFalse(dialog.has_selection)

    def test_everything_in_a_long_list(self):
        """A list sends no more ids than Odoo's limit, and what it was searched for."""
        orders = self.orders(3)
        self.env["ir.config_parameter"].set_param("web.active_ids_limit", "2")
        domain = [("sale_channel_id", "=", self.channel.id)]
        dialog = self.dialog(**self.selected(orders[:2]), active_domain=domain)
        dialog = dialog.create({"webhook_id": self.webhook.id})
        self.assertEqual(dialog.count, 3)
