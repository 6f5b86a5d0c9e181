"""Signatures of the Standard Webhooks specification, scheme ``v1``.

Source: https://github.com/standard-webhooks/standard-webhooks, "Signature scheme".
"""

import base64
import hashlib
import hmac
import secrets

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES = 32


def new_secret():
    """Return a new random signing secret: ``whsec_`` and 32 bytes in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret, message_id, timestamp, body):
    """Return the ``webhook-signature`` of one attempt.

    :param str secret: as :func:`new_secret` made it
    :param str message_id: what is sent as ``webhook-id``
    :param int timestamp: Unix time of the attempt in seconds, ``webhook-timestamp``
    :param bytes body: the request's body, byte for byte
    """
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
