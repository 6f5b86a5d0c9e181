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
    :ivar moved_away: whether the record has gone where whoever is told must not follow
    :ivar reason: why it is told, None if there is nothing to say
    """

    id: int
    before: Snapshot | None
    after: Snapshot | None
    moved_away: bool = False
    reason: str | None = None

    @property
    def last(self):
        """The last that is known of the record, None if it only came and went."""
        return self.after or self.before

    @property
    def without_carts(self):
        """The same to those for whom a cart is no record at all."""
        before, after = self.before, self.after
        if not (before and before.is_cart or after and after.is_cart):
            return self
        return replace(
            self,
            before=None if before and before.is_cart else before,
            after=None if after and after.is_cart else after,
        )

    @property
    def moved(self):
        """Whether the record went from one company to another."""
        return bool(
            self.before
            and self.after
            and self.before.company_id != self.after.company_id
        )

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

    def split(self):
        """Return what the transaction did to each thing that the record was or is.

        What was a shipment and has become a return is gone, and a new return is there.
        """
        before, after = self.before, self.after
        if not (before and after) or before.subject == after.subject:
            return [self]
        return [replace(self, after=None), replace(self, before=None)]

    def entered(self, state):
        """Tell whether the record was brought into a state that it was not in.

        :param str state: a value of :attr:`Snapshot.state`
        """
        return bool(self.after and self.after.state == state) and not (
            self.before and self.before.state == state
        )
