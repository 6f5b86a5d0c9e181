"""The message around a payload, in the form of the Standard Webhooks specification.

Source: https://github.com/standard-webhooks/standard-webhooks, "Payload structure".
"""

import json
import re
import uuid

from .values import moment

#: Most bytes of a message; common servers accept no more.
LONGEST_MESSAGE = 5_000_000

#: Beginning of a message, before the ID.
BEGINNING = '{"id":"'

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode

#: Beginning of a message from :func:`encode`, and of its thin form.
_HEAD = re.compile(
    r'\{"id":"[^"\\]*","type":"([^"\\]*)","timestamp":"[^"\\]*","api_version":"([^"\\]*)"'
)


def new_message_id():
    """Return a new message ID, the idempotency key of all attempts of an event."""
    return f"msg_{uuid.uuid4().hex}"


def encode_data(data):
    """Return a payload as JSON, to be shared by all webhooks that get the payload.

    :param dict data: the payload, not empty
    :raises ValueError, TypeError: a value cannot be written in JSON
    """
    return _encode(data)


def indented(body):
    """Return a message with line breaks and indentation.

    :param body: the message as stored; a false value is returned as it is
    """
    return body and json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def is_too_large(data):
    """Tell whether a payload is larger than a message may be.

    :param str data: from :func:`encode_data`
    """
    # quick check first: a character has at most four bytes
    return 4 * len(data) > LONGEST_MESSAGE and len(data.encode()) > LONGEST_MESSAGE


def encode(message_id, event, timestamp, version, data, sequence):
    """Return the body of a message, as stored, signed and sent.

    :param str message_id: ID from :func:`new_message_id`
    :param str event: type of the event, such as ``order.created``
    :param datetime timestamp: time of the event, naive UTC
    :param str version: version of the data's format, see ``contract/versions.py``
    :param str data: payload from :func:`encode_data`
    :param int sequence: number of the change among all changes of the record
    """
    head = encode_data(
        {
            "id": message_id,
            "type": event,
            "timestamp": moment(timestamp),
            "api_version": version,
        }
    )
    return f'{head[:-1]},"data":{data[:-1]},"sequence":{sequence}}}}}'


def rest_of(message_id, body):
    """Return the part of a message after its ID.

    The messages to different webhooks about the same change share this part.

    :param str message_id: ID of the message
    :param str body: message from :func:`encode`
    :return: None if the message does not begin with the ID
    """
    beginning = f"{BEGINNING}{message_id}"
    return body[len(beginning) :] if body.startswith(beginning) else None


def head_of(body):
    """Return the type and version of a message, for the headers of requests.

    :param str body: message from :func:`encode`
    :return: (type, version), empty texts if the message was not made by ``encode``
    """
    head = _HEAD.match(body)
    return head.groups() if head else ("", "")
