"""An endpoint that is told of some orders only, and knows at any time how these are."""

import time

from receiver.nshift_webhooks_receiver import Picture as Told

from .api import Api
from .receiver import Receiver

NAME = "Planning: confirmed orders, as they are"
PATH = "/planning"
CONDITION = [("state", "=", "sale")]
"""What it wants to know of; the rest does not exist to it."""
TIMEOUT = 60
"""Seconds that what waits may take to arrive."""


class Picture:
    """A webhook for all types of events, with a condition, and what comes of it.

    :param api: as an administrator.
    """

    def __init__(self, api: Api, receiver: Receiver):
        self._api = api
        self._receiver = receiver
        types = api.search("nshift.webhook.type", [], "id")
        self.id = api.create(
            "nshift.webhook",
            name=NAME,
            url=receiver.url(PATH),
            type_ids=[each["id"] for each in types],
            order_domain=str(CONDITION),
            company_id=False,
        )
        receiver.register(PATH, api.secret(self.id), [])

    def load(self) -> int:
        """Have the present state sent, as with the button on the webhook's form, and
        wait until it has arrived.

        :return: how many orders and shipments that is.
        """
        dialog = self._api.create("nshift.webhook.load.dialog", webhook_id=self.id)
        count = self._api.read("nshift.webhook.load.dialog", dialog, "count")["count"]
        self._api.call("nshift.webhook.load.dialog", "action_start", [dialog])
        deadline = time.monotonic() + TIMEOUT
        while len(self.held()) < count and time.monotonic() < deadline:
            time.sleep(0.2)
        return count

    def held(self) -> dict[tuple[str, int], dict]:
        """The orders, shipments and returns that the endpoint knows of, as they are."""
        told = Told()
        for request in self._receiver.requests(PATH):
            told.apply(request.message)
        return told.held()

    def in_odoo(self) -> dict[tuple[str, int], tuple]:
        """What there is in Odoo that meets the condition, by Odoo's own search."""
        orders = self._api.search(
            "sale.order", CONDITION, "name", "state", "amount_total", "order_line"
        )
        transfers = self._api.search(
            "stock.picking",
            [("sale_id.state", "=", "sale"), ("state", "!=", "cancel")],
            "name",
            "state",
            "picking_type_code",
        )
        found: dict[tuple[str, int], tuple] = {
            ("order", order["id"]): (
                order["name"],
                order["state"],
                f"{order['amount_total']:.2f}",
                len(order["order_line"]),
            )
            for order in orders
        }
        for each in transfers:
            kind = "return" if each["picking_type_code"] == "incoming" else "shipment"
            found[kind, each["id"]] = each["name"], each["state"]
        return found

    def complaints(self) -> list[str]:
        """What the endpoint knows otherwise than it is, once all has arrived."""
        deadline = time.monotonic() + TIMEOUT
        domain = [("webhook_id", "=", self.id), ("state", "!=", "delivered")]
        while waiting := self._api.search("nshift.webhook.event", domain, "res_name"):
            if time.monotonic() > deadline:
                return [f"{len(waiting)} messages to {PATH} have not arrived."]
            time.sleep(0.5)
        held = {key: _summary(*key, record) for key, record in self.held().items()}
        odoo = self.in_odoo()
        return [
            f"{PATH} has {held.get(key, 'nothing')}, Odoo {odoo.get(key, 'nothing')}."
            for key in sorted(held.keys() | odoo.keys())
            if held.get(key) != odoo.get(key)
        ]


def _summary(kind: str, _id: int, record: dict) -> tuple:
    if kind == "order":
        amount, lines = record["amount_total"], len(record["lines"])
        return record["name"], record["state"], amount, lines
    return record["name"], record["state"]
