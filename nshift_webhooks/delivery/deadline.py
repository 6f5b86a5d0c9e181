"""HTTPS connections on which a whole request ends in time, to addresses that are
allowed.

The time-outs of ``requests`` hold for each address that is tried and for each read: an
endpoint that sends a byte now and then would never time out. Here every operation gets
only the time that is left, be it connecting, the TLS handshake, sending or reading.
"""

import socket
import ssl
import time
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial

from requests import certs
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    NewConnectionError,
)
from urllib3.util.connection import allowed_gai_family
from urllib3.util.ssl_ import create_urllib3_context

from .guard import ForbiddenAddress, is_public, parse_address

#: When the request that this thread is making must end, as of ``time.monotonic``.
_deadline = ContextVar("deadline")
#: The address that it has connected to though it is not public, if there is one.
_inside = ContextVar("inside", default=None)


@contextmanager
def deadline(seconds):
    """Have the request that is made in the ``with`` block end in time.

    What it has not done by then raises a ``TimeoutError``, which ``requests`` and
    urllib3 put into exceptions of theirs.

    :param float seconds: from now on
    """
    token = _deadline.set(time.monotonic() + seconds)
    _inside.set(None)
    try:
        yield
    finally:
        _deadline.reset(token)


def inside():
    """Return the address that is not public, but allowed, to which the request of this
    thread has opened a connection; None if there is none."""
    return _inside.get()


def time_left():
    """Return how many seconds the request has.

    :raises TimeoutError: none
    """
    seconds = _deadline.get() - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the request has taken too long")
    return seconds


class Socket(ssl.SSLSocket):
    """Has the time that is left for each operation."""

    def recv_into(self, *args, **kwargs):
        self.settimeout(time_left())
        return super().recv_into(*args, **kwargs)

    def send(self, *args, **kwargs):
        self.settimeout(time_left())
        return super().send(*args, **kwargs)


class Connection(HTTPSConnection):
    """Tries each of a host's addresses, but not beyond the deadline.

    The addresses that are checked are those that are connected to: a name is looked up
    once. If one of them is forbidden, none is tried.

    :param Guard guard: knows which addresses are allowed
    """

    def __init__(self, *args, guard, **kwargs):
        super().__init__(*args, **kwargs)
        self._guard = guard

    def _new_conn(self):
        try:
            # how long this takes is up to the system's resolver
            addresses = socket.getaddrinfo(
                self._dns_host,
                self.port,
                allowed_gai_family(),
                socket.SOCK_STREAM,
            )
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except UnicodeError as error:
            raise NewConnectionError(self, "The host's name is too long") from error
        for *_kind, (address, *_port) in addresses:
            if not self._guard.allows(self._dns_host, address):
                raise ForbiddenAddress(self, f"{address} is not a public address")
        refusal = None
        for number, (family, kind, protocol, _name, address) in enumerate(addresses):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # an address that does not answer leaves time for the next one
                connection.settimeout(time_left() / (len(addresses) - number))
                connection.connect(address)
                connection.settimeout(time_left())
                if not is_public(parse_address(address[0])):
                    _inside.set(address[0])
                return connection
            except OSError as error:
                connection.close()
                refusal = error
        if isinstance(refusal, TimeoutError):
            raise ConnectTimeoutError(self, "The host does not answer") from refusal
        raise NewConnectionError(self, str(refusal)) from refusal


class ConnectionPool(HTTPSConnectionPool):
    def __init__(self, *args, guard, **kwargs):
        self.ConnectionCls = partial(Connection, guard=guard)
        super().__init__(*args, **kwargs)


@cache
def _tls(ca_file):
    """Return the TLS settings of all connections.

    Made once: to read the authorities takes longer than a request.
    """
    context = create_urllib3_context(ssl_minimum_version=ssl.TLSVersion.TLSv1_2)
    context.sslsocket_class = Socket
    context.load_verify_locations(certs.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class Adapter(HTTPAdapter):
    """Has ``requests`` make such connections; only HTTPS, and no retries.

    :param int connections: how many are kept open
    :param Guard guard: knows which addresses are allowed
    :param ca_file: of certificates to be trusted besides the usual ones, or None
    """

    def __init__(self, connections, guard, ca_file=None):
        self._guard = guard
        self._ca_file = ca_file
        super().__init__(pool_connections=1, pool_maxsize=connections)

    def cert_verify(self, conn, url, verify, cert):
        # requests would have the authorities read again for each connection
        conn.cert_reqs = "CERT_REQUIRED"

    def init_poolmanager(self, connections, maxsize, block=False, **kwargs):
        self.poolmanager = PoolManager(
            num_pools=connections,
            maxsize=maxsize,
            block=block,
            ssl_context=_tls(self._ca_file),
        )
        self.poolmanager.pool_classes_by_scheme = {
            "https": partial(ConnectionPool, guard=self._guard)
        }
