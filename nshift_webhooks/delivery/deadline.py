"""The limits of a request: its duration, and the bytes that it receives.

A time-out for each operation would not be enough: an endpoint that sends a byte now and
then would never exceed it. Here all operations share the time of the request: looking
up the host, connecting, the TLS handshake, sending and reading.
"""

import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from .failure import BadAnswer


@dataclass
class Limits:
    """The time and bytes that the request of a thread has left.

    :ivar ends_at: end of the time, as of ``time.monotonic``
    :ivar bytes_left: bytes that the request may still receive, TLS handshake included
    :ivar inside: address of the host if the address is not public: connected to because
        an exception allows it, or refused
    """

    ends_at: float
    bytes_left: int
    inside: str | None = None


_limits: ContextVar[Limits] = ContextVar("limits")


@contextmanager
def deadline(seconds, most_bytes):
    """Limit the request that is made in the ``with`` block.

    Operations after the end of the time raise a ``TimeoutError``.

    :param float seconds: time from now
    :param int most_bytes: bytes that the request may receive
    :return: the :class:`Limits` of the request
    """
    request = Limits(time.monotonic() + seconds, most_bytes)
    token = _limits.set(request)
    try:
        yield request
    finally:
        _limits.reset(token)


def time_left():
    """Return the seconds that the request has left.

    :raises TimeoutError: no time is left
    """
    seconds = _limits.get().ends_at - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("The request has taken too long.")
    return seconds


def count_received(number):
    """Subtract received bytes from the bytes that the request has left.

    :param int number: bytes received
    :raises BadAnswer: fewer bytes were left
    """
    request = _limits.get()
    request.bytes_left -= number
    if request.bytes_left < 0:
        raise BadAnswer("The endpoint sent too many bytes.")


def note_inside(address):
    """Note that the request's host has an address that is not public."""
    _limits.get().inside = address
