"""What must be told of any transaction, as a plain model without Odoo."""

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """What a payload shows of an order's line, as far as the tests change it."""

    quantity: int
    description: str


@dataclass(frozen=True)
class Order:
    """What a payload shows of an order, as far as the tests change it.

    :ivar lines: pairs of (id, Line), in the order of their making
    :ivar carrier: its carrier's id, None for none
    :ivar address: the id of the contact that it is delivered to
    :ivar made: how many deliveries have been made for it
    :ivar shipments: numbers of those that are not cancelled
    """

    id: int
    reference: str
    channel: int
    state: str = "draft"
    lines: tuple = ()
    carrier: int | None = None
    address: int | None = None
    made: int = 0
    shipments: frozenset = frozenset()


@dataclass(frozen=True)
class Webhook:
    """A webhook for one type of events.

    :ivar channels: empty for all
    """

    id: int
    event: str
    channels: frozenset = frozenset()

    def applies_to(self, order):
        return bool(order) and (not self.channels or order.channel in self.channels)


def must_be_told(before, after, webhooks):
    """Return how often each webhook is told of what.

    :param before: by id, each Order as the transaction found it
    :param after: by id, each Order as it was committed
    :param webhooks: each Webhook
    :return: counter of (webhook's id, order's id)
    """
    return Counter(
        {
            (webhook.id, id_): number
            for id_ in before.keys() | after.keys()
            for webhook in webhooks
            if (number := _times(webhook, before.get(id_), after.get(id_)))
        }
    )


def _times(webhook, before, after):
    was = before
    # to a webhook, an order that it does not follow is none
    before = before if webhook.applies_to(before) else None
    new = webhook.applies_to(after)
    match webhook.event:
        case "order.created":
            return not before and new
        case "order.updated":
            return bool(before) and new and shown(before) != shown(after)
        case "order.deleted":
            return bool(before) and not new
        case "order.confirmed":
            return new and _entered("sale", was, after)
        case "order.cancelled":
            return new and _entered("cancel", was, after)
        case "shipment.created":
            if not new:
                return 0
            return len(after.shipments - (before.shipments if before else set()))
        case "shipment.cancelled":
            if not before:
                return 0
            return len(before.shipments - (after.shipments if new else set()))
    raise ValueError(webhook.event)


def _entered(state, before, after):
    return (
        bool(after) and after.state == state and not (before and before.state == state)
    )


def shown(order):
    """Return what an order's payload shows: all but which shipments there are."""
    return (
        order.reference,
        order.channel,
        order.state,
        order.lines,
        order.carrier,
        order.address,
    )


def before_that(data, previous):
    """Return what data was, from what it is and what an update says of before."""
    old = dict(data)
    for name, value in previous.items():
        if isinstance(data.get(name), list) and isinstance(value, dict):
            value = _items_before(data[name], value)
        old[name] = value
    return old


def _items_before(items, previous):
    by_id = {str(item["id"]): item for item in items}
    for id_, value in previous.items():
        if value is None:
            del by_id[id_]
        else:
            by_id[id_] = by_id.get(id_, {}) | value
    return sorted(
        by_id.values(), key=lambda item: (item.get("sequence", 0), item["id"])
    )
