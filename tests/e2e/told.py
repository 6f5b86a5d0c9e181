"""What is told of what clients and visitors do, and the clients and visitors."""

import json
import re
from collections import Counter

import requests

EVENTS = ("order.created", "order.updated", "order.deleted", "shipment.created")
TIMEOUT = 60
"""Seconds to wait for an answer."""


class Told:
    """The events of a shop with webhooks for orders and for new shipments.

    :param shop: the `Shop` of the tests against real processes
    :param values: of the webhooks
    """

    def __init__(self, shop, **values):
        self.shop = shop
        self.api = shop.api
        for event in EVENTS:
            shop.hook(event, **values)
        self._seen = 0

    def quotation(self, **values):
        """Make a quotation and forget its event; returns its id."""
        order_id = self.shop.order(**values)
        self.forget()
        return order_id

    def forget(self):
        """Overlook the events so far."""
        self._events()

    def exactly(self, *expected):
        """Check that these are the events since the last look, and that each order's
        last event tells what is committed.

        :param expected: (type, id) of each event
        :return: by (type, id), the order or shipment that was told last
        """
        told, orders = {}, {}
        found = []
        for event in self._events():
            subject = event["event"].partition(".")[0]
            data = json.loads(event["payload"])["data"][subject]
            found.append((event["event"], data["id"]))
            told[found[-1]] = data
            if event["event"] in ("order.created", "order.updated"):
                orders[data["id"]] = data
        assert Counter(found) == Counter(expected)
        for order_id, data in orders.items():
            if committed := self.committed(order_id):
                assert shown(data) == committed
        return told

    def updated(self, order_id):
        """Check that one update of this order is all that is told; returns what is."""
        return self.exactly(("order.updated", order_id))["order.updated", order_id]

    def order_confirmed(self, order_id):
        """Check that a confirmation is told, with its shipment; returns the order."""
        [picking] = self.api.search("stock.picking", [("sale_id", "=", order_id)], "id")
        told = self.exactly(
            ("order.updated", order_id), ("shipment.created", picking["id"])
        )
        order = told["order.updated", order_id]
        assert order["state"] == "sale"
        shipment = told["shipment.created", picking["id"]]
        assert shipment["orders"][0]["id"] == order_id
        return order

    def nothing(self):
        """Check that nothing is told."""
        self.exactly()

    def committed(self, order_id):
        """What Odoo's API says of an order, None if it is gone."""
        fields = (
            "state",
            "client_order_ref",
            "reference",
            "amount_total",
            "partner_id",
        )
        domain = [("id", "=", order_id)]
        found = self.api.search("sale.order", domain, *fields, "carrier_id")
        if not found:
            return None
        [order] = found
        lines = self.api.search(
            "sale.order.line",
            [("order_id", "=", order_id)],
            "product_uom_qty",
            "price_total",
            order="sequence, id",
        )
        return {
            "state": order["state"],
            "customer_reference": order["client_order_ref"] or None,
            "payment_reference": order["reference"] or None,
            "amount_total": f"{order['amount_total']:.2f}",
            "customer": order["partner_id"],
            "carrier": order["carrier_id"] or None,
            "lines": [
                (
                    line["id"],
                    f"{line['product_uom_qty']:.2f}",
                    f"{line['price_total']:.2f}",
                )
                for line in lines
            ],
        }

    def _events(self):
        found = self.api.search(
            "nshift.webhook.event",
            [("id", ">", self._seen)],
            "event",
            "payload",
            order="id",
        )
        self._seen = max([self._seen, *[event["id"] for event in found]])
        return found


def shown(order):
    """What a message says of an order, as `Told.committed` has it."""
    values = {
        name: order[name]
        for name in ("state", "customer_reference", "payment_reference", "amount_total")
    }
    return values | {
        "customer": order["customer"]["id"],
        "carrier": order["carrier"] and order["carrier"]["id"],
        "lines": [
            (line["id"], line["quantity"], line["total"]) for line in order["lines"]
        ],
    }


class Visitor:
    """A browser's session: of the public user until somebody logs in.

    :param odoo: the `OdooServer`
    """

    def __init__(self, odoo):
        self._odoo = odoo
        self._session = requests.Session()
        # straight to the server: a proxy of the machine is for other hosts
        self._session.trust_env = False

    def log_in(self, login, password):
        """Log in; returns the visitor."""
        self.rpc(
            "/web/session/authenticate",
            db=self._odoo.database.name,
            login=login,
            password=password,
        )
        return self

    def rpc(self, path, **params):
        """Call a JSON-RPC route; returns its result, None if there is none."""
        answer = self._session.post(
            self._odoo.url + path, json={"params": params}, timeout=TIMEOUT
        ).json()
        assert "error" not in answer, answer["error"]["data"]["message"]
        return answer.get("result")

    def call(self, model, method, *args, **kwargs):
        """Call a model's method as the web client does."""
        return self.rpc(
            f"/web/dataset/call_kw/{model}/{method}",
            model=model,
            method=method,
            args=args,
            kwargs=kwargs,
        )

    def page(self, path):
        """Look at a page; returns its text."""
        answer = self._session.get(self._odoo.url + path, timeout=TIMEOUT)
        answer.raise_for_status()
        return answer.text

    def submit(self, page, path, **fields):
        """Submit a form of a page.

        :param page: the text of the page that the form is on
        """
        token = re.search(r'csrf_token: "([^"]+)"', page)[1]
        answer = self._session.post(
            self._odoo.url + path, data=fields | {"csrf_token": token}, timeout=TIMEOUT
        )
        answer.raise_for_status()
        return answer.text
