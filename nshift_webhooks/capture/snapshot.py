"""The state of a record at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Snapshot:
    """The state of a record at one moment.

    :ivar subject: first part of the event types, and the payload's property that
        contains the record
    :ivar name: the record's name for people, such as the order's number
    :ivar company_id: id of the record's company
    :ivar channel_ids: ids of the order channels to which the record belongs
    :ivar state: value of the record's status field
    :ivar payload: the data of messages, None if no webhook asks for the data or if
        building them failed
    :ivar error: why the payload could not be built, None if it could
    :ivar is_cart: whether the record is a web shop's cart, which is an order only to
        webhooks that ask for carts
    :ivar met: the webhooks' conditions that the record meets
    :ivar is_over: whether messages about the record have ended, as those about a
        cancelled shipment
    :ivar leading_ids: ids of the records whose messages of the same transaction go
        before this record's
    """

    subject: str
    name: str
    company_id: int
    channel_ids: frozenset = frozenset()
    state: str | None = None
    payload: dict | None = None
    error: str | None = None
    is_cart: bool = False
    is_over: bool = False
    met: frozenset = frozenset()
    leading_ids: frozenset = frozenset()
