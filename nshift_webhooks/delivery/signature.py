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
#: Limits of a secret in bytes. Source: Standard Webhooks, "Signature scheme"
LEAST_SECRET_BYTES = 24
MOST_SECRET_BYTES = 64
#: Least number of different bytes in a secret, and of different steps between adjacent
#: bytes. Fewer than one in 10^11 of the shortest random secrets has fewer, and of
#: longer ones fewer still: at most C(256, 11) * (11 / 256)^23.
LEAST_DIFFERENT_BYTES = 12


def new_secret():
    """Return a new random signing secret: ``whsec_`` and 32 bytes in base64."""
    return SECRET_PREFIX + _text(secrets.token_bytes(SECRET_BYTES))


def check_secret(text):
    """Refuse a signing secret that is malformed or easy to guess.

    :param text: ``whsec_`` and base64 of 24 to 64 bytes; any other type is refused
    :raises ValueError: with the reason, which does not quote the secret
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
    """Return a new Ed25519 private key: ``whsk_`` and 32 bytes in base64."""
    return PRIVATE_KEY_PREFIX + _text(Ed25519PrivateKey.generate().private_bytes_raw())


def public_key(private_key):
    """Return the public key for receivers: ``whpk_`` and 32 bytes in base64.

    :param str private_key: a key from :func:`new_private_key`
    """
    return PUBLIC_KEY_PREFIX + _text(_load(private_key).public_key().public_bytes_raw())


def sign(keys, message_id, timestamp, body):
    """Return the header ``webhook-signature`` of one attempt: a signature by each key.

    :param keys: secrets (``v1``) and private keys (``v1a``), with their prefixes
    :param str message_id: value of ``webhook-id``
    :param int timestamp: value of ``webhook-timestamp``, Unix time in seconds
    :param bytes body: body of the message, byte for byte
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
