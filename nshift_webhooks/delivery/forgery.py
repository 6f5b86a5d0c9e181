"""Testing a receiving system with a message that is signed with a wrong secret."""

from dataclasses import replace

from .sender import Endpoint
from .signature import new_secret

#: Status codes by which receiving systems refuse a signature. Other codes have other
#: meanings, such as that nothing exists at the address.
REFUSALS = (400, 401, 403, 422)


def forged(endpoint: Endpoint) -> Endpoint:
    """Return an Endpoint whose messages are signed with a new, unknown secret."""
    return replace(endpoint, keys=(new_secret(),))


def verdict(answer):
    """Return how a receiving system has judged a forged message.

    :param answer: the sender's Answer, or another object with its ``failure`` and
        ``response_code``
    :return: ``refused``, ``accepted``, or None if the answer does not tell
    """
    if not answer.failure:
        return "accepted"
    return "refused" if answer.response_code in REFUSALS else None
