from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..delivery.sender import Answer
from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestCompanies(WebhookCase):
    """Nobody sees or is told more than is their companies'."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.common = cls.make_webhook(name="common", company_id=False)
        cls.theirs = cls.make_webhook(name="theirs", company_id=cls.other.id)
        cls.manager = cls.manager_of("webhooks_mine", cls.env.company)
        cls.their_manager = cls.manager_of("webhooks_theirs", cls.other)

    @classmethod
    def manager_of(cls, login, *companies):
        return new_test_user(
            cls.env,
            login,
            "nshift_webhooks.group_webhook_manager",
            company_id=companies[0].id,
            company_ids=[Command.set([company.id for company in companies])],
        )

    def test_own_company_is_usual(self):
        """Also for who belongs to all: all companies is a choice."""
        both = self.manager_of(
            "webhooks_both", *self.env["res.company"].search([], order="id")
        )
        for user in (self.manager, both):
            form = Form(self.env["nshift.webhook"].with_user(user))
            form.name, form.url = "x", "https://x.example/"
            form.type_ids = self.env.ref("nshift_webhooks.type_order_created")
            self.assertEqual(form.save().company_id, user.company_id)

    def test_all_says_later_ones(self):
        text = self.common._fields["company_id"].help
        self.assertIn("those included that will be made later", text)

    def test_last_delivery(self):
        """What happened in another company is not the last delivery one sees."""
        mine = self.make_event(self.common, res_id=1)
        theirs = self.make_event(self.common, res_id=2, company_id=self.other.id)
        mine._record({mine.id: Answer(200)})
        theirs._record({theirs.id: Answer(500, failure="status")})
        mine.last_attempt_at = "2026-01-01 00:00:00"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.common.last_delivery, "failed")
        for user, seen in (
            (self.manager, ("delivered", "1")),
            (self.their_manager, ("failed", "1")),
        ):
            webhook = self.common.with_user(user)
            self.assertEqual((webhook.last_delivery, webhook.event_count_text), seen)

    def test_channel_names_no_other(self):
        channel = self.env["sale.channel"].create({"name": "Shop"})
        self.theirs.sale_channel_ids = channel
        user = new_test_user(
            self.env,
            "webhooks_channels",
            "sales_team.group_sale_manager,nshift_webhooks.group_webhook_user",
        )
        with self.assertRaises(UserError) as caught:
            channel.with_user(user).unlink()
        self.assertNotIn("theirs", str(caught.exception))
        self.assertIn("some that you may not see", str(caught.exception))
        mine = self.make_webhook(name="mine", sale_channel_ids=channel.ids)
        with self.assertRaises(UserError) as caught:
            channel.with_user(user).unlink()
        self.assertIn(mine.name, str(caught.exception))
        seller = new_test_user(
            self.env, "webhooks_no_rights", "sales_team.group_sale_manager"
        )
        with self.assertRaises(UserError) as caught:
            channel.with_user(seller).unlink()
        self.assertNotIn("mine", str(caught.exception))

    def test_responsible_belongs(self):
        for webhook, user in (
            (self.theirs, self.manager),
            (self.common, self.manager),
            (self.make_webhook(), self.their_manager),
            (self.make_webhook(), new_test_user(self.env, "webhooks_not")),
        ):
            with self.assertRaisesRegex(ValidationError, "cannot be responsible"):
                webhook.user_id = user
            webhook.invalidate_recordset()
        self.theirs.user_id = self.their_manager
        with self.assertRaisesRegex(ValidationError, "cannot be responsible"):
            self.theirs.company_id = self.env.company

    def test_responsible_is_offered(self):
        """The form offers those only who may see webhooks."""
        stranger = new_test_user(self.env, "webhooks_stranger", "base.group_user")
        webhooks = self.env["nshift.webhook"].with_user(self.manager)
        domain = webhooks.fields_get(["user_id"])["user_id"]["domain"]
        offered = self.env["res.users"].with_user(self.manager).search(domain)
        self.assertIn(self.manager, offered)
        self.assertNotIn(stranger, offered)

    def stop_theirs(self):
        """Have their endpoint say that it is gone, and the scheduled action look."""
        self.theirs._record_health([Answer(410, failure="status")], timedelta(0))
        incidents = self.env["nshift.webhook.incident"]
        incidents._look()
        incidents.search([])._tell()

    def test_trouble_is_told_to_all(self):
        """Where nobody is responsible, all managers of its company are told."""
        another = self.manager_of("webhooks_another", self.other)
        self.theirs.user_id = False
        self.stop_theirs()
        self.assertEqual(self.theirs.activity_ids.user_id, self.their_manager | another)

    def test_trouble_is_told_inside(self):
        """Where the responsible has left the company, somebody of it is told."""
        self.theirs.user_id = self.their_manager
        self.their_manager.write(
            {
                "company_id": self.env.company.id,
                "company_ids": [Command.set(self.env.company.ids)],
            }
        )
        another = self.manager_of("webhooks_another", self.other)
        self.stop_theirs()
        self.assertEqual(self.theirs.status, "stopped")
        self.assertEqual(self.theirs.activity_ids.user_id, another)

    def test_trouble_without_anybody(self):
        """Nobody outside is told where there is nobody."""
        self.their_manager.active = False
        admins = self.env.ref("base.group_system").all_user_ids
        for admin in admins:
            self.assertNotIn(self.other, admin.company_ids)
        self.theirs.user_id = False
        self.stop_theirs()
        self.assertEqual(self.theirs.status, "stopped")
        self.assertFalse(self.theirs.activity_ids)
        self.assertEqual(self.theirs.stopped_reason, "gone")

    def test_activities_inside(self):
        """An activity shows its webhook's name: it is for who may see the webhook."""
        for user in (self.manager, new_test_user(self.env, "webhooks_stranger")):
            with self.assertRaisesRegex(ValidationError, "may not see the webhook"):
                self.theirs.activity_schedule(
                    "mail.mail_activity_data_todo", user_id=user.id
                )
        activity = self.theirs.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.their_manager.id
        )
        with self.assertRaisesRegex(ValidationError, "may not see the webhook"):
            activity.user_id = self.manager

    def test_audit_log_of_others(self):
        """Neither their webhooks' lines, nor what is done with their orders' events."""
        event = self.make_event(
            self.common, company_id=self.other.id, res_name="THEIRS-1"
        )
        event.action_cancel()
        log = self.env["nshift.webhook.audit"]
        seen = log.with_user(self.manager).search([])
        self.assertNotIn("theirs", seen.mapped("webhook_name"))
        self.assertNotIn("THEIRS-1", str(seen.mapped("subject")))
        seen = log.with_user(self.their_manager).search([])
        self.assertIn("THEIRS-1", str(seen.mapped("subject")))

    def both(self):
        return self.manager_of("webhooks_both", self.env.company, self.other)

    def test_moving_a_webhook(self):
        """What it becomes is the new company's, and what it was the former one's."""
        webhook = self.make_webhook(name="A's", url="https://a.example/")
        webhook.user_id = self.both()
        webhook.message_subscribe(
            [self.manager.partner_id.id, webhook.user_id.partner_id.id]
        )
        webhook.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.manager.id
        )
        event = self.make_event(webhook)
        webhook.with_user(webhook.user_id).with_context(
            allowed_company_ids=[self.env.company.id, self.other.id]
        ).write(
            {
                "company_id": self.other.id,
                "name": "B's",
                "url": "https://b.example/",
            }
        )
        self.assertNotIn(self.manager.partner_id, webhook.message_partner_ids)
        self.assertFalse(webhook.activity_ids)
        self.env.invalidate_all()

        mine = event.with_user(self.manager)
        self.assertNotIn("B's", str(mine.read(["webhook_id"])))
        for act in (mine.action_send_again, mine.action_cancel):
            with self.assertRaises(AccessError):
                act()
        log = self.env["nshift.webhook.audit"]
        domain = [("webhook_number", "=", webhook.id)]
        seen = str(log.with_user(self.manager).search(domain).read())
        self.assertIn("https://a.example/", seen)
        self.assertIn("Company", seen, "that it has moved")
        self.assertNotIn("https://b.example/", seen)
        self.assertNotIn("B's", seen)
        seen = str(log.with_user(self.their_manager).search(domain).read())
        self.assertIn("https://b.example/", seen)
        self.assertNotIn("https://a.example/", seen)

    def test_names_in_dialogs(self):
        """Asking what a dialog or header would look like tells no name of others'."""
        for model in ("header", "secret", "enable", "rotate"):
            record = self.env[f"nshift.webhook.{model}"].with_user(self.manager)
            try:
                seen = str(
                    record.onchange(
                        {"webhook_id": self.theirs.id},
                        [],
                        {"webhook_id": {"fields": {"display_name": {}}}},
                    )
                )
            except UserError as error:
                seen = str(error)
            self.assertNotIn("theirs", seen)

    def test_gone_company(self):
        """Lines of a company that has been deleted are system administrators'."""
        line = self.audit(self.theirs)[:1]
        self.env.flush_all()
        self.cr.execute(
            "UPDATE nshift_webhook_audit SET company_id = NULL WHERE id = %s", line._ids
        )
        self.env.invalidate_all()
        log = self.env["nshift.webhook.audit"]
        for user in (self.manager, self.their_manager):
            self.assertNotIn(line, log.with_user(user).search([]))
        admin = new_test_user(self.env, "webhooks_root", "base.group_system")
        self.assertIn(line, log.with_user(admin).search([]))

    def test_addresses_inside_are_administrators(self):
        event = self.make_event()
        event._record(
            {event.id: Answer(failure="address", error="not public", inside="10.1.2.3")}
        )
        self.common._record_health([Answer(200, inside="10.1.2.3")], timedelta(0))
        webhook = self.common.with_user(self.manager)
        attempt = event.attempt_ids.with_user(self.manager)
        for records in (webhook, attempt, event.with_user(self.manager)):
            self.assertNotIn("10.1.2.3", str(records.read()))
        for records, name in ((webhook, "internal_address"), (attempt, "address")):
            with self.assertRaises(AccessError):
                records.read([name])
            with self.assertRaises(AccessError):
                records.search([(name, "like", "10.")])
        admin = new_test_user(self.env, "webhooks_admin", "base.group_system")
        self.assertEqual(webhook.with_user(admin).internal_address, "10.1.2.3")
        self.assertEqual(attempt.with_user(admin).address, "10.1.2.3")
        self.env["ir.config_parameter"].set_param(
            "nshift_webhooks.internal_hosts", "10.1.2.3"
        )
        self.assertTrue(webhook.is_internal)
