"""The difference between both ends of a transaction, for one record."""

from dataclasses import dataclass, replace

from .snapshot import Snapshot

#: Reason of a message that tells what a record is, though nothing has happened to it.
CURRENT_STATE = "current state"


@dataclass(frozen=True, eq=False)
class Change:
    """What a transaction did to one record.

    :ivar id: the record's
    :ivar before: the record's Snapshot as the transaction found it, None if there was
        no such record
    :ivar after: likewise as the transaction leaves it
    :ivar whole: what the transaction did to the record itself, where this is what it
        did to somebody who knows the record at one end only, or to one thing of two
        that the record was and is; None where this is all
    :ivar reason: what a message says of why it is sent, None for what follows from
        the change
    """

    id: int
    before: Snapshot | None
    after: Snapshot | None
    whole: "Change | None" = None
    reason: str | None = None

    @property
    def last(self):
        """The last that is known of the record, None if it only came and went."""
        return self.after or self.before

    @property
    def effect(self):
        """The net effect: ``created``, ``updated``, ``deleted``, or None if nothing
        that a payload shows has changed, or if it is unknown what was there before."""
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
        """Return the same to somebody to whom there was no such record at one end.

        :param bool before: whether there was one to them before
        :param bool after: whether there is one to them now
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
        """Return what the transaction did to each thing that the record was or is.

        What was a shipment and has become a return is gone, and a new return is there.
        """
        before, after = self.before, self.after
        if not (before and after) or before.subject == after.subject:
            return [self]
        return [self.seen(True, False), self.seen(False, True)]

    def entered(self, state):
        """Tell whether the record was brought into a state that it was not in.

        :param str state: a value of :attr:`Snapshot.state`
        """
        before = (self.whole or self).before
        return bool(self.after and self.after.state == state) and not (
            before and before.state == state
        )

    def reason_of(self, event):
        """Return why an event is told: the last part of its type, or more exactly.

        :param str event: its type
        :return: ``matches`` of what was there before, and is followed from now on;
            ``no longer matches`` of what is still there, and was followed; ``deleted``
            of what is gone, whatever the type
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
