"""The webhooks that ask for an event."""

from collections import defaultdict
from typing import NamedTuple

from .change import Change
from .snapshot import Snapshot


class Subscription(NamedTuple):
    """The choices of an active webhook.

    :ivar webhook_id: id of the webhook
    :ivar company_id: id of the company whose records the webhook follows, None for all
    :ivar channel_ids: ids of the order channels, empty for all records with or without
        a channel
    :ivar include_carts: whether the webhook follows carts of the web shop
    :ivar condition: the domain that records must meet, as text; None if there is none
    :ivar version: version of the webhook's messages
    :ivar is_thin: whether the webhook gets thin messages
    """

    webhook_id: int
    company_id: int | None
    channel_ids: frozenset
    include_carts: bool = False
    condition: str | None = None
    version: str | None = None
    is_thin: bool = False

    def follows(self, snapshot: Snapshot | None) -> bool:
        """Tell whether the webhook follows a record in a state.

        :param snapshot: the record's Snapshot, None if there is no such record
        """
        return snapshot is not None and not any(self.obstacles(snapshot))

    def obstacles(self, snapshot: Snapshot):
        """Yield the reasons for which the webhook does not follow a record.

        :param snapshot: the record's Snapshot
        :return: some of ``cart``, ``company``, ``channel`` and ``condition``; none if
            the webhook follows the record
        """
        if snapshot.is_cart and not self.include_carts:
            yield "cart"
        if self.company_id not in (None, snapshot.company_id):
            yield "company"
        if self.channel_ids and self.channel_ids.isdisjoint(snapshot.channel_ids):
            yield "channel"
        if self.condition is not None and self.condition not in snapshot.met:
            yield "condition"

    def ends(self, change):
        """Return whether the webhook follows a record before and after a change.

        When a record is over, the webhook sees the change to that state and no later
        change.

        :return: a tuple of two bools
        """
        before, after = change.before, change.after
        followed = self.follows(before) and not before.is_over
        return followed, self.follows(after) and (followed or not after.is_over)

    @property
    def is_selective(self):
        """Whether the webhook may leave out some records."""
        return bool(self.company_id or self.channel_ids or self.condition)


class Audience:
    """The active webhooks that follow one model's records.

    :param subscriptions: lists of Subscription by event type
    :param conditions: the Domain of each condition, by the condition's text
    :ivar hears_changes: whether a webhook asks for events of existing records
    :ivar hears_new: whether a webhook asks for events of new records
    :ivar hears_carts: whether a webhook follows carts of the web shop
    :ivar is_selective: whether a webhook may leave out some records
    """

    def __init__(self, subscriptions, conditions=None):
        self.conditions = conditions or {}
        self._subscriptions = subscriptions
        self._all: set[Subscription] = set().union(*subscriptions.values())
        self._parts: dict[frozenset, Audience] = {}
        effects = {event.partition(".")[2] for event in subscriptions}
        self.hears_changes = bool(effects - {"created"})
        self.hears_new = bool(effects - {"updated", "deleted"})
        self.hears_carts = any(each.include_carts for each in self._all)
        self.is_selective = any(each.is_selective for each in self._all)

    @property
    def webhook_ids(self):
        """The ids of the webhooks."""
        return frozenset(subscription.webhook_id for subscription in self._all)

    def views(self, change: Change):
        """Return the different views that the webhooks have of a change.

        A record that a webhook does not follow does not exist for the webhook: a record
        that comes to be followed is created, and a record that is not followed any more
        is deleted.

        :return: a dict from the Change as some webhooks see it to their Audience
        """
        views = defaultdict(set)
        for subscription in self._all:
            ends = subscription.ends(change)
            if any(ends):
                views[ends].add(subscription)
        return {
            change.seen(*ends): self._part(frozenset(subscriptions))
            for ends, subscriptions in views.items()
        }

    def _part(self, subscriptions):
        """Return an Audience of some of the webhooks."""
        if len(subscriptions) == len(self._all):
            return self
        if subscriptions not in self._parts:
            kept = {
                event: [each for each in wanting if each in subscriptions]
                for event, wanting in self._subscriptions.items()
            }
            self._parts[subscriptions] = Audience(
                {event: some for event, some in kept.items() if some}
            )
        return self._parts[subscriptions]

    def all_follow(self, change: Change) -> bool:
        """Tell whether all webhooks follow the record at both ends of a change."""
        whole = bool(change.before), bool(change.after)
        return all(each.ends(change) == whole for each in self._all)

    def sees_new(self, change: Change) -> bool:
        """Tell whether a change makes the record appear to a webhook."""
        return any(each.ends(change) == (False, True) for each in self._all)

    def of(self, event):
        """Return the subscriptions to an event.

        :param str event: type of the event
        """
        return self._subscriptions.get(event, [])
