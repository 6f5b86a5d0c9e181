"""The webhooks that ask for an event."""

from collections import defaultdict
from typing import NamedTuple


class Subscription(NamedTuple):
    """An active webhook's choices.

    :ivar webhook_id: the webhook
    :ivar company_id: the company whose records it follows, None for all
    :ivar channel_ids: the order channels, empty for all records with or without one
    :ivar include_carts: whether it follows carts of the web shop
    :ivar condition: the condition that records meet, as a text, None if there is none
    :ivar version: of the messages that it is sent
    :ivar is_thin: whether it is sent thin messages
    """

    webhook_id: int
    company_id: int | None
    channel_ids: frozenset
    include_carts: bool = False
    condition: str | None = None
    version: str | None = None
    is_thin: bool = False

    def follows(self, snapshot):
        """Tell whether the webhook is told of a record as it was or is.

        :param snapshot: the record's Snapshot, None if there is no such record
        """
        return snapshot is not None and not any(self.obstacles(snapshot))

    def obstacles(self, snapshot):
        """Yield why the webhook is not told of a record; nothing if it is told.

        :param snapshot: the record's Snapshot
        :return: some of ``cart``, ``company``, ``channel`` and ``condition``
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
        """Return which ends of a change the webhook is told of: before, and after.

        Of what is over, the webhook is told when that happens, and no more.
        """
        before, after = change.before, change.after
        followed = self.follows(before) and not before.is_over
        return followed, self.follows(after) and (followed or not after.is_over)

    @property
    def is_selective(self):
        """Whether there are records that the webhook does not follow."""
        return bool(self.company_id or self.channel_ids or self.condition)


class Audience:
    """The active webhooks for the events of one model's records.

    :param subscriptions: lists of Subscription by event type
    :ivar conditions: what decides, by the text of a condition of theirs
    :ivar hears_changes: whether one of them wants to hear of records that were there
        before
    :ivar hears_new: whether one of them wants to hear of records that were not
    :ivar hears_carts: whether one of them follows carts of the web shop
    :ivar is_selective: whether one of them does not follow all records
    """

    def __init__(self, subscriptions, conditions=None):
        self.conditions = conditions or {}
        self._subscriptions = subscriptions
        self._all = set().union(*subscriptions.values())
        self._parts = {}
        effects = {event.partition(".")[2] for event in subscriptions}
        self.hears_changes = bool(effects - {"created"})
        self.hears_new = bool(effects - {"updated", "deleted"})
        self.hears_carts = any(each.include_carts for each in self._all)
        self.is_selective = any(each.is_selective for each in self._all)

    @property
    def webhook_ids(self):
        """The ids of all these webhooks."""
        return frozenset(subscription.webhook_id for subscription in self._all)

    def views(self, change):
        """Return who sees a change how.

        To a webhook, a record that it does not follow is none: what comes to be
        followed appears, and what is not followed any more is gone.

        :return: the Audience of those who see it, by the Change as these see it
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
        """Return the Audience of some of the webhooks."""
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

    def all_follow(self, change):
        """Tell whether the record is one to all webhooks, at both ends."""
        whole = bool(change.before), bool(change.after)
        return all(each.ends(change) == whole for each in self._all)

    def sees_new(self, change):
        """Tell whether a change brings somebody a record that is new to them."""
        return any(each.ends(change) == (False, True) for each in self._all)

    def of(self, event):
        """Return who is told of an event.

        :param str event: the event's type
        """
        return self._subscriptions.get(event, [])
