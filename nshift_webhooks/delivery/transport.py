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
from .guard import is_public, literals, parse_address
from .http import Head, read_body, read_head
from .lookup import Resolver
from .pool import Pool
from .tls import Tls
from .wire import connect

#: Connections that are kept open: as many as requests may be made at a time.
CONNECTIONS = 16
#: Seconds for which a name is looked up that the proxy may know better.
PROXY_PATIENCE_S = 2


@dataclass
class Reply:
    """An answer as it came.

    :ivar head: its status line and headers
    :ivar body: the beginning of its body
    """

    head: Head
    body: bytes


class Transport:
    """Makes requests, mostly to the same server; from several threads.

    :param Guard guard: knows which addresses are allowed
    :param Network network: says how they are reached
    """

    def __init__(self, guard, network):
        self._guard = guard
        self._network = network
        self._resolver = Resolver()
        self._pool = Pool(None, 0)
        self._lock = threading.Lock()

    def close(self):
        """Close what is kept; a request that is under way goes on."""
        self._pool.close()

    def exchange(self, target, request):
        """Send a request and read its answer.

        A kept connection may have been closed at the other end without our knowing.
        What breaks on one before an answer comes is tried once more on a new one: the
        endpoint is there, and the message's id tells it if it got it twice.

        :param Target target: where to send it
        :param bytes request: all of it
        :return: a :class:`Reply`
        :raises Undelivered: there was no answer, and why
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
            # by itself this would say that nothing was sent
            raise Broken(f"{breakage} A new one fails: {error}") from error
        return _use(connection, request, pool)

    def _pool_to(self, server):
        """Return the pool of a server; the one of another server before is closed."""
        with self._lock:
            if self._pool.server != server:
                self._pool.close()
                self._pool = Pool(server, CONNECTIONS)
            return self._pool

    def _open(self, target):
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

    def _judged(self, target, patience=None):
        """Return the addresses of a host, all of which are allowed.

        What is connected to is one of these: a name is looked up once. If one of them
        is forbidden, none is tried.
        """
        addresses = self._resolver.look_up(target.host, target.port, patience)
        for *_kind, (address, *_port) in addresses:
            if not self._guard.allows(target.host, address):
                note_inside(address)
                raise ForbiddenAddress
        return addresses

    def _judged_for_proxy(self, target):
        """Return the host that the proxy is asked for, unless it is known to be inside.

        A name that is not known here is the proxy's to judge.
        """
        try:
            self._judged(target, PROXY_PATIENCE_S)
        except HostNotFound:
            # this machine's names need not be known to name servers
            if not self._guard.allows_literal(target.host):
                raise ForbiddenAddress from None
            return target.name
        # what could be read as another address is written as it was judged
        return next(iter(literals(target.host)), target.name)


def _use(connection, request, pool):
    """Send a request and read its answer; give the connection to the pool, or close it.

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
