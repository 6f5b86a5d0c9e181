"""The limits of a request: it ends in time, and receives a limited number of bytes.

A time-out for each operation would not do: an endpoint that sends a byte now and then
would never time out. Here every operation gets only the time that is left, be it
looking up the host, connecting, the TLS handshake, sending or reading.
"""

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from .failure import BadAnswer


@dataclass
class Limits:
    """The time and bytes that a thread's request has left.

    :ivar ends_at: when it must end, as of ``time.monotonic``
    :ivar bytes_left: how many more it may receive, TLS handshake included
    :ivar inside: the host's address if that is not public: connected to because it is
        allowed, or refused
    """

    ends_at: float
    bytes_left: int
    inside: str | None = None


_limits = ContextVar("limits")


@contextmanager
def deadline(seconds, most_bytes):
    """Have the request that is made in the ``with`` block end in time.

    What it has not done by then raises a ``TimeoutError``.

    :param float seconds: from now on
    :param int most_bytes: that may be received
    :return: the request's :class:`Limits`
    """
    request = Limits(time.monotonic() + seconds, most_bytes)
    token = _limits.set(request)
    try:
        yield request
    finally:
        _limits.reset(token)


def time_left():
    """Return how many seconds the request has.

    :raises TimeoutError: none
    """
    seconds = _limits.get().ends_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("The request has taken too long.")
    return seconds


def count_received(number):
    """Take received bytes from those that the request may receive.

    :raises BadAnswer: that was more than were left
    """
    request = _limits.get()
    request.bytes_left -= number
    if request.bytes_left < 0:
        raise BadAnswer("The endpoint sent too many bytes.")


def note_inside(address):
    """Remember that the request's host has this address, which is not public."""
    _limits.get().inside = address
