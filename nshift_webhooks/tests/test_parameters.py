from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from ..delivery.backoff import RETRY_DELAYS
from ..delivery.guard import Guard
from .common import WebhookCase

DELAYS = "nshift_webhooks.retry_delays"
HOSTS = "nshift_webhooks.internal_hosts"
HOURS = "nshift_webhooks.rotation_hours"
ENVIRONMENT = "nshift_webhooks.environment"
CONTRACT = "nshift_webhooks.contract"
KEPT = "nshift_webhooks.keep_received_days"


@tagged("post_install", "-at_install")
class TestParameters(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"]

    def test_settings(self):
        self.parameters.set_param(DELAYS, "1, 2,3")
        self.assertEqual(self.parameters._nshift_webhooks_retry_delays(), (1, 2, 3))
        self.parameters.set_param(HOSTS, "erp.internal, 10.1.0.0/16")
        guard = self.parameters._nshift_webhooks_guard()
        self.assertTrue(guard.allows("x.example", "10.1.2.3"))
        self.assertTrue(guard.allows("erp.internal", "10.9.9.9"))
        self.parameters.set_param(HOURS, "48")
        self.assertEqual(self.parameters._nshift_webhooks_rotation_hours(), 48)
        self.parameters.set_param(ENVIRONMENT, "staging")
        self.assertEqual(self.parameters._nshift_webhooks_environment(), "staging")
        self.parameters.set_param(CONTRACT, "off")
        self.assertFalse(self.parameters._nshift_webhooks_shows_contract())
        self.parameters.set_param(KEPT, "0")
        self.assertEqual(self.parameters._nshift_webhooks_kept_days(), (0, 90, 0))

    def test_usual_settings(self):
        self.assertEqual(self.parameters._nshift_webhooks_retry_delays(), RETRY_DELAYS)
        self.assertEqual(self.parameters._nshift_webhooks_guard(), Guard())
        self.assertEqual(self.parameters._nshift_webhooks_rotation_hours(), 24)
        self.assertIsNone(self.parameters._nshift_webhooks_environment())
        self.assertTrue(self.parameters._nshift_webhooks_shows_contract())
        self.assertEqual(self.parameters._nshift_webhooks_kept_days(), (30, 90, 0))

    def test_what_is_no_setting_is_refused_and_says_what_would_be(self):
        for key, value, words in (
            (DELAYS, "soon", "such as 5,300,1800"),
            (DELAYS, "1;2", "whole seconds"),
            (DELAYS, "0,5", "whole seconds"),
            (DELAYS, "-1", "whole seconds"),
            (DELAYS, "1.5", "whole seconds"),
            (HOSTS, "10.0.0.0/33", "such as erp.internal, 10.1.0.0/16"),
            (HOSTS, "10.0.0.1/8", "“10.0.0.1/8” cannot be the value"),
            (HOSTS, "*.internal", "names, addresses or networks"),
            (HOSTS, "https://erp.internal/", "names, addresses or networks"),
            (HOURS, "a day", "whole number of hours"),
            (HOURS, "0", "from 1 to 8760"),
            (ENVIRONMENT, "our shop", "one word, such as production or staging"),
            (ENVIRONMENT, "x\nY: z", "one word"),
            (CONTRACT, "yes", "“on” or “off”"),
            (KEPT, "-1", "from 1 to 3650, or 0 for ever"),
            (KEPT, "3651", "whole number of days"),
            (KEPT, "ever", "whole number of days"),
        ):
            with (
                self.subTest(key=key, value=value),
                self.assertRaisesRegex(ValidationError, words),
            ):
                self.parameters.set_param(key, value)

    def test_what_got_into_the_database_all_the_same_is_ignored(self):
        self.parameters.set_param(HOSTS, "erp.internal")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE ir_config_parameter SET value = '0.0.0.0/0, nonsense!' "
            "WHERE key = %s",
            (HOSTS,),
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        with self.assertLogs("odoo.addons.nshift_webhooks", "WARNING") as logs:
            guard = self.parameters._nshift_webhooks_guard()
        self.assertEqual(guard, Guard())
        self.assertIn(HOSTS, logs.output[0])

    def test_unknown_keys(self):
        """A key that was mistyped is refused with those that there are."""
        for key in (
            "nshift_webhooks.internal_host",
            "nshift_webhooks.Retry_Delays",
            " nshift_webhooks.retry_delays",
            "nshift_webhook.retry_delays",
            "nshift_webhooks.",
        ):
            with (
                self.subTest(key=key),
                self.assertRaisesRegex(
                    ValidationError, f"{DELAYS}, {HOSTS}, .*{HOURS}"
                ),
            ):
                self.parameters.set_param(key, "x")
        known = self.parameters.create({"key": DELAYS, "value": "5"})
        with self.assertRaisesRegex(ValidationError, "have no setting “nshift_webhook"):
            known.key = "nshift_webhooks.delays"

    def test_wrong_host_is_named(self):
        with self.assertRaisesRegex(ValidationError, "“https://b/” cannot be"):
            self.parameters.set_param(HOSTS, "a.internal, https://b/, c.internal")

    def test_how_to_allow(self):
        """Who may allow an address inside is told where, and others whom to ask."""
        manager = new_test_user(
            self.env, "webhooks_asks", "nshift_webhooks.group_webhook_manager"
        )
        admin = new_test_user(self.env, "webhooks_allows", "base.group_system")
        event = self.make_event(state="failed", failure="address")
        for user, words in (
            (manager, "ask a system administrator"),
            (admin, "allow it in Settings > General Settings > Webhooks"),
        ):
            webhook = self.make_webhook().with_user(user)
            with self.assertRaisesRegex(ValidationError, words):
                webhook.url = "https://10.1.2.3/"
            self.assertIn(words, event.with_user(user).advice)

    def test_others_parameters_may_be_anything(self):
        self.parameters.set_param("someone.else", "soon")
