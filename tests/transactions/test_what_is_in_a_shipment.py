"""Whoever packs and carries a shipment is told what is in it, and what to collect."""

import pytest

from .conftest import Shop, without_webhooks
from .goods import engraved, new_kit, new_payment, new_product, new_sale, new_shirt


class Packer(Shop):
    """A shop that tells of shipments."""

    def told(self, event):
        """Take all events out of the log; returns the shipment of the one of a type."""
        [found] = [data for name, _name, data in self.events() if name == event]
        return found


@pytest.fixture
def packer(registry_with_more):
    packer = without_webhooks(Packer(registry_with_more))
    with packer.transaction() as env:
        env["loyalty.program"].search([]).active = False
    packer.webhook_for_each(("shipment.created", "shipment.updated"))
    return packer


def test_components_say_of_which_kit_they_are(packer):
    with packer.transaction() as env:
        top, leg = new_product(env, name="Top"), new_product(env, name="Leg")
        table = new_kit(
            env,
            bom_line_ids=[
                (0, 0, {"product_id": top.id, "product_qty": 1}),
                (0, 0, {"product_id": leg.id, "product_qty": 4}),
            ],
        )
        table.default_code = "TABLE-KIT"
        lamp = new_product(env, name="Lamp")
        order = new_sale(env, table, lamp, quantity=2)
        order.action_confirm()
        of_table = {
            "order_line_id": order.order_line[0].id,
            "name": table.name,
            "sku": "TABLE-KIT",
        }
    lines = packer.told("shipment.created")["shipment"]["lines"]
    found = {line["product"]["name"]: (line["quantity"], line["kit"]) for line in lines}
    assert found == {
        "Top": ("2.00", of_table | {"quantity_per_kit": "1.00"}),
        "Leg": ("8.00", of_table | {"quantity_per_kit": "4.00"}),
        "Lamp": ("2.00", None),
    }
    # customs want to know what a leg is worth, though only the table has a price
    assert all(float(line["customs"]["unit_value"]) > 0 for line in lines)


def test_shirts_can_be_told_apart(packer):
    with packer.transaction() as env:
        variants, engraving = new_shirt(env, is_storable=True)
        order = new_sale(env)
        order.order_line = [
            (0, 0, {"product_id": variants[colour].id} | engraved(engraving, text))
            for colour, text in (("Red", "Anna"), ("Blue", "Bo"), ("Red", "Cleo"))
        ]
        order.action_confirm()
    lines = packer.told("shipment.created")["shipment"]["lines"]
    assert sorted(
        tuple(each["custom"] or each["value"] for each in line["attributes"])
        for line in lines
    ) == [("Blue", "Bo"), ("Red", "Anna"), ("Red", "Cleo")]


def test_an_engraving_that_is_corrected_is_an_update(packer):
    with packer.transaction() as env:
        variants, engraving = new_shirt(env, is_storable=True)
        order = new_sale(env)
        shirt = {"product_id": variants["Red"].id} | engraved(engraving, "Ana")
        order.order_line = [(0, 0, shirt)]
        order.action_confirm()
        line_id = order.order_line.id
    packer.events()
    with packer.transaction() as env:
        line = env["sale.order.line"].browse(line_id)
        line.product_custom_attribute_value_ids.custom_value = "Anna"
    data = packer.told("shipment.updated")
    [line] = data["shipment"]["lines"]
    assert [each["custom"] for each in line["attributes"]] == [None, "Anna"]
    [before] = data["previous"]["lines"].values()
    assert [each["custom"] for each in before["attributes"]] == [None, "Ana"]


def test_a_pickup_point_has_the_carriers_id(packer):
    point = {"id": "SE-4711", "name": "Kiosk", "zip_code": "211 42", "city": "Malmö"}
    with packer.transaction() as env:
        order = new_sale(env, new_product(env))
        order.action_confirm()
        order_id = order.id
    assert packer.told("shipment.created")["shipment"]["pickup_point"] is None
    with packer.transaction() as env:
        env["sale.order"].browse(order_id).pickup_location_data = point
    data = packer.told("shipment.updated")
    assert data["shipment"]["pickup_point"]["id"] == "SE-4711"
    assert data["shipment"]["pickup_point"]["city"] == "Malmö"
    assert data["previous"] == {"pickup_point": None}


def test_what_is_to_be_collected(packer):
    with packer.transaction() as env:
        order = new_sale(env, new_product(env, list_price=50, taxes_id=False))
        payment = new_payment(env, order, state="pending")
        payment.payment_method_id = env.ref("delivery.payment_method_cash_on_delivery")
        order.action_confirm()
        currency, total = order.currency_id.name, order.amount_total
        payment_id = payment.id
    shipment = packer.told("shipment.created")["shipment"]
    assert shipment["cash_on_delivery"] == {
        "amount": f"{total:.2f}",
        "currency": currency,
    }
    with packer.transaction() as env:
        env["payment.transaction"].browse(payment_id).state = "done"
    data = packer.told("shipment.updated")
    assert data["shipment"]["cash_on_delivery"] is None
    assert data["previous"] == {"cash_on_delivery": shipment["cash_on_delivery"]}
