import json

from odoo.tests import tagged

from .. import contract
from .common import WebhookCase

TYPE = {
    "code": "invoice.created",
    "name": "Invoice created",
    "description": "When an invoice is made.",
}


@tagged("post_install", "-at_install")
class TestContract(WebhookCase):
    """The description for developers: that anybody may read it, tests/e2e shows."""

    def document(self):
        found = self.env["nshift.webhook.contract"]._document(contract.newest())
        return json.loads(found.body)

    def test_types(self):
        """It has the types of other addons, as long as these are there."""
        before = self.document()
        self.assertLessEqual(set(contract.TYPES), before["webhooks"].keys())
        self.assertNotIn("invoice.created", before["webhooks"])
        type_ = self.env["nshift.webhook.type"].create(TYPE)
        told = self.document()
        operation = told["webhooks"]["invoice.created"]["post"]
        self.assertEqual(operation["description"], "When an invoice is made.")
        self.assertTrue(told["components"]["schemas"]["data"]["additionalProperties"])
        type_.unlink()
        self.assertEqual(self.document(), before)

    def test_language(self):
        """It is in English, as messages are, whoever has asked first."""
        self.env["res.lang"]._activate_lang("sv_SE")
        type_ = self.env.ref("nshift_webhooks.type_order_created")
        type_.with_context(lang="sv_SE").description = "På svenska."
        self.env.registry.clear_cache()
        model = self.env["nshift.webhook.contract"].with_context(lang="sv_SE")
        self.assertNotIn("På svenska".encode(), model._document("1").body)

    def test_kept(self):
        """It is made once."""
        model = self.env["nshift.webhook.contract"]
        made = model._document("1")
        with self.assertQueryCount(0):
            self.assertIs(model._document("1"), made)

    def test_address(self):
        webhook = self.make_webhook()
        self.assertRegex(webhook.contract_url, "^http.*/webhooks/contract/1$")
        self.env["ir.config_parameter"].set_param("nshift_webhooks.contract", "off")
        webhook.invalidate_recordset()
        self.assertFalse(webhook.contract_url)
