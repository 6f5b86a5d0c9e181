"""The state of a record at one moment."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Snapshot:
    """The state of a record at one moment.

    :ivar subject: first part of the types of the record's events, and the property of
        the payload that has the record
    :ivar name: what people call the record
    :ivar company_id: its company
    :ivar channel_ids: the order channels that it belongs to
    :ivar state: its status, as the record's model has it
    :ivar payload: the data that messages tell, None where no webhook asks for any or
        where building failed
    :ivar error: why the payload could not be built, None if it could
    :ivar is_cart: whether it is a cart of the web shop, which is an order only to those
        who ask for carts
    :ivar met: the conditions of webhooks that it meets
    :ivar is_over: whether nothing is told of it any more, as of a cancelled shipment
    :ivar leading_ids: the records whose messages of the same transaction go before
        its own
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
