"""The difference between both ends of a transaction, for one record."""

from dataclasses import dataclass, replace

from .snapshot import Snapshot

#: Reason of a message on a record that has not changed.
CURRENT_STATE = "current state"


@dataclass(frozen=True, eq=False)
class Change:
    """The change of one record by a transaction.

    A change may be one side of a larger change: a webhook follows the record at one end
    only, or the record was a shipment and is a return.

    :ivar id: the record's
    :ivar before: the Snapshot that the transaction found, None if there was no such
        record
    :ivar after: the Snapshot that the transaction leaves, None likewise
    :ivar whole: the larger Change, None if there is none
    :ivar reason: the reason that the message gives, None if it follows from the change
    """

    id: int
    before: Snapshot | None
    after: Snapshot | None
    whole: "Change | None" = None
    reason: str | None = None

    @property
    def last(self):
        """The latest Snapshot, None if the record only came and went."""
        return self.after or self.before

    @property
    def effect(self):
        """The net effect: ``created``, ``updated`` or ``deleted``; None if the payload
        has not changed, or if the payload before is unknown.
        """
        before, after = self.before, self.after
        if before is None:
            return "created" if after else None
        if before.payload is None and before.error is None:
            # nobody asked when the transaction began
            return None
        if after is None:
            return "deleted"
        if before.error or after.error or before.payload != after.payload:
            return "updated"
        return None

    def seen(self, before, after):
        """Return a webhook's side of the change.

        :param bool before: whether the webhook followed the record before
        :param bool after: whether the webhook follows the record now
        """
        if before is bool(self.before) and after is bool(self.after):
            return self
        return replace(
            self,
            before=self.before if before else None,
            after=self.after if after else None,
            whole=self.whole or self,
        )

    def split(self):
        """Return a Change for each subject that the record was or is.

        A shipment that has become a return is a deletion and a creation.
        """
        before, after = self.before, self.after
        if not (before and after) or before.subject == after.subject:
            return [self]
        return [self.seen(True, False), self.seen(False, True)]

    def entered(self, state):
        """Tell whether the record was brought into a state.

        :param str state: a value of :attr:`Snapshot.state`
        """
        before = (self.whole or self).before
        return bool(self.after and self.after.state == state) and not (
            before and before.state == state
        )

    def reason_of(self, event):
        """Return the reason for an event: the last part of its type, or more exactly.

        :param str event: its type
        :return: ``matches`` if the record was there before, and is followed from now
            on; ``no longer matches`` if the record is still there, and was followed;
            ``deleted`` if the record is gone, whatever the type
        """
        if self.reason:
            return self.reason
        whole = self.whole or self
        happened = event.partition(".")[2]
        if happened == "created":
            # a cart is an order to few, so one that is checked out is new
            is_new = whole.before is None or whole.before.is_cart
            return "created" if is_new else "matches"
        if self.after is None:
            return "no longer matches" if whole.after else "deleted"
        return happened
