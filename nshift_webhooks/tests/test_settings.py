from contextlib import suppress

from lxml import etree

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, new_test_user, tagged

from ..delivery.backoff import RETRY_DELAYS
from ..models.ir_config_parameter import DEFAULTS, READERS, setting_of
from .common import WebhookCase

DELAYS = "nshift_webhooks.retry_delays"
HOSTS = "nshift_webhooks.internal_hosts"
HOURS = "nshift_webhooks.rotation_hours"
CONTRACT = "nshift_webhooks.contract"


@tagged("post_install", "-at_install")
class TestSettings(WebhookCase):
    """The page with the settings of webhooks, which system parameters keep."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "webhooks_sets", "base.group_system")
        cls.parameters = cls.env["ir.config_parameter"].with_user(cls.admin)
        for key in READERS:
            cls.parameters.set_param(key, False)

    def page(self, user=None):
        settings = self.env["res.config.settings"].with_user(user or self.admin)
        return Form(settings.with_context(lang="en_US"))

    def save(self, **values):
        """Enter values, by the fields' names without their beginning, and save."""
        with self.page() as page:
            for name, value in values.items():
                setattr(page, f"nshift_webhook_{name}", value)
        page.record.execute()

    def test_saved(self):
        self.save(
            retry_delays=" 5, 60 ",
            internal_hosts="erp.internal,\n10.1.0.0/16",
            rotation_hours="48",
        )
        self.assertEqual(self.parameters.get_param(DELAYS), "5, 60")
        self.assertEqual(self.parameters._nshift_webhooks_retry_delays(), (5, 60))
        self.assertTrue(
            self.parameters._nshift_webhooks_guard().allows("x.example", "10.1.2.3")
        )
        self.assertEqual(self.parameters._nshift_webhooks_rotation_hours(), 48)
        page = self.page()
        self.assertEqual(page.nshift_webhook_retry_delays, "5, 60")
        self.assertEqual(page.nshift_webhook_rotation_hours, "48")

    def test_emptied(self):
        """What is emptied has its default again."""
        self.save(retry_delays="5", internal_hosts="a.internal", rotation_hours="1")
        self.save(retry_delays=" ", internal_hosts=False, rotation_hours="")
        for key, default in DEFAULTS.items():
            self.assertFalse(self.parameters.search([("key", "=", key)]), key)
            self.assertEqual(self.parameters._nshift_webhooks_read(key), default)

    def test_refused(self):
        for values, words in (
            ({"retry_delays": "soon"}, r"Retry schedule \(.*“soon” cannot be"),
            ({"internal_hosts": "https://x/"}, "neither ranges nor URLs"),
            ({"rotation_hours": "2 days"}, "whole number of hours"),
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(ValidationError, words),
            ):
                self.save(**values)

    def test_audited(self):
        """Who has changed what is in the audit log; what is not changed is not."""
        self.save(rotation_hours="48")
        self.save(retry_delays="5,60")
        lines = self.env["nshift.webhook.audit"].search(
            [("user_id", "=", self.admin.id), ("subject", "in", list(READERS))],
            order="id",
        )
        self.assertEqual(
            lines.mapped(lambda line: (line.subject, line.old, line.new)),
            [(HOURS, False, "48"), (DELAYS, False, "5,60")],
        )

    def test_old_fault(self):
        """What is wrong in the database is shown, and stops nobody from saving else."""
        self.parameters.set_param(HOURS, "48")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE ir_config_parameter SET value = ' long ' WHERE key = %s", (HOURS,)
        )
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertIn(
            "whole number of hours", self.page().nshift_webhook_rotation_hours_fault
        )
        self.save(retry_delays="7")
        self.assertEqual(self.parameters.get_param(DELAYS), "7")

    def test_old_choice(self):
        """What is no choice in the database is none on the page, which opens."""
        self.parameters.set_param(CONTRACT, "off")
        self.env.flush_all()
        self.cr.execute(
            "UPDATE ir_config_parameter SET value = 'no' WHERE key = %s", (CONTRACT,)
        )
        self.env.invalidate_all()
        self.env.registry.clear_all_caches()
        self.assertFalse(self.page().nshift_webhook_contract)
        self.save(retry_delays="7")
        self.assertFalse(self.parameters.get_param(CONTRACT))

    def test_words(self):
        page = self.page()
        self.assertEqual(
            page.nshift_webhook_retry_delays_words,
            "10 attempts over about 3 days: at once, then after 5 seconds, 5 minutes, "
            "30 minutes, 2 hours, 5 hours, 10 hours, 14 hours, 20 hours, 24 hours. "
            "Then the message is given up.",
        )
        self.assertIn("public addresses only", page.nshift_webhook_internal_hosts_words)
        self.assertIn("has 24 hours to", page.nshift_webhook_rotation_hours_words)
        self.assertIn("do not say which", page.nshift_webhook_environment_words)
        self.assertIn("/webhooks/contract", page.nshift_webhook_contract_words)
        self.assertIn("removed 30 days", page.nshift_webhook_keep_received_days_words)
        self.assertIn("removed 90 days", page.nshift_webhook_keep_failed_days_words)
        self.assertIn("as long as", page.nshift_webhook_keep_messages_days_words)
        page.nshift_webhook_keep_received_days = "0"
        self.assertIn("for ever", page.nshift_webhook_keep_received_days_words)
        page.nshift_webhook_environment = "our shop"
        self.assertIn("one word", page.nshift_webhook_environment_fault)
        page.nshift_webhook_environment = "staging"
        self.assertIn(": staging", page.nshift_webhook_environment_words)
        page.nshift_webhook_contract = "off"
        self.assertEqual(page.nshift_webhook_contract_words, "Nobody can read it.")
        page.nshift_webhook_retry_delays = "60,3600"
        self.assertEqual(
            page.nshift_webhook_retry_delays_words,
            "3 attempts over about 61 minutes: at once, then after 60 seconds, "
            "60 minutes. Then the message is given up.",
        )
        page.nshift_webhook_retry_delays = ",".join(["1"] * 50)
        self.assertIn("51 attempts over", page.nshift_webhook_retry_delays_words)
        self.assertIn("1 second, …. Then", page.nshift_webhook_retry_delays_words)
        page.nshift_webhook_internal_hosts = "erp.internal, b.internal, 10.1.0.0/16"
        self.assertIn(
            "Names allowed: 2. Addresses allowed: 65,536.",
            page.nshift_webhook_internal_hosts_words,
        )
        # of the one that is chosen from a list, nothing else can be entered
        for name in ("retry_delays", "internal_hosts", "rotation_hours", "environment"):
            setattr(page, f"nshift_webhook_{name}", "!")
            self.assertIn("“!” cannot be", page[f"nshift_webhook_{name}_fault"])
            self.assertFalse(page[f"nshift_webhook_{name}_words"])

    def test_view(self):
        """Each parameter is on the page, with its default."""
        view = self.env["res.config.settings"].with_user(self.admin).get_view()
        [app] = etree.fromstring(view["arch"]).xpath("//app[@name='nshift_webhooks']")
        shown = {
            field.get("name"): field.get("placeholder") for field in app.iter("field")
        }
        self.assertEqual(shown[setting_of(DELAYS)], ",".join(map(str, RETRY_DELAYS)))
        self.assertEqual(shown[setting_of(HOURS)], str(DEFAULTS[HOURS]))
        for key in READERS:
            for part in ("", "_words", "_fault"):
                self.assertIn(setting_of(key) + part, shown)

    def test_rights(self):
        """Nobody but system administrators sees or changes anything, by any door."""
        self.save(internal_hosts="erp.internal", retry_delays="5")
        manager = new_test_user(
            self.env,
            "webhooks_peeps",
            "nshift_webhooks.group_webhook_manager,base.group_erp_manager",
        )
        settings = self.env["res.config.settings"].with_user(manager)
        theirs = self.page().save()
        for act in (
            lambda: settings.create({"nshift_webhook_internal_hosts": "b"}),
            lambda: theirs.with_user(manager).read(["nshift_webhook_internal_hosts"]),
            lambda: theirs.with_user(manager).set_values(),
        ):
            with self.assertRaises(AccessError):
                act()
        self.assertNotIn("erp.internal", str(settings.default_get(settings._fields)))
        self.assertNotIn("erp.internal", str(settings.get_values()))
        with suppress(AccessError):
            settings.browse().set_values()
        self.assertEqual(self.parameters.get_param(HOSTS), "erp.internal")
        self.assertEqual(self.parameters.get_param(DELAYS), "5")
