"""``previous`` is what was committed before, in whatever order things are changed."""

import pytest

from .goods import deliver, new_product, new_sale
from .model_of_events import before_that


class Undo(Exception):
    """Rolls back the savepoint that it is raised in."""


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
]


@pytest.fixture
def ids(shop):
    """What the stories are about, all of it new."""
    for event in ("order.updated", "shipment.updated"):
        shop.webhook(event)
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
        order.action_confirm()
        found = {
            "order": order.id,
            "other": other.id,
            "carrier": carrier.id,
            "tax": tax.id,
        }
    shop.events()
    return found


def payloads(shop, ids):
    """What is committed, by (subject, id)."""
    with shop.transaction() as env:
        orders = env["sale.order"].browse([ids["order"], ids["other"]])
        return {
            (subject, record.id): record._nshift_webhook_payload()[subject]
            for subject, records in (
                ("order", orders),
                ("shipment", orders.picking_ids),
            )
            for record in records
        }


@pytest.mark.parametrize("story", STORIES)
def test_previous(shop, ids, story):
    before = payloads(shop, ids)
    with shop.transaction() as env:
        desk = Desk(env, ids)
        for act in story.split():
            getattr(desk, act)()
    after = payloads(shop, ids)
    told = {}
    for event, _name, data in shop.events():
        subject = event.partition(".")[0]
        key = subject, data[subject]["id"]
        assert key not in told
        told[key] = data
        assert data[subject] == after[key]
        if key in before:
            assert before_that(data[subject], data["previous"]) == before[key]
    assert told
