"""The difference between both ends of a transaction, for one record."""

from dataclasses import dataclass, replace

from .snapshot import Snapshot

#: Reason of a message on a record that has not changed.
CURRENT_STATE = "current state"


@dataclass(frozen=True, eq=False)
class Change:
    """The change of one record by a transaction.

    A change may be one side of a larger change, for example where a webhook follows the
    record only before the transaction or only after, or where a shipment became a
    return.

    :ivar id: id of the record
    :ivar before: the Snapshot at the start of the transaction, None if the record did
        not exist then
    :ivar after: the Snapshot at the end of the transaction, None if the record does not
        exist any more
    :ivar whole: the larger Change, None if there is none
    :ivar reason: the reason that the message gives, None to derive the reason from the
        change
    """

    id: int
    before: Snapshot | None
    after: Snapshot | None
    whole: "Change | None" = None
    reason: str | None = None

    @property
    def last(self) -> Snapshot | None:
        """The latest Snapshot, None if the record was created and deleted."""
        return self.after or self.before

    @property
    def effect(self) -> str | None:
        """The net effect: ``created``, ``updated`` or ``deleted``; None if the payload
        has not changed, if the payload before is unknown, or if the transaction created
        and deleted the record.
        """
        before, after = self.before, self.after
        if before is None:
            return "created" if after else None
        if before.payload is None and before.error is None:
            # no webhook asked for the payload when the transaction began
            return None
        if after is None:
            return "deleted"
        if before.error or after.error or before.payload != after.payload:
            return "updated"
        return None

    def seen(self, before: bool, after: bool) -> "Change":
        """Return a webhook's side of the change.

        :param bool before: whether the webhook followed the record at the start
        :param bool after: whether the webhook follows the record at the end
        """
        if before is bool(self.before) and after is bool(self.after):
            return self
        return replace(
            self,
            before=self.before if before else None,
            after=self.after if after else None,
            whole=self.whole or self,
        )

    def split(self) -> "list[Change]":
        """Return the changes by subject: one Change, or two if the subject changed.

        A shipment that became a return is a deletion and a creation.
        """
        before, after = self.before, self.after
        if not (before and after) or before.subject == after.subject:
            return [self]
        return [self.seen(True, False), self.seen(False, True)]

    def entered(self, state: str) -> bool:
        """Tell whether the transaction brought the record into a state.

        :param str state: a value of :attr:`Snapshot.state`
        """
        before = (self.whole or self).before
        return bool(self.after and self.after.state == state) and not (
            before and before.state == state
        )

    def reason_of(self, event: str) -> str:
        """Return the reason that a message gives for an event.

        :param str event: type of the event
        :return: the last part of the type, except in these cases: ``matches`` if an
            existing record came to be followed; ``no longer matches`` if the record
            still exists and is not followed any more; ``deleted`` if the record is
            gone, whatever the type
        """
        if self.reason:
            return self.reason
        whole = self.whole or self
        happened = event.partition(".")[2]
        if happened == "created":
            # few webhooks follow carts, so a cart becomes an order at the checkout
            is_new = whole.before is None or whole.before.is_cart
            return "created" if is_new else "matches"
        if self.after is None:
            return "no longer matches" if whole.after else "deleted"
        return happened
