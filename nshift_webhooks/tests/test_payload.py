import json

from odoo import Command
from odoo.tests import tagged

from odoo.addons.nshift_webhooks.payload.html import plain_text

from .common import WebhookCase


@tagged("post_install", "-at_install")
class TestPayload(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.maxDiff = None
        cls.channel = cls.env["sale.channel"].create({"name": "Shop"})
        cls.tax = cls.env["account.tax"].create(
            {"name": "Moms 25%", "amount": 25, "type_tax_use": "sale"}
        )
        cls.carrier = cls.env["delivery.carrier"].create(
            {
                "name": "Ferry",
                "product_id": cls.env["product.product"]
                .create({"name": "Freight", "type": "service"})
                .id,
            }
        )
        cls.warehouse_door = cls.env["res.partner"].create(
            {
                "name": "Door 3",
                "parent_id": cls.customer.id,
                "type": "delivery",
                "street": "Havnen 3",
                "country_id": cls.env.ref("base.dk").id,
            }
        )

    def order_with_everything(self):
        order = self.make_order(
            quantity=3,
            sale_channel_id=self.channel.id,
            client_order_ref="PO-1",
            origin="Fair",
            reference="RF18",
            carrier_id=self.carrier.id,
            partner_shipping_id=self.warehouse_door.id,
            commitment_date="2026-02-03 10:00:00",
            validity_date="2026-03-04",
            date_order="2026-01-02 03:04:05",
            signed_by="Ærø",
            signed_on="2026-01-03 08:00:00",
            note="<p>Pay <b>soon</b></p><p>or never</p>",
            picking_policy="one",
            incoterm=self.env.ref("account.incoterm_EXW").id,
            incoterm_location="Aarhus",
            **{
                name: self.env[model].create(values).id
                for name, model, values in (
                    ("team_id", "crm.team", {"name": "Web"}),
                    ("source_id", "utm.source", {"name": "Fair in May"}),
                    ("medium_id", "utm.medium", {"name": "Leaflet"}),
                    ("campaign_id", "utm.campaign", {"title": "Summer"}),
                )
            },
            tag_ids=[
                Command.create({"name": "Urgent"}),
                Command.create({"name": "Gift"}),
            ],
        )
        order.order_line.write(
            {
                "price_unit": 33.3333,
                "discount": 10,
                "tax_ids": self.tax.ids,
                "customer_lead": 4,
            }
        )
        order.order_line = [
            Command.create({"display_type": "line_note", "name": "Handle with care"})
        ]
        return order

    def message_of(self, record):
        """The message as the receiver parses it."""
        event = self.settle().filtered(
            lambda event: (event.res_model, event.res_id) == (record._name, record.id)
        )
        return json.loads(event.payload)["data"]

    def test_the_whole_order(self):
        self.make_webhook()
        order = self.order_with_everything()
        payload = self.message_of(order)["order"]
        company = order.company_id
        customer = {
            "id": self.customer.id,
            "name": "Ærø Skibsværft 🚢",
            "is_company": True,
            "company_name": "Ærø Skibsværft 🚢",
            "reference": "C-17",
            "vat": "DK12345674",
            "email": "ship@example.com",
            "phone": self.customer.phone,
            "language": "en_US",
            "street": "Havnen 1",
            "street2": None,
            "zip": "5970",
            "city": "Ærøskøbing",
            "state": None,
            "country": "DK",
            "custom": {},
        }
        self.assertEqual(payload["delivery_address"]["name"], "Door 3")
        self.assertEqual(payload["delivery_address"]["street"], "Havnen 3")
        note = payload["lines"][1]
        self.assertEqual(
            (note["kind"], note["product"], note["sku"], note["unit"]),
            ("note", None, None, None),
        )
        payload.pop("delivery_address")
        self.assertTrue(payload.pop("created_at"))
        payload["lines"] = payload["lines"][:1]
        line = order.order_line[0]
        self.assertEqual(
            payload,
            {
                "id": order.id,
                "name": order.name,
                "customer_reference": "PO-1",
                "payment_reference": "RF18",
                "origin": "Fair",
                "channel": {"id": self.channel.id, "name": "Shop"},
                "state": "draft",
                "locked": False,
                "invoice_status": "no",
                "delivery_status": None,
                "ordered_at": "2026-01-02T03:04:05Z",
                "valid_until": "2026-03-04",
                "promised_at": "2026-02-03T10:00:00Z",
                "company": {
                    "id": company.id,
                    "name": company.name,
                    "vat": company.vat or None,
                    "country": company.country_id.code,
                },
                "signed_at": "2026-01-03T08:00:00Z",
                "signed_by": "Ærø",
                "warehouse": {
                    "id": order.warehouse_id.id,
                    "code": order.warehouse_id.code,
                    "name": order.warehouse_id.name,
                },
                "salesperson": order.user_id.name,
                "sales_team": "Web",
                "tags": ["Urgent", "Gift"],
                "source": "Fair in May",
                "medium": "Leaflet",
                "campaign": order.campaign_id.name,
                "payment_term": order.payment_term_id.name or None,
                "incoterm": "EXW",
                "incoterm_location": "Aarhus",
                "delivery_policy": "all_at_once",
                "carrier": {
                    "id": self.carrier.id,
                    "name": "Ferry",
                    "type": "fixed",
                    "service_code": None,
                },
                "pickup_point": None,
                "currency": order.currency_id.name,
                "company_currency": company.currency_id.name,
                # with other addons' demo data, not the company's currency
                "currency_rate": str(order.currency_rate),
                "tax_rounding": "order",
                "amount_untaxed": "90.00",
                "amount_tax": "22.50",
                "amount_total": "112.50",
                "amount_paid": "0.00",
                "payment_state": "unpaid",
                "payments": [],
                "customer": customer,
                "invoice_address": customer,
                "terms": "Pay *soon*\nor never",
                "units": {"weight": "kg", "volume": "m³", "length": "mm"},
                "custom": {},
                "lines": [
                    {
                        "id": line.id,
                        "sequence": 10,
                        "kind": "goods",
                        "section_line_id": None,
                        "combo_line_id": None,
                        "option_of_line_id": None,
                        "optional": False,
                        "reward": None,
                        "product": {
                            "id": self.product.id,
                            "name": "Lamp",
                            "barcode": "5701234567892",
                            "custom": {},
                        },
                        "sku": "LAMP-1",
                        "attributes": [],
                        "description": line.name,
                        "quantity": "3.00",
                        "quantity_delivered": "0.00",
                        "quantity_invoiced": "0.00",
                        "unit": self.unit_as_told(),
                        "weight": "2.50",
                        "volume": None,
                        "lead_days": "4",
                        "unit_price": "33.3333",
                        "discount_percent": "10.00",
                        "taxes": [
                            {
                                "id": self.tax.id,
                                "name": "Moms 25%",
                                "type": "percent",
                                "amount": "25.00",
                                "included": False,
                                "compound": False,
                                "children": [],
                            }
                        ],
                        "tax": "22.50",
                        "subtotal": "90.00",
                        "total": "112.50",
                        "custom": {},
                    }
                ],
            },
        )

    def test_the_whole_shipment(self):
        self.make_webhook("shipment.created")
        lamp = self.product
        lamp.tracking = "lot"
        lot = self.env["stock.lot"].create({"name": "LOT-7", "product_id": lamp.id})
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )
        self.env["stock.quant"]._update_available_quantity(
            lamp, warehouse.lot_stock_id, 10, lot_id=lot
        )
        order = self.order_with_everything()
        order.action_confirm()
        picking = order.picking_ids
        picking.carrier_tracking_ref = "TRACK-1"
        package = self.env["stock.package"].create({"name": "BOX-1"})
        picking.move_line_ids.result_package_id = package
        payload = self.message_of(picking)["shipment"]
        self.assertEqual(payload["delivery_address"]["name"], "Door 3")
        self.assertEqual(payload["company"]["name"], order.company_id.name)
        self.assertEqual(payload["sender_address"]["name"], warehouse.partner_id.name)
        for name in (
            "delivery_address",
            "sender_address",
            "company",
            "created_at",
            "scheduled_at",
            "deadline_at",
            "customer",
            "invoice_address",
        ):
            self.assertTrue(payload.pop(name), name)
        move = picking.move_ids
        self.assertEqual(
            payload,
            {
                "id": picking.id,
                "name": picking.name,
                "state": "assigned",
                "orders": [
                    {
                        "id": order.id,
                        "name": order.name,
                        "customer_reference": "PO-1",
                        "payment_reference": "RF18",
                        "origin": "Fair",
                        "channel": {"id": self.channel.id, "name": "Shop"},
                    }
                ],
                "origin": order.name,
                "backorder_of": None,
                "done_at": None,
                "carrier": {
                    "id": self.carrier.id,
                    "name": "Ferry",
                    "type": "fixed",
                    "service_code": None,
                },
                "trackings": [{"number": "TRACK-1", "url": None}],
                "labels": [],
                "return_labels": [],
                "priority": "normal",
                "all_at_once": True,
                "instructions": None,
                "signed": False,
                "incoterm": "EXW",
                "incoterm_location": "Aarhus",
                "pickup_point": None,
                "cash_on_delivery": None,
                "units": {"weight": "kg", "volume": "m³", "length": "mm"},
                "weight": "7.50",
                "loose_weight": "0.00",
                "parcel_count": 1,
                "warehouse": warehouse.code,
                "packages": [
                    {
                        "id": package.id,
                        "name": "BOX-1",
                        "parent_id": None,
                        "type": None,
                        "weight": "7.50",
                    }
                ],
                "custom": {},
                "lines": [
                    {
                        "id": move.id,
                        "custom": {},
                        "order_id": order.id,
                        "state": "assigned",
                        "attributes": [],
                        "description": None,
                        "kit": None,
                        "customs": {
                            "hs_code": None,
                            "country_of_origin": None,
                            "unit_weight": "2.50",
                            "unit_volume": "0.000000",
                            "unit_value": "30.00",
                            "currency": order.currency_id.name,
                        },
                        "order_line_id": order.order_line[0].id,
                        "product": {
                            "id": lamp.id,
                            "name": "Lamp",
                            "barcode": "5701234567892",
                            "custom": {},
                        },
                        "sku": "LAMP-1",
                        "quantity": "3.00",
                        "quantity_done": "0.00",
                        "unit": self.unit_as_told(),
                        "contents": [
                            {
                                "quantity": "3.00",
                                "unit": self.unit_as_told(),
                                "lot": "LOT-7",
                                "package_id": package.id,
                            }
                        ],
                    }
                ],
            },
        )

    def test_another_addon_extends_the_payload_by_an_override(self):
        self.make_webhook()

        def extended(order):
            payload = sound(order)
            payload["order"]["x_colour"] = "red"
            return payload

        model = self.registry["sale.order"]
        sound = model._nshift_webhook_payload
        self.patch(model, "_nshift_webhook_payload", extended)
        self.assertEqual(self.message_of(self.make_order())["order"]["x_colour"], "red")

    # its messages are not as the addon itself declares
    test_another_addon_extends_the_payload_by_an_override.makes_other_messages = True

    def test_texts_with_a_layout(self):
        for html, text in (
            ("<p>Ring</p><p>twice</p>", "Ring\ntwice"),
            ("<!-- nothing -->", None),
            ("<p><br></p>", None),
            ("no layout & all", "no layout & all"),
            (False, None),
        ):
            self.assertEqual(plain_text(html), text)

    def test_a_currency_without_decimals(self):
        self.make_webhook()
        yen = self.env.ref("base.JPY")
        yen.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "Yen", "currency_id": yen.id}
        )
        order = self.make_order(pricelist_id=pricelist.id)
        order.order_line.price_unit = 1500
        payload = self.message_of(order)["order"]
        self.assertEqual(
            (payload["currency"], payload["amount_untaxed"]), ("JPY", "3000")
        )
