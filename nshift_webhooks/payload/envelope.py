"""The message around a payload, as the Standard Webhooks specification has it.

Source: https://github.com/standard-webhooks/standard-webhooks, "Payload structure".
"""

import json
import uuid

from .values import moment

API_VERSION = "1"


def new_message_id():
    """Return a new idempotency key: the same for all attempts of one event."""
    return f"msg_{uuid.uuid4().hex}"


def encode(message_id, event, timestamp, data):
    """Return the body of a message: what is stored, signed and sent.

    :param str message_id: see :func:`new_message_id`
    :param str event: the event's type, such as ``order.created``
    :param datetime timestamp: when it happened, naive UTC
    :param dict data: the payload
    """
    return json.dumps(
        {
            "id": message_id,
            "type": event,
            "timestamp": moment(timestamp),
            "api_version": API_VERSION,
            "data": data,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
