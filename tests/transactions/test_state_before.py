"""``previous`` is what was committed before, in whatever order things are changed.

All stories begin with the same order, and are taken back.
"""

import pytest

from .conftest import Shop, as_told, events_of, without_webhooks
from .goods import (
    deliver,
    engraved,
    new_payment,
    new_product,
    new_sale,
    new_shirt,
)
from .model_of_events import before_that
from .undo import Undo


class Desk:
    """One order with all that its message shows, and its delivery.

    :param env: of the transaction that is under way
    """

    def __init__(self, env, ids):
        self.env = env
        self.order = env["sale.order"].browse(ids["order"])
        self.other = env["sale.order"].browse(ids["other"])
        self.contact = self.order.partner_shipping_id
        self.carrier = env["delivery.carrier"].browse(ids["carrier"])
        self.product = self.order.order_line[0].product_id
        self.tax = env["account.tax"].browse(ids["tax"])
        self.tag = env["crm.tag"].browse(ids["tag"])
        self.payment = env["payment.transaction"].browse(ids["payment"])
        # with an engraving, and with none yet
        self.shirt, self.blank = env["sale.order.line"].browse(ids["shirts"])
        self.picking = self.order.picking_ids
        # as at the start of a request
        env.invalidate_all()

    def flush(self):
        self.env.flush_all()

    def settle(self):
        self.env.cr.flush()

    def refer(self):
        self.order.client_order_ref = "told"

    def rename_contact(self):
        self.contact.write({"name": "Anne", "city": "Oslo"})

    def rename_product(self):
        self.product.write({"name": "Lantern", "barcode": f"B{self.product.id}"})

    def rename_carrier(self):
        self.carrier.name = "Van"

    def rename_tax(self):
        self.tax.name = f"Other {self.tax.id}"

    def rename_unit(self):
        self.order.order_line[0].product_uom_id.name = "Pieces"

    def rename_salesperson(self):
        self.order.user_id.partner_id.name = "Somebody"

    def remove_carrier(self):
        self.order.carrier_id = False
        self.picking.carrier_id = False

    def delete_carrier(self):
        self.carrier.unlink()

    def remove_tax(self):
        self.order.order_line[0].tax_ids = False

    def delete_tax(self):
        self.tax.unlink()

    def replace_product(self):
        """By one with other taxes: nobody writes those, they are computed."""
        lines = self.other.order_line.filtered("product_id")
        product = new_product(self.env)
        product.taxes_id = self.env["account.tax"].create(
            {"name": f"Of {product.id}", "amount": 7}
        )
        lines.product_id = product

    def describe(self):
        self.order.order_line[0].name = "Bright"

    def delete_note(self):
        self.order.order_line.filtered("display_type").unlink()

    def add_note(self):
        values = {"order_id": self.order.id, "name": "New", "display_type": "line_note"}
        self.env["sale.order.line"].create(values)

    def move_note(self):
        self.order.order_line.filtered("display_type").order_id = self.other

    def take_note(self):
        self.other.order_line.filtered("display_type").order_id = self.order

    def sort_lines(self):
        for number, line in enumerate(reversed(self.order.order_line)):
            line.sequence = number

    def order_more(self):
        self.order.order_line[0].product_uom_qty = 7

    def pack(self):
        lines = self.picking.move_line_ids
        lines.result_package_id = self.env["stock.package"].create({"name": "Box"})

    def unreserve(self):
        self.picking.do_unreserve()

    def deliver(self):
        deliver(self.picking)

    def cancel_shipment(self):
        self.picking.action_cancel()

    def untag(self):
        self.order.tag_ids = False

    def tag_anew(self):
        self.order.tag_ids = [(0, 0, {"name": f"New {self.order.id}"})]

    def rename_tag(self):
        self.tag.name = f"Other {self.tag.id}"

    def pay(self):
        """Have a payment accepted that was begun before."""
        self.payment._set_done()

    def pay_at_once(self):
        new_payment(self.env, self.order, 1)._set_done()

    def pay_for_other(self):
        """Take a payment from one order and give it to another."""
        self.payment.sale_order_ids = [(6, 0, self.other.ids)]

    def delete_payment(self):
        self.payment.unlink()

    def engrave(self):
        """Create the text itself: the line is not written."""
        self.env["product.attribute.custom.value"].create(
            {
                "sale_order_line_id": self.blank.id,
                "custom_product_template_attribute_value_id": (
                    self.blank.product_no_variant_attribute_value_ids.id
                ),
                "custom_value": "Mia",
            }
        )

    def correct_engraving(self):
        self.shirt.product_custom_attribute_value_ids.custom_value = "Bo"

    def erase_engraving(self):
        self.shirt.product_custom_attribute_value_ids.unlink()

    def rename_attribute(self):
        values = self.shirt.product_no_variant_attribute_value_ids
        values.attribute_id.name = "Print"
        values.product_attribute_value_id.name = "Free text"

    def choose_pickup_point(self):
        self.order.pickup_location_data = {"id": 7, "name": "Kiosk", "street": "A 1"}

    def raise_part_of_tax(self):
        self.shirt.tax_ids.children_tax_ids[0].amount += 1

    def note(self):
        self.order.note = "<p>Ring <b>twice</b></p>"

    def undo(self):
        """Change a lot, and have it taken back."""
        with pytest.raises(Undo), self.env.cr.savepoint():
            for act in (self.refer, self.rename_contact, self.delete_note, self.pack):
                act()
                self.settle()
            raise Undo

    def forget(self):
        self.env.invalidate_all()


#: In each, something of the order is changed that it is told of.
STORIES = [
    "rename_contact refer",
    "rename_contact flush refer",
    "refer settle rename_contact",
    "refer rename_contact flush settle rename_contact",
    "rename_carrier flush refer remove_carrier",
    "remove_carrier flush rename_carrier flush refer",
    "delete_carrier",
    "refer settle delete_carrier",
    "remove_carrier flush delete_carrier",
    "rename_carrier flush delete_carrier",
    "rename_product flush order_more",
    "order_more settle rename_product",
    "rename_tax rename_unit flush describe",
    "describe settle rename_tax settle rename_unit",
    "remove_tax flush rename_tax",
    "remove_tax delete_tax",
    "refer settle delete_tax",
    "rename_salesperson flush refer",
    "replace_product",
    "replace_product settle rename_tax",
    "delete_note",
    "describe flush delete_note add_note",
    "add_note settle delete_note",
    "move_note",
    "move_note flush delete_note take_note",
    "take_note settle move_note",
    "sort_lines flush add_note",
    "order_more flush sort_lines rename_product",
    "undo refer",
    "refer undo",
    "rename_contact flush undo refer settle",
    "forget rename_contact flush forget refer forget",
    "rename_contact pack",
    "pack settle unreserve",
    "unreserve flush pack refer",
    "rename_product flush pack settle rename_unit",
    "deliver",
    "pack flush deliver",
    "refer settle deliver rename_contact",
    "refer flush cancel_shipment rename_carrier",
    "untag",
    "untag flush rename_tag refer",
    "rename_tag flush tag_anew",
    "tag_anew settle untag settle refer",
    "pay",
    "pay settle refer",
    "refer settle pay",
    "pay_at_once",
    "refer settle pay_at_once",
    "pay_at_once settle pay",
    "pay flush pay_for_other",
    "pay settle delete_payment pay_at_once",
    "engrave",
    "correct_engraving",
    "refer settle correct_engraving flush engrave",
    "erase_engraving settle engrave",
    "erase_engraving flush refer",
    "rename_attribute flush correct_engraving",
    "correct_engraving settle rename_attribute",
    "choose_pickup_point",
    "refer settle choose_pickup_point",
    "raise_part_of_tax flush refer",
    "refer settle raise_part_of_tax note",
]


@pytest.fixture(scope="module")
def shop(registry):
    """The shop, with the stories' webhooks."""
    shop = without_webhooks(Shop(registry))
    shop.webhook_for_each(("order.updated", "shipment.updated"))
    return shop


@pytest.fixture(scope="module")
def ids(shop):
    """What the stories are about, all of it new."""
    with shop.transaction() as env:
        product = new_product(env, stock=20)
        customer = env["res.partner"].create({"name": "Firm"})
        contact = env["res.partner"].create(
            {"name": "Ann", "parent_id": customer.id, "type": "delivery"}
        )
        tax, carrier = (
            env[model].create(values)
            for model, values in (
                ("account.tax", {"name": f"T{product.id}", "amount": 0}),
                ("delivery.carrier", {"name": "Bike", "product_id": product.id}),
            )
        )
        unit = env["uom.uom"].create({"name": f"Unit {product.id}"})
        product.uom_id = unit
        order = new_sale(
            env,
            product,
            quantity=5,
            partner_id=customer.id,
            partner_shipping_id=contact.id,
        )
        order.carrier_id = carrier
        order.order_line.tax_ids = tax
        order.user_id = env["res.users"].create(
            {"name": "Sells", "login": f"sells{order.id}"}
        )
        other = new_sale(env, product)
        for each in order, other:
            env["sale.order.line"].create(
                {"order_id": each.id, "name": "Note", "display_type": "line_note"}
            )
        order.tag_ids = tag = env["crm.tag"].create({"name": f"Tag {order.id}"})
        variants, engraving = new_shirt(env, type="service")
        shirts = env["sale.order.line"].create(
            [
                {"order_id": order.id, "product_id": variants["Red"].id}
                | engraved(engraving, text)
                for text in ("Anna", None)
            ]
        )
        shirts[1].product_custom_attribute_value_ids.unlink()
        shirts.tax_ids = tax_group(env, product.id)
        order.action_confirm()
        payment = new_payment(env, order)
        found = {
            "order": order.id,
            "other": other.id,
            "carrier": carrier.id,
            "tax": tax.id,
            "tag": tag.id,
            "payment": payment.id,
            "shirts": shirts.ids,
        }
    shop.events()
    return found


def tax_group(env, number):
    """Make a group of two taxes of nothing."""
    values = {"amount": 0, "type_tax_use": "none"}
    parts = [(0, 0, {"name": f"{number}-{part}"} | values) for part in range(2)]
    group = {"name": f"Group {number}", "amount_type": "group"}
    return env["account.tax"].create(group | {"children_tax_ids": parts})


@pytest.fixture(scope="module")
def before(shop, ids):
    """What is told of it before any story."""
    with shop.transaction() as env:
        return payloads(env, ids)


def payloads(env, ids):
    """What there is to tell, by (subject, id)."""
    orders = env["sale.order"].browse([ids["order"], ids["other"]])
    return {
        (subject, record.id): as_told(record)[subject]
        for subject, records in (
            ("order", orders),
            ("shipment", orders.picking_ids),
        )
        for record in records
    }


@pytest.mark.parametrize("story", STORIES)
def test_previous(shop, ids, before, story):
    with shop.transaction() as env:
        desk = Desk(env, ids)
        for act in story.split():
            getattr(desk, act)()
        # all that a commit does before it
        desk.settle()
        desk.forget()
        after = payloads(env, ids)
        events = events_of(env)
        env.cr.rollback()
    told = {}
    for event, _name, data in events:
        subject = event.partition(".")[0]
        key = subject, data[subject]["id"]
        assert key not in told
        told[key] = data
        assert data[subject] == after[key]
        if key in before:
            assert before_that(data[subject], data["previous"]) == before[key]
    assert told
