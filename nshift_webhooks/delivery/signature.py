"""Signatures of the Standard Webhooks specification, schemes ``v1`` and ``v1a``.

Source: https://github.com/standard-webhooks/standard-webhooks, "Signature scheme".
"""

import base64
import functools
import hmac
import secrets

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
PRIVATE_KEY_PREFIX = "whsk_"
PUBLIC_KEY_PREFIX = "whpk_"
SECRET_BYTES = 32
#: How many bytes a secret may have. Source: Standard Webhooks, "Signature scheme"
LEAST_SECRET_BYTES = 24
MOST_SECRET_BYTES = 64
#: Different bytes that a secret has at the least, and differences between neighbours.
#: Of the shortest random secrets fewer than one in 10^11 has less, of longer ones fewer
#: still: at most C(256, 11) * (11 / 256)^23 of all.
LEAST_DIFFERENT_BYTES = 12


def new_secret():
    """Return a new random signing secret: ``whsec_`` and 32 bytes in base64."""
    return SECRET_PREFIX + _text(secrets.token_bytes(SECRET_BYTES))


def check_secret(text):
    """Refuse a signing secret that is malformed, or that somebody could guess.

    :param text: ``whsec_`` and base64 of 24 to 64 bytes; anything else is refused
    :raises ValueError: and does not quote it
    """
    try:
        if not text.startswith(SECRET_PREFIX):
            raise ValueError
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (AttributeError, TypeError, ValueError):
        raise ValueError("It is not whsec_ and base64.") from None
    if not LEAST_SECRET_BYTES <= len(key) <= MOST_SECRET_BYTES:
        raise ValueError("It does not have 24 to 64 bytes.")
    steps = {(key[n] - key[n - 1]) % 256 for n in range(1, len(key))}
    if min(len(set(key)), len(steps)) < LEAST_DIFFERENT_BYTES:
        raise ValueError("It is not random.")


def new_private_key():
    """Return a new Ed25519 key: ``whsk_`` and its 32 bytes in base64."""
    return PRIVATE_KEY_PREFIX + _text(Ed25519PrivateKey.generate().private_bytes_raw())


def public_key(private_key):
    """Return what a receiver verifies with: ``whpk_`` and 32 bytes in base64.

    :param str private_key: as :func:`new_private_key` made it
    """
    return PUBLIC_KEY_PREFIX + _text(_load(private_key).public_key().public_bytes_raw())


def sign(keys, message_id, timestamp, body):
    """Return the ``webhook-signature`` of one attempt: a signature with each key.

    :param keys: secrets (``v1``) and private keys (``v1a``), as they were made here
    :param str message_id: what is sent as ``webhook-id``
    :param int timestamp: Unix time of the attempt in seconds, ``webhook-timestamp``
    :param bytes body: the request's body, byte for byte
    """
    signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return " ".join(_sign(key, signed) for key in keys)


def _sign(key, signed):
    if key.startswith(PRIVATE_KEY_PREFIX):
        return "v1a," + _text(_load(key).sign(signed))
    secret = base64.b64decode(key.removeprefix(SECRET_PREFIX))
    return "v1," + _text(hmac.digest(secret, signed, "sha256"))


@functools.lru_cache(maxsize=64)
def _load(private_key):
    encoded = private_key.removeprefix(PRIVATE_KEY_PREFIX)
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(encoded))


def _text(data):
    return base64.b64encode(data).decode()
