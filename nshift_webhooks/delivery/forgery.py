"""Trying a receiving system with a message that is signed with a wrong secret."""

from dataclasses import replace

from .signature import new_secret

#: By what a receiving system says that it does not accept a signature. Other codes say
#: something else, such as that nothing is at this address.
REFUSALS = (400, 401, 403, 422)


def forged(endpoint):
    """Return an Endpoint whose messages are signed with a secret that nobody has."""
    return replace(endpoint, keys=(new_secret(),))


def verdict(answer):
    """Return what an answer to a forged message tells.

    :param answer: the sender's Answer, or what has kept its failure and code
    :return: ``refused``, ``accepted``, or None if it does not tell
    """
    if not answer.failure:
        return "accepted"
    return "refused" if answer.response_code in REFUSALS else None
