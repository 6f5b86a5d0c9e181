"""HTTPS requests to allowed addresses, over connections that are kept open."""

import threading
from dataclasses import dataclass

from .deadline import note_inside
from .failure import (
    Broken,
    CertificateNotTrusted,
    ForbiddenAddress,
    HostNotFound,
    Misconfigured,
    NoAnswer,
    Undelivered,
)
from .guard import Guard, is_public, literals, parse_address
from .http import Head, read_body, read_head
from .lookup import Resolver
from .network import Network
from .pool import Pool
from .tls import Tls
from .url import Target
from .wire import connect

#: Connections that are kept open, which is the most requests to an endpoint at a time.
CONNECTIONS = 16
#: Seconds for looking up a name that only the proxy may know.
PROXY_PATIENCE_S = 2


@dataclass
class Reply:
    """An answer as read.

    :ivar head: the status line and headers
    :ivar body: the beginning of the body
    """

    head: Head
    body: bytes


class Transport:
    """Makes requests, mostly to the same server; for use by several threads.

    :param Guard guard: decides on allowed addresses
    :param Network network: settings of the connections
    """

    def __init__(self, guard: Guard, network: Network):
        self._guard = guard
        self._network = network
        self._resolver = Resolver()
        self._pool = Pool(None, 0)
        self._lock = threading.Lock()

    def close(self):
        """Close idle connections; requests under way go on."""
        self._pool.close()

    def exchange(self, target: Target, request: bytes) -> Reply:
        """Send a request and read its answer.

        An endpoint may have closed an idle connection unnoticed. If an idle connection
        breaks before an answer, the request is repeated on a new connection. Should the
        endpoint get the message twice, the message's id reveals this.

        :param Target target: where to send the request
        :param bytes request: the whole request
        :return: a :class:`Reply`
        :raises Undelivered: there was no answer
        :raises TimeoutError: the time of the request is over
        """
        pool = self._pool_to((target.host, target.port))
        kept = pool.take()
        if not kept:
            return _use(self._open(target), request, pool)
        try:
            return _use(kept, request, pool)
        except NoAnswer as error:
            breakage = error
        try:
            connection = self._open(target)
        except Undelivered as error:
            # the new error alone would mean that nothing was sent
            raise Broken(f"{breakage} A new one fails: {error}") from error
        return _use(connection, request, pool)

    def _pool_to(self, server):
        """Return the pool of a server; close the pool of any other server."""
        with self._lock:
            if self._pool.server != server:
                self._pool.close()
                self._pool = Pool(server, CONNECTIONS)
            return self._pool

    def _open(self, target: Target) -> Tls:
        self._network.check(target.host)
        context = self._network.tls(target.host)
        if self._network.proxy:
            host = self._judged_for_proxy(target)
            wire = self._network.proxy.open(host, target.port, self._resolver)
        else:
            wire = connect(self._judged(target))
            if not is_public(parse_address(wire.address)):
                note_inside(wire.address)
        try:
            return Tls(wire, context, target.name)
        except CertificateNotTrusted as error:
            wire.close()
            _file, fault = self._network.authorities()
            if fault:
                raise Misconfigured(fault) from error
            raise
        except BaseException:
            wire.close()
            raise

    def _judged(self, target: Target, patience=None):
        """Return the addresses of a host, if all of them are allowed.

        The connection is made to one of these addresses, without a second look-up. If
        one address is forbidden, no other is tried.

        :raises ForbiddenAddress: an address is forbidden
        """
        addresses = self._resolver.look_up(target.host, target.port, patience)
        for *_kind, (address, *_port) in addresses:
            if not self._guard.allows(target.host, address):
                note_inside(address)
                raise ForbiddenAddress
        return addresses

    def _judged_for_proxy(self, target: Target) -> str:
        """Return the host to name to the proxy.

        A name that this server does not know is left for the proxy to judge.

        :raises ForbiddenAddress: the host is known to have a forbidden address
        """
        try:
            self._judged(target, PROXY_PATIENCE_S)
        except HostNotFound:
            # names of this machine, such as localhost, may be unknown to name servers
            if not self._guard.allows_literal(target.host):
                raise ForbiddenAddress from None
            return target.name
        # an ambiguous notation of an address is replaced by the address that was judged
        return next(iter(literals(target.host)), target.name)


def _use(connection: Tls, request: bytes, pool: Pool) -> Reply:
    """Send a request and read its answer; keep the connection if possible.

    :return: a :class:`Reply`
    """
    is_reusable = False
    try:
        is_sent = connection.send(request)
        head = read_head(connection)
        body, is_complete = read_body(connection, head)
        is_reusable = (
            is_sent and is_complete and head.can_stay and not connection.received
        )
        return Reply(head, body)
    finally:
        if is_reusable:
            pool.give(connection)
        else:
            connection.close()
