"""The token for reading the health and the metrics.

Only the token's digest is stored. A token has 256 random bits, so a fast digest without
a salt is enough: nobody can guess the token from the digest.
"""

import hashlib
import hmac
import re
import secrets

PREFIX = "whmon_"
#: Random bytes in a token.
RANDOM_BYTES = 32
KEPT = re.compile("sha256:[0-9a-f]{64}")


def new_token():
    """Return a new random token."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest(token):
    """Return the stored form of a token: its SHA-256."""
    # replaced, since a client may send characters that cannot be encoded
    return f"sha256:{hashlib.sha256(token.encode(errors='replace')).hexdigest()}"


def is_kept(text):
    """Tell whether a text is the stored form of a token."""
    return bool(KEPT.fullmatch(text or ""))


def opens(authorization, kept):
    """Tell whether a request has the right token.

    :param authorization: the request's ``Authorization`` header, None if there is none
    :param str kept: stored form of the token, from :func:`digest`
    """
    # RFC 9110, section 11.1: the scheme's name is case-insensitive
    scheme, _space, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not is_kept(kept):
        return False
    return hmac.compare_digest(digest(token.strip()), kept)
