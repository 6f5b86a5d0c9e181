from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from ..models.ir_config_parameter import MONITORING_PARAMETER
from ..monitoring import token
from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestMonitoringToken(WebhookCase):
    """The token that opens the addresses of monitoring: see tests/e2e for these."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "webhooks_watches", "base.group_system")
        cls.parameters = cls.env["ir.config_parameter"].with_user(cls.admin)
        cls.parameters.set_param(MONITORING_PARAMETER, False)

    def dialog(self, user=None):
        model = self.env["nshift.webhook.monitoring.token"]
        return model.with_user(user or self.admin).create({})

    def made(self):
        return self.dialog().action_make()["context"]["default_token"]

    def words(self, user=None):
        settings = self.env["res.config.settings"].with_user(user or self.admin)
        return settings.new({}).nshift_webhook_monitoring_words

    def test_made(self):
        """It is shown once, and only its digest is kept."""
        self.assertIn("Off", self.words())
        made = self.made()
        kept = self.parameters.get_param(MONITORING_PARAMETER)
        self.assertTrue(token.opens(f"Bearer {made}", kept))
        self.assertNotIn(made, kept)
        self.assertFalse(self.dialog().token)
        self.assertTrue(self.dialog().is_on)
        self.assertIn("/webhooks/metrics", self.words())

    def test_replaced(self):
        first, second = self.made(), self.made()
        kept = self.parameters._nshift_webhooks_monitoring()
        self.assertFalse(token.opens(f"Bearer {first}", kept))
        self.assertTrue(token.opens(f"Bearer {second}", kept))

    def test_switched_off(self):
        self.made()
        self.dialog().action_switch_off()
        self.assertIsNone(self.parameters._nshift_webhooks_monitoring())
        self.assertFalse(self.dialog().is_on)

    def test_audited(self):
        """Who has made and removed it is written down, and nothing that opens."""
        made = self.made()
        self.dialog().action_switch_off()
        audit = self.env["nshift.webhook.audit"]
        lines = audit.search([("subject", "=", MONITORING_PARAMETER)], limit=2)
        self.assertEqual(lines.mapped("action"), ["parameter"] * 2)
        self.assertEqual(lines.user_id, self.admin)
        self.assertNotIn(made, f"{lines.mapped('old')}{lines.mapped('new')}")

    def test_others(self):
        manager = new_test_user(
            self.env, "webhooks_peeps", "nshift_webhooks.group_webhook_manager"
        )
        with self.assertRaises(AccessError):
            self.dialog(manager)
        ours = self.dialog().with_user(manager)
        for act in (ours.action_make, ours.action_switch_off):
            with self.assertRaises(AccessError):
                act()
        self.assertFalse(self.words(manager))

    def test_given_as_a_parameter(self):
        """A token that is entered where its digest is kept is refused, unrepeated."""
        with self.assertRaisesRegex(ValidationError, "only its digest") as caught:
            self.parameters.set_param(MONITORING_PARAMETER, "my-own-token")
        self.assertNotIn("my-own-token", str(caught.exception))
