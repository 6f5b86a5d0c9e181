"""What is told of what is done in committed transactions, and what to do it with."""

from collections import Counter

from .conftest import as_told, new_order

EVENTS = ("order.created", "order.updated", "order.deleted", "shipment.created")
MODELS = {"order": "sale.order", "shipment": "stock.picking"}


class Told:
    """The shop with webhooks for orders and for new shipments.

    :param shop: the `Shop` of the tests across transactions
    """

    def __init__(self, shop):
        shop.webhook_for_each(EVENTS)
        self.transaction = shop.transaction
        self.webhook = shop.webhook
        self.events = shop.events

    def quotation(self, quantity=1, **values):
        """Make a quotation and forget its event; returns its id."""
        with self.transaction() as env:
            order_id = new_order(env, quantity, **values).id
        self.events()
        return order_id

    def confirmed(self, quantity=1, **values):
        """Make an order and forget its events; returns its id."""
        order_id = self.quotation(quantity, **values)
        with self.transaction() as env:
            env["sale.order"].browse(order_id).action_confirm()
        self.events()
        return order_id

    def delivered(self, quantity=1, **values):
        """Make an order that is delivered, and forget its events; returns its id."""
        order_id = self.confirmed(quantity, **values)
        with self.transaction() as env:
            ship(env["sale.order"].browse(order_id).picking_ids, quantity)
        self.events()
        return order_id

    def exactly(self, *expected):
        """Take all events out of the log, and check that they are these and that each
        record's last event tells what is committed.

        :param expected: (type, id) of each event
        :return: by (type, id), the order or shipment that was told last
        """
        told, last = {}, {}
        found = []
        for event, name, data in self.events():
            subject = event.partition(".")[0]
            key = (event, data[subject]["id"])
            found.append(key)
            assert name == data[subject]["name"]
            told[key] = last[subject, data[subject]["id"]] = data[subject]
        assert Counter(found) == Counter(expected)
        with self.transaction() as env:
            for (subject, id_), data in last.items():
                if record := env[MODELS[subject]].browse(id_).exists():
                    assert data == as_told(record)[subject]
                else:
                    assert (f"{subject}.deleted", id_) in told
        return told

    def updated(self, order_id):
        """Check that one update of this order is all that is told; returns what is."""
        return self.exactly(("order.updated", order_id))["order.updated", order_id]

    def nothing(self):
        """Check that nothing is told."""
        self.exactly()

    def order_confirmed(self, order_id):
        """Check that a confirmation is told, with its shipment; returns both."""
        shipment_id = self.shipments(order_id)[-1]
        told = self.exactly(
            ("order.updated", order_id), ("shipment.created", shipment_id)
        )
        order = told["order.updated", order_id]
        shipment = told["shipment.created", shipment_id]
        assert order["state"] == "sale"
        assert shipment["orders"][0]["id"] == order_id
        return order, shipment

    def shipments(self, order_id):
        """The ids of an order's deliveries, oldest first."""
        with self.transaction() as env:
            return sorted(env["sale.order"].browse(order_id).picking_ids.ids)


def ship(picking, quantity):
    """Deliver a quantity of each line, with a backorder for the rest."""
    for move in picking.move_ids:
        move.quantity = quantity
        move.picked = True
    action = picking.with_context(skip_sms=True).button_validate()
    if isinstance(action, dict):
        wizard = picking.env[action["res_model"]]
        wizard.with_context(**action["context"]).create({}).process()
    assert picking.state == "done"


def user(env, login, *groups, **values):
    """Make a user who has only these groups, unless there is one of that name."""
    found = env["res.users"].search([("login", "=", login)])
    return found or env["res.users"].create(
        {
            "name": login.title(),
            "login": login,
            "group_ids": [(6, 0, [env.ref(group).id for group in groups])],
        }
        | values
    )


def user_with_rights(env, login, *models):
    """Make a user who may do anything with records of these models, and little else."""
    everything = {f"perm_{way}": True for way in ("read", "write", "create", "unlink")}
    rights = [
        (0, 0, {"name": model, "model_id": env["ir.model"]._get_id(model)} | everything)
        for model in models
    ]
    found = user(env, login, "base.group_user")
    found.group_ids += env["res.groups"].create({"name": login, "model_access": rights})
    return found


def product(env, **values):
    """Make a service: nothing that has to be delivered."""
    return env["product.product"].create(
        {"name": "Advice", "type": "service", "list_price": 50} | values
    )


def partner(env, name, **values):
    return env["res.partner"].create(
        {"name": name, "email": "merge@example.com"} | values
    )


def carrier(env):
    return env["delivery.carrier"].create(
        {"name": "Bicycle", "product_id": product(env, name="Delivery").id}
    )


def payment_term(env):
    return env["account.payment.term"].create(
        {
            "name": "In a week",
            "line_ids": [(0, 0, {"value": "percent", "value_amount": 100})],
        }
    )
