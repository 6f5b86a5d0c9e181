"""A merchant's day: orders through Odoo's public API, and what webhooks owe for them.

What has to arrive is said here, act by act, from what the README promises. It is not
read from Odoo, so that it can be compared with what Odoo and the receiver say.
"""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

from .api import Api, Json
from .catalogue import MARKETPLACE, WEB_SHOP, Catalogue
from .receiver import Receiver, answer

RETRY_DELAYS = "1,2,3"
"""Seconds; instead of minutes and hours, so that retries can be watched."""
REFUSALS = 2
"""How often one endpoint answers 500 before it accepts."""


@dataclass(frozen=True)
class Hook:
    """A webhook of the story.

    :param events: the types of events that it is told of.
    :param channel: the only order channel that it applies to; empty for all.
    """

    name: str
    events: tuple[str, ...]
    path: str
    channel: str = ""


HOOKS = (
    Hook("Orders to the ERP", ("order.created",), "/erp/orders"),
    Hook("Warehouse updates", ("order.updated",), "/warehouse/updates"),
    Hook("Withdrawn quotations", ("order.deleted",), "/crm/withdrawn"),
    Hook(
        "Marketplace shipping", ("shipment.created",), "/carrier/shipments", MARKETPLACE
    ),
    Hook(
        "Hub: orders, shipments and returns",
        (
            "order.created",
            "order.updated",
            "order.confirmed",
            "order.cancelled",
            "order.deleted",
            "shipment.created",
            "shipment.updated",
            "shipment.done",
            "shipment.cancelled",
            "return.created",
            "return.updated",
            "return.done",
            "return.cancelled",
        ),
        "/hub",
    ),
)
RETRIED = HOOKS[2]
"""Its endpoint refuses at first. It is told one thing only: of two that are sent at
once, either might be refused."""


@dataclass(frozen=True)
class Expected:
    """One event that has to be delivered.

    :param event: its type.
    :param order: the order's number.
    :param attempts: how many it takes.
    """

    hook: Hook
    event: str
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
        self._channels: dict[int, str] = {}

    def play(self) -> None:
        """The whole day."""
        self._prepare()
        self.say("The day begins.")
        web = self._order("Anna Lindqvist", WEB_SHOP, "four chairs", CHAIR=4)
        market = self._order("Bistro Bellevue", MARKETPLACE, "two tables", TABLE=2)
        phone = self._order("Cornelis de Vries", "", "a lamp", LAMP=1)
        self._orders_change(web, market, phone)
        self._confirm(market)
        self._confirm(web)
        self._withdraw(phone)
        self._ships_and_comes_back(web)
        self._kit()
        self._cart()
        self._nothing_comes_of_it()

    def _orders_change(self, web: int, market: int, phone: int) -> None:
        self._change(web, "Anna wants six chairs", order_line=self._quantity(web, 6))
        self._change(
            market,
            "the Bistro tells its reference, and wants a third table and a chair",
            client_order_ref="PO-4711",
            order_line=[*self._quantity(market, 3), self._line("CHAIR", 1)],
        )
        self._change(
            phone, "Cornelis adds a chair", order_line=[self._line("CHAIR", 1)]
        )
        self.say(f"{self._names[market]} gets the reference it has: nothing to tell.")
        self.api.write("sale.order", market, client_order_ref="PO-4711")

    def _ships_and_comes_back(self, order: int) -> None:
        """Two parcels with tracking numbers leave, and one chair comes back."""
        picking = self._shipment_of(order)
        self.say(f"{self._names[order]} is packed in two parcels.")
        self._pack(picking, 4, 2)
        self._expect(order, "shipment.updated")
        self.say(f"{self._names[order]} leaves.")
        self._validate(picking)
        self._expect(order, "order.updated", "shipment.updated", "shipment.done")

        self.say(f"{self._names[order]}: Anna sends a chair back.")
        back = self._announce_return(order, picking)
        self.say(f"{self._names[order]}: the chair is here again.")
        self._validate(back)
        self._expect(order, "order.updated", "return.updated", "return.done")

        self.say(f"{self._names[order]}: Anna announces another one, and keeps it.")
        back = self._announce_return(order, picking)
        self.api.call("stock.picking", "action_cancel", [back])
        self._expect(order, "order.updated", "return.updated", "return.cancelled")

    def _announce_return(self, order: int, picking: int) -> int:
        back = self._return(picking, 1)
        # Odoo: not all that is to be moved for the order has been moved
        self._expect(order, "order.updated", "return.created")
        return back

    def _kit(self) -> None:
        """A kit is one line of the order, and its components are shipped."""
        order = self._order("Bistro Bellevue", MARKETPLACE, "a desk, a kit", DESK=2)
        self._confirm(order)

    def _cart(self) -> None:
        """An order that a visitor of the web shop is still filling is none."""
        self.say("A visitor of the web shop fills a cart: nothing to tell.")
        [website] = self.api.search("website", [], "id", limit=1)
        cart = self.api.create(
            "sale.order",
            partner_id=self._shop.customers["Anna Lindqvist"],
            website_id=website["id"],
            carrier_id=self._shop.carrier,
            order_line=[self._line("LAMP", 1)],
        )
        self.api.write("sale.order", cart, order_line=[self._line("CHAIR", 2)])
        self._note_name(cart)
        self.say(f"{self._names[cart]}: the cart is paid, and is an order.")
        self.api.call("sale.order", "action_confirm", [cart])
        self._expect(cart, "order.created", "order.confirmed", "shipment.created")

    def _nothing_comes_of_it(self) -> None:
        order = self._order("Cornelis de Vries", "", "a lamp", LAMP=1)
        self._confirm(order)
        self.say(f"{self._names[order]} is cancelled.")
        self.api.call("sale.order", "action_cancel", [order])
        self._expect(
            order,
            "order.updated",
            "order.cancelled",
            "shipment.updated",
            "shipment.cancelled",
        )

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
        self._shop = Catalogue(self.api)
        for hook in HOOKS:
            self._make(hook)

    def _make(self, hook: Hook) -> None:
        channels = [self._shop.channels[hook.channel]] if hook.channel else []
        id_ = self.api.create(
            "nshift.webhook",
            name=hook.name,
            url=self.receiver.url(hook.path),
            type_ids=self.api.types(*hook.events),
            sale_channel_ids=channels,
        )
        self.hook_ids[hook] = id_
        secret = self.api.secret(id_)
        refusals = REFUSALS if hook is RETRIED else 0
        self.receiver.register(
            hook.path, secret, itertools.repeat(answer(500, b"Not now."), refusals)
        )
        where = f"{hook.channel} only" if hook.channel else "all order channels"
        first = (
            f", which answers 500 to the first {refusals} attempts" if refusals else ""
        )
        types = ", ".join(hook.events) if len(hook.events) < 5 else "all types"
        self.say(f"Webhook “{hook.name}”: {types}, {where} → {hook.path}{first}")

    def _order(self, customer: str, channel: str, what: str, **quantities: int) -> int:
        id_ = self.api.create(
            "sale.order",
            partner_id=self._shop.customers[customer],
            sale_channel_id=self._shop.channels.get(channel, False),
            carrier_id=self._shop.carrier,
            incoterm=self.api.ref("account.incoterm_DAP"),
            order_line=[self._line(sku, n) for sku, n in quantities.items()],
        )
        self._note_name(id_, channel)
        where = f"the {channel.lower()}" if channel else "the telephone"
        self.say(f"{self._names[id_]}: {customer} orders {what} by {where}.")
        self._expect(id_, "order.created")
        return id_

    def _note_name(self, order: int, channel: str = "") -> None:
        self._names[order] = self.api.read("sale.order", order, "name")["name"]
        self._channels[order] = channel

    def _line(self, sku: str, quantity: int) -> tuple:
        values = {"product_id": self._shop.products[sku], "product_uom_qty": quantity}
        return (0, 0, values)

    def _quantity(self, order: int, quantity: int) -> list[tuple]:
        [line] = self.api.read("sale.order", order, "order_line")["order_line"]
        return [(1, line, {"product_uom_qty": quantity})]

    def _change(self, order: int, what: str, **values: Json) -> None:
        self.say(f"{self._names[order]}: {what}.")
        self.api.write("sale.order", order, **values)
        self._expect(order, "order.updated")

    def _confirm(self, order: int) -> None:
        self.say(f"{self._names[order]} is confirmed, which makes a shipment.")
        self.api.call("sale.order", "action_confirm", [order])
        self._expect(order, "order.updated", "order.confirmed", "shipment.created")

    def _withdraw(self, order: int) -> None:
        self.say(f"{self._names[order]}: the quotation is deleted.")
        self.api.unlink("sale.order", order)
        self._expect(order, "order.deleted")

    def _shipment_of(self, order: int) -> int:
        [picking] = self.api.read("sale.order", order, "picking_ids")["picking_ids"]
        return picking

    def _pack(self, picking: int, *quantities: int) -> None:
        """Pack a shipment of one line in parcels, each with its tracking number."""
        found = self.api.read("stock.picking", picking, "move_line_ids", "name")
        [line] = found["move_line_ids"]
        move = self.api.read("stock.move.line", line, "move_id", "product_id")
        boxes = [
            self.api.create("stock.package", name=f"{found['name']}-{number}")
            for number, _quantity in enumerate(quantities, 1)
        ]
        first, *rest = zip(boxes, quantities, strict=True)
        commands = [(1, line, {"result_package_id": first[0], "quantity": first[1]})]
        for box, quantity in rest:
            new = {"result_package_id": box, "quantity": quantity}
            commands.append((0, 0, {**new, **_ids(move), "picking_id": picking}))
        numbers = ",".join(f"NP{box:06}" for box in boxes)
        self.api.write(
            "stock.picking",
            picking,
            move_line_ids=commands,
            carrier_tracking_ref=numbers,
        )

    def _validate(self, picking: int) -> None:
        # or Odoo asks whether to tell the customer by SMS
        self.api.call(
            "stock.picking", "button_validate", [picking], context={"skip_sms": True}
        )

    def _return(self, picking: int, quantity: int) -> int:
        """Have some of a shipment of one line sent back; returns the return's id."""
        context: dict[str, Json] = {
            "active_id": picking,
            "active_model": "stock.picking",
        }
        [wizard] = self.api.call(
            "stock.return.picking", "create", vals_list=[{}], context=context
        )
        [line] = self.api.read("stock.return.picking", wizard, "product_return_moves")[
            "product_return_moves"
        ]
        self.api.write("stock.return.picking.line", line, quantity=quantity)
        action = self.api.call(
            "stock.return.picking", "action_create_returns", [wizard]
        )
        return action["res_id"]

    def _expect(self, order: int, *events: str) -> None:
        """Owe an event of each type to the webhooks that want to hear of the order.

        :param events: their types, in the order in which they have to arrive.
        """
        for hook in HOOKS:
            if hook.channel not in ("", self._channels[order]):
                continue
            attempts = 1 + REFUSALS if hook is RETRIED else 1
            self.expected += [
                Expected(hook, event, self._names[order], attempts)
                for event in events
                if event in hook.events
            ]


def _ids(record: dict) -> dict:
    return {name: value for name, value in record.items() if name != "id"}
