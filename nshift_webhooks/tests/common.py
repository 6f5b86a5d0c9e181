from odoo import Command
from odoo.tests import TransactionCase

EVENTS = ["order.created", "order.updated", "order.deleted", "shipment.created"]


def type_ids(env, *codes):
    """Return the ids of types of events."""
    types = env["nshift.webhook.type"].search([("code", "in", codes)])
    assert len(types) == len(codes), codes
    return types.ids


class WebhookCase(TransactionCase):
    """A customer, a storable product, and what makes orders and webhooks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # whatever the database brings along is not to be told of
        cls.env["nshift.webhook"].search([]).active = False
        cls.env["ir.config_parameter"].set_param(
            "nshift_webhooks.internal_hosts", False
        )
        cls.customer = cls.env["res.partner"].create(
            {
                "name": "Ærø Skibsværft 🚢",
                "is_company": True,
                "ref": "C-17",
                "vat": "DK12345674",
                "email": "ship@example.com",
                "phone": "+45 62 52 00 00",
                "street": "Havnen 1",
                "zip": "5970",
                "city": "Ærøskøbing",
                "country_id": cls.env.ref("base.dk").id,
                "lang": "en_US",
            }
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Lamp",
                "default_code": "LAMP-1",
                "barcode": "5701234567892",
                "is_storable": True,
                "list_price": 100,
                "weight": 2.5,
                "taxes_id": False,
            }
        )

    @classmethod
    def make_webhook(cls, *events, **values):
        events = events or ["order.created"]
        return cls.env["nshift.webhook"].create(
            {
                "name": ", ".join(events),
                "url": "https://example.com/hook",
                "type_ids": type_ids(cls.env, *events),
                **values,
            }
        )

    def make_order(self, quantity=2, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": quantity}
                    )
                ],
                **values,
            }
        )

    def unit_as_told(self):
        """What the company calls the product's unit."""
        lang = self.env.company.partner_id.lang
        return self.product.uom_id.with_context(lang=lang).name

    def make_event(self, webhook=None, **values):
        """Make an event as the outbox does."""
        webhook = webhook or self.make_webhook()
        number = self.env["nshift.webhook.event"].search_count([])
        return self.env["nshift.webhook.event"].create(
            {
                "webhook_id": webhook.id,
                "event": webhook.type_ids[0].code,
                "company_id": self.env.company.id,
                "message_id": f"msg_test_{webhook.id}_{number}",
                "happened_at": "2026-01-02 03:04:05",
                "next_attempt_at": "2026-01-02 03:04:05",
                "payload": '{"id":"1","data":{"name":"Ærø"}}',
                "res_model": "sale.order",
                "res_id": 1,
                "res_name": "S00001",
                **values,
            }
        )

    def key_of(self, webhook, name="secret"):
        """Return what the vault has for a webhook; None if it has nothing."""
        vault = self.env["nshift.webhook.vault"]
        return vault._take(webhook, name).get(webhook.id)

    def audit(self, webhook):
        """Return the lines of the audit log on a webhook, oldest first."""
        return (
            self.env["nshift.webhook.audit"]
            .sudo()
            .search([("webhook_number", "=", webhook.id)], order="id")
        )

    def settle(self):
        """Write the events of this transaction, as a commit would."""
        self.env.cr.flush()
        return self.env["nshift.webhook.event"].search([], order="id")
