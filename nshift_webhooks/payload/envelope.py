"""The message around a payload, as the Standard Webhooks specification has it.

Source: https://github.com/standard-webhooks/standard-webhooks, "Payload structure".
"""

import json
import re
import uuid

from .values import moment

#: Bytes that a message may have; common servers take no more.
LONGEST_MESSAGE = 5_000_000

#: How a message begins, before its ID.
BEGINNING = '{"id":"'

_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":")
).encode

#: How :func:`encode` begins, and so does the thin form of a message.
_HEAD = re.compile(
    r'\{"id":"[^"\\]*","type":"([^"\\]*)","timestamp":"[^"\\]*","api_version":"([^"\\]*)"'
)


def new_message_id():
    """Return a new idempotency key: the same for all attempts of one event."""
    return f"msg_{uuid.uuid4().hex}"


def encode_data(data):
    """Return the payload of a message as JSON: once for all webhooks that get it.

    :param dict data: what is told, not empty
    :raises ValueError, TypeError: there is something in it that JSON does not know
    """
    return _encode(data)


def indented(body):
    """Return a message as people read it.

    :param body: as it is stored; False, where there is none, is returned
    """
    return body and json.dumps(json.loads(body), indent=2, ensure_ascii=False)


def is_too_large(data):
    """Tell whether a payload is larger than a message may be.

    :param str data: from :func:`encode_data`
    """
    # a character has four bytes at the most
    return 4 * len(data) > LONGEST_MESSAGE and len(data.encode()) > LONGEST_MESSAGE


def encode(message_id, event, timestamp, version, data, sequence):
    """Return the body of a message: what is stored, signed and sent.

    :param str message_id: see :func:`new_message_id`
    :param str event: the event's type, such as ``order.created``
    :param datetime timestamp: when it happened, naive UTC
    :param str version: of what the data look like, see ``contract/versions.py``
    :param str data: from :func:`encode_data`
    :param int sequence: the number of the change among all of the record
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
    """Return what follows the ID in a message: all that one has in common with those
    that other webhooks are sent of the same change.

    :param str body: from :func:`encode`
    :return: None for what does not begin with the ID
    """
    beginning = f"{BEGINNING}{message_id}"
    return body[len(beginning) :] if body.startswith(beginning) else None


def head_of(body):
    """Return what a message says of its type and its version: what its request's
    headers say, too.

    :param str body: from :func:`encode`
    :return: type and version; empty texts for what nobody has made with ``encode``
    """
    head = _HEAD.match(body)
    return head.groups() if head else ("", "")
