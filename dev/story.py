"""A merchant's day: orders through Odoo's public API, and what webhooks owe for them.

What has to arrive is said here, act by act, from what the README promises. It is not
read from Odoo, so that it can be compared with what Odoo and the receiver say.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from .api import Api
from .receiver import Receiver, answer

RETRY_DELAYS = "1,2,3"
"""Seconds; instead of minutes and hours, so that retries can be watched."""
REFUSALS = 2
"""How often the endpoint of the last webhook answers 500 before it accepts."""

WEB_SHOP, MARKETPLACE = "Web shop", "Marketplace"


@dataclass(frozen=True)
class Hook:
    """A webhook of the story.

    :param channel: the only order channel that it applies to; empty for all.
    """

    name: str
    event: str
    path: str
    channel: str = ""


HOOKS = (
    Hook("Orders to the ERP", "order.created", "/erp/orders"),
    Hook("Warehouse updates", "order.updated", "/warehouse/updates"),
    Hook("Withdrawn quotations", "order.deleted", "/crm/withdrawn"),
    Hook("Marketplace shipping", "shipment.created", "/carrier/shipments", MARKETPLACE),
)


@dataclass(frozen=True)
class Expected:
    """One event that has to be delivered.

    :param order: the order's number.
    :param attempts: how many it takes.
    """

    hook: Hook
    order: str
    attempts: int = 1


class Story:
    """The day, on a database with demo data.

    :param api: as an administrator.
    :param say: told in plain words what happens.
    :ivar hook_ids: by hook, the webhook's id in Odoo.
    :ivar expected: what has to have arrived in the end, in the order it happened.
    """

    def __init__(
        self,
        api: Api,
        receiver: Receiver,
        say: Callable[[str], None] = lambda text: None,
    ):
        self.api = api
        self.receiver = receiver
        self.say = say
        self.hook_ids: dict[Hook, int] = {}
        self.expected: list[Expected] = []
        self._names: dict[int, str] = {}

    def play(self) -> None:
        """The whole day."""
        self._prepare()
        self.say("The day begins.")
        web = self._order("Anna Lindqvist", WEB_SHOP, "four chairs", CHAIR=4)
        market = self._order("Bistro Bellevue", MARKETPLACE, "two tables", TABLE=2)
        phone = self._order("Cornelis de Vries", "", "a lamp", LAMP=1)

        self._change(web, "Anna wants six chairs", order_line=self._quantity(web, 6))
        self._change(
            market, "the Bistro tells its reference", client_order_ref="PO-4711"
        )
        self._change(
            phone, "Cornelis adds a chair", order_line=[self._line("CHAIR", 1)]
        )

        self.say(f"{self._names[market]} gets the reference it has: nothing to tell.")
        self.api.write("sale.order", market, client_order_ref="PO-4711")

        self._confirm(market, MARKETPLACE)
        self._confirm(web, WEB_SHOP)
        self._withdraw(phone)

    def _prepare(self) -> None:
        self.say(
            f"Retries after {RETRY_DELAYS} seconds instead of minutes and hours "
            "(system parameter nshift_webhooks.retry_delays)."
        )
        self.api.create(
            "ir.config_parameter",
            key="nshift_webhooks.retry_delays",
            value=RETRY_DELAYS,
        )
        self._channels = {
            name: self.api.create("sale.channel", name=name)
            for name in (WEB_SHOP, MARKETPLACE)
        }
        self._products = {
            sku: self.api.create(
                "product.product",
                name=name,
                default_code=sku,
                list_price=price,
                weight=weight,
            )
            for sku, name, price, weight in (
                ("CHAIR", "Oak chair", 129.0, 6.5),
                ("TABLE", "Oak table", 549.0, 38.0),
                ("LAMP", "Reading lamp", 79.5, 2.2),
            )
        }
        self._customers = {
            name: self.api.create(
                "res.partner", name=name, country_id=self.api.ref(country), **values
            )
            for name, country, values in (
                (
                    "Anna Lindqvist",
                    "base.se",
                    {"street": "Storgatan 5", "zip": "211 42", "city": "Malmö"},
                ),
                (
                    "Bistro Bellevue",
                    "base.fr",
                    {"street": "3 rue du Port", "zip": "13002", "city": "Marseille"}
                    | {"is_company": True, "email": "commande@bellevue.example"},
                ),
                (
                    "Cornelis de Vries",
                    "base.nl",
                    {"street": "Kade 12", "zip": "3011 AB", "city": "Rotterdam"},
                ),
            )
        }
        for hook in HOOKS:
            self._make(hook)

    def _make(self, hook: Hook) -> None:
        channels = [self._channels[hook.channel]] if hook.channel else []
        id_ = self.api.create(
            "nshift.webhook",
            name=hook.name,
            url=self.receiver.url(hook.path),
            event=hook.event,
            sale_channel_ids=channels,
        )
        self.hook_ids[hook] = id_
        secret = self.api.secret(id_)
        refusals = REFUSALS if hook is HOOKS[-1] else 0
        self.receiver.register(
            hook.path, secret, itertools.repeat(answer(500, b"Not now."), refusals)
        )
        where = f"{hook.channel} only" if hook.channel else "all order channels"
        first = (
            f", which answers 500 to the first {refusals} attempts" if refusals else ""
        )
        self.say(f"Webhook “{hook.name}”: {hook.event}, {where} → {hook.path}{first}")

    def _order(self, customer: str, channel: str, what: str, **quantities: int) -> int:
        id_ = self.api.create(
            "sale.order",
            partner_id=self._customers[customer],
            sale_channel_id=self._channels.get(channel, False),
            carrier_id=self.api.ref("delivery.free_delivery_carrier"),
            order_line=[self._line(sku, n) for sku, n in quantities.items()],
        )
        name = self._names[id_] = self.api.read("sale.order", id_, "name")["name"]
        where = f"the {channel.lower()}" if channel else "the telephone"
        self.say(f"{name}: {customer} orders {what} by {where}.")
        self._expect("order.created", id_)
        return id_

    def _line(self, sku: str, quantity: int) -> tuple:
        values = {"product_id": self._products[sku], "product_uom_qty": quantity}
        return (0, 0, values)

    def _quantity(self, order: int, quantity: int) -> list[tuple]:
        [line] = self.api.read("sale.order", order, "order_line")["order_line"]
        return [(1, line, {"product_uom_qty": quantity})]

    def _change(self, order: int, what: str, **values: object) -> None:
        self.say(f"{self._names[order]}: {what}.")
        self.api.write("sale.order", order, **values)
        self._expect("order.updated", order)

    def _confirm(self, order: int, channel: str) -> None:
        self.say(f"{self._names[order]} is confirmed, which makes a shipment.")
        self.api.call("sale.order", "action_confirm", [order])
        self._expect("order.updated", order)
        if channel == MARKETPLACE:
            self._expect("shipment.created", order, attempts=1 + REFUSALS)

    def _withdraw(self, order: int) -> None:
        self.say(f"{self._names[order]}: the quotation is deleted.")
        self.api.unlink("sale.order", order)
        self._expect("order.deleted", order)

    def _expect(self, event: str, order: int, attempts: int = 1) -> None:
        [hook] = [hook for hook in HOOKS if hook.event == event]
        self.expected.append(Expected(hook, self._names[order], attempts))
