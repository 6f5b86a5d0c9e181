"""Shipments that webhooks are told of, as tests make and change them."""

from .conftest import Shop
from .goods import new_product, new_sale

EVENTS = (
    "shipment.created",
    "shipment.updated",
    "shipment.done",
    "shipment.cancelled",
)


class Shipments(Shop):
    """A shop that tells of shipments."""

    @classmethod
    def following(cls, shop):
        """Return a shop after it has got a webhook for each event of shipments."""
        shop.webhook_for_each(EVENTS)
        return cls(shop.registry)

    def made(self, quantity=2, stock=10, count=1, product=(), **values):
        """Make a confirmed order with one open delivery; returns that as it was told.

        :param count: of lines, each for a product of its own
        :param product: values of the products
        """
        with self.transaction() as env:
            products = [
                new_product(env, stock=stock, **dict(product)) for _line in range(count)
            ]
            new_sale(env, *products, quantity=quantity, **values).action_confirm()
        [shipment] = [
            data["shipment"]
            for event, _name, data in self.events()
            if event == "shipment.created"
        ]
        return shipment

    def change(self, shipment, act):
        """Do something to a delivery and have its update told, and nothing else.

        :param dict shipment: the delivery as it was told last
        :param act: is called with the ``stock.picking``
        :return: the shipment as it is told now, and ``previous``
        """
        with self.transaction() as env:
            act(picking_of(env, shipment))
        [(event, name, data)] = self.events()
        assert (event, name) == ("shipment.updated", shipment["name"])
        now, previous = data["shipment"], data["previous"]
        assert undone(now, previous) == shipment
        assert all(now[key] != value for key, value in previous.items())
        return now, previous

    def sorted_events(self):
        """Take all events out of the log; returns sorted (type, shipment's id)."""
        return sorted(
            (event, data["shipment"]["id"]) for event, _name, data in self.events()
        )


def picking_of(env, shipment):
    return env["stock.picking"].browse(shipment["id"])


def undone(shipment, previous):
    """Return what a shipment was before, from what it is now and ``previous``."""
    was = shipment | previous
    for key in {"orders", "lines", "packages"} & previous.keys():
        items = {item["id"]: item for item in shipment[key]}
        for id_, values in previous[key].items():
            if values is None:
                del items[int(id_)]
            else:
                items[int(id_)] = items.get(int(id_), {}) | values
        was[key] = [items[id_] for id_ in sorted(items)]
    return was
