"""A record at one end of a transaction, and the difference between both ends."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Snapshot:
    """What a record was at one moment.

    :ivar name: what people call the record
    :ivar company_id: its company
    :ivar channel_id: its order channel, None if it has none
    :ivar payload: what webhooks tell of it, None where no webhook asks for it or
        where it could not be built
    :ivar error: why the payload could not be built, None if it could
    """

    name: str
    company_id: int
    channel_id: int | None
    payload: dict | None = None
    error: str | None = None


def net_effect(before, after):
    """Say what a transaction did to a record.

    :param before: its :class:`Snapshot` as the transaction found it, None if there
        was no such record
    :param after: its :class:`Snapshot` as the transaction leaves it, likewise
    :return: ``created``, ``updated``, ``deleted``, or None if nothing that a payload
        shows has changed, or if it is unknown what was there before
    """
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
