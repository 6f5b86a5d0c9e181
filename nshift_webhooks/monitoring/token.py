"""The token of whoever may read what monitoring is told.

Only its digest is kept. A token has 256 random bits, so that nobody finds it from a
digest that is made at once, and no salt is needed.
"""

import hashlib
import hmac
import re
import secrets

PREFIX = "whmon_"
#: Bytes of chance in a token.
RANDOM_BYTES = 32
KEPT = re.compile("sha256:[0-9a-f]{64}")


def new_token():
    """Return a token that nobody has."""
    return PREFIX + secrets.token_urlsafe(RANDOM_BYTES)


def digest(token):
    """Return what is kept of a token."""
    # what cannot be encoded is no token of ours
    return f"sha256:{hashlib.sha256(token.encode(errors='replace')).hexdigest()}"


def is_kept(text):
    """Tell whether a text is what is kept of a token."""
    return bool(KEPT.fullmatch(text or ""))


def opens(authorization, kept):
    """Tell whether a request has the token of which this is kept.

    :param authorization: its header of that name, if it has one
    :param str kept: what :func:`digest` returned for the token
    """
    # RFC 9110, section 11.1: the scheme's name is in either case
    scheme, _space, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not is_kept(kept):
        return False
    return hmac.compare_digest(digest(token.strip()), kept)
