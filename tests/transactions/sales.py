"""A shop that tells of orders and of new shipments, and what tests ask of it."""

from .conftest import Shop
from .goods import deliver, new_product, new_sale


class Sales(Shop):
    """A shop that tells of orders, and of new shipments."""

    def sale(self, quantity=2, stock=10, confirm=True, **values):
        """Make an order for one product of its own; returns its id.

        :param stock: what there is of the product
        :param confirm: whether to confirm it, in the same transaction
        """
        with self.transaction() as env:
            product = new_product(env, stock=stock)
            order = new_sale(env, product, quantity=quantity, **values)
            if confirm:
                order.action_confirm()
            order_id = order.id
        self.events()
        return order_id

    def delivered(self, **values):
        """Make an order that has been delivered; returns its id."""
        order_id = self.sale(**values)
        with self.transaction() as env:
            picking = env["sale.order"].browse(order_id).picking_ids
            deliver(picking)
            assert picking.state == "done"
        self.events()
        return order_id

    def shipments(self):
        """Take all events out of the log; returns the new shipments only."""
        return [
            data["shipment"]
            for event, _name, data in self.events()
            if event == "shipment.created"
        ]


def order_of(env, order_id):
    return env["sale.order"].browse(order_id)


def quantities(shipment):
    return [line["quantity"] for line in shipment["lines"]]
