"""Making a Message for the sender from a stored event."""

from ..delivery.sender import Message
from ..payload.envelope import head_of


def message_of(message_id, body, attempt=1):
    """Return the Message for the sender.

    :param str message_id: the idempotency key
    :param str body: the JSON document as stored
    :param int attempt: number of attempts so far, this one included
    """
    return Message(message_id, body.encode(), attempt, *head_of(body))
