"""Which webhooks want to hear of an event."""

from collections import defaultdict
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple


class Subscription(NamedTuple):
    """What capture knows of an active webhook.

    :ivar webhook_id: the webhook
    :ivar company_id: the company whose records it is told of, None for all
    :ivar channel_ids: the order channels, empty for all records with or without one
    :ivar include_carts: whether it is told of carts of the web shop
    """

    webhook_id: int
    company_id: int | None
    channel_ids: frozenset
    include_carts: bool = False

    def wants(self, snapshot):
        """Tell whether the webhook applies to a record.

        :param snapshot: the record's Snapshot, None if there is no such record
        """
        return (
            snapshot is not None
            and (self.include_carts or not snapshot.is_cart)
            and self.company_id in (None, snapshot.company_id)
            and not (
                self.channel_ids and self.channel_ids.isdisjoint(snapshot.channel_ids)
            )
        )

    def may_see(self, snapshot):
        """Tell whether the webhook's company may see a record as it was or is.

        :param snapshot: the record's Snapshot, None if there is no such record
        """
        return snapshot is None or self.company_id in (None, snapshot.company_id)


class Audience:
    """The active webhooks for the events of one model's records.

    :param subscriptions: lists of Subscription by event type
    :ivar hears_changes: whether one of them wants to hear of records that were there
        before
    :ivar hears_new: whether one of them wants to hear of records that were not
    :ivar hears_carts: whether one of them wants to hear of carts of the web shop
    """

    def __init__(self, subscriptions):
        self._subscriptions = subscriptions
        effects = {event.partition(".")[2] for event in subscriptions}
        self.hears_changes = bool(effects - {"created"})
        self.hears_new = bool(effects - {"updated", "deleted"})
        self.hears_carts = any(
            subscription.include_carts
            for wanting in subscriptions.values()
            for subscription in wanting
        )

    @cached_property
    def webhook_ids(self):
        """The ids of all these webhooks."""
        return frozenset(
            subscription.webhook_id
            for wanting in self._subscriptions.values()
            for subscription in wanting
        )

    def sides(self, change):
        """Return who sees a change how: for some, carts are no orders.

        To these, an order appears when it is checked out, and is gone when somebody
        makes a cart of it again.

        :return: the Audience of each side, by the Change as these see it
        """
        without_carts = change.without_carts
        if without_carts is change:
            return {change: self}
        sides = {change: self._with_carts, without_carts: self._without_carts}
        return {
            seen: audience
            for seen, audience in sides.items()
            if seen.last and audience._subscriptions
        }

    @cached_property
    def _with_carts(self):
        return self._only(lambda subscription: subscription.include_carts)

    @cached_property
    def _without_carts(self):
        return self._only(lambda subscription: not subscription.include_carts)

    def _only(self, condition):
        """Return the Audience of some of the webhooks."""
        kept = {
            event: list(filter(condition, subscriptions))
            for event, subscriptions in self._subscriptions.items()
        }
        return Audience({event: some for event, some in kept.items() if some})

    def views(self, event, change):
        """Return who is told what of an event: none more than its company may see.

        Of a record that moves from one company to another, the former company's
        webhooks see how it was, and the new one's how it is.

        :param str event: the event's type
        :param change: the Change that caused it
        :return: lists of Subscription by the Change as these see it
        """
        subscriptions = self.of(event, change)
        if not change.moved:
            return {change: subscriptions} if subscriptions else {}
        moved_away = replace(change, after=change.before, moved_away=True)
        arrived = replace(change, before=None)
        views = defaultdict(list)
        for subscription in subscriptions:
            if not subscription.may_see(change.after):
                # nothing else has happened to the record while it was theirs
                if event.endswith(".updated"):
                    views[moved_away].append(subscription)
            elif not subscription.may_see(change.before):
                views[arrived].append(subscription)
            else:
                views[change].append(subscription)
        return views

    def of(self, event, change):
        """Return who is told of an event.

        A webhook that applied to the record before is told as well as one that applies
        to it now.

        :param str event: the event's type
        :param change: the Change that caused it
        """
        return [
            subscription
            for subscription in self._subscriptions.get(event, ())
            if subscription.wants(change.before) or subscription.wants(change.after)
        ]
