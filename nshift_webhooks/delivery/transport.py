"""HTTPS requests to allowed addresses, over connections that are kept open."""

from dataclasses import dataclass

from .deadline import note_inside
from .failure import (
    CertificateNotTrusted,
    ForbiddenAddress,
    HostNotFound,
    Misconfigured,
    NoAnswer,
)
from .guard import is_public, literals, parse_address
from .http import Head, read_body, read_head
from .lookup import Resolver
from .tls import Tls
from .wire import connect

#: Connections that are kept open: as many as requests may be made at a time.
CONNECTIONS = 16
#: Seconds for which a name is looked up that the proxy may know better.
PROXY_PATIENCE = 2


@dataclass
class Reply:
    """An answer as it came.

    :ivar head: its status line and headers
    :ivar body: the beginning of its body
    """

    head: Head
    body: bytes


class Transport:
    """Makes requests to one server at a time; from several threads.

    :param Guard guard: knows which addresses are allowed
    :param Network network: says how they are reached
    """

    def __init__(self, guard, network):
        self._guard = guard
        self._network = network
        self._resolver = Resolver()
        self._kept_for = None
        self._kept = []

    def close(self):
        """Close what is kept; a request that is under way keeps its connection."""
        self._keep_only(None)

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
        server = target.host, target.port
        if server != self._kept_for:
            self._keep_only(server)
        kept = self._take()
        if kept:
            try:
                return self._use(kept, server, request)
            except NoAnswer:
                pass
        return self._use(self._open(target), server, request)

    def _take(self):
        """Return a kept connection that is still open, None if there is none."""
        while self._kept:
            try:
                connection = self._kept.pop()
            except IndexError:
                # another thread was faster
                return None
            if connection.is_quiet():
                return connection
            connection.close()
        return None

    def _use(self, connection, server, request):
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
            if (
                is_reusable
                and server == self._kept_for
                and len(self._kept) < CONNECTIONS
            ):
                self._kept.append(connection)
            else:
                connection.close()

    def _keep_only(self, server):
        """Close what is kept for another server."""
        self._kept_for = server
        while self._kept:
            try:
                self._kept.pop().close()
            except IndexError:
                return

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
            self._judged(target, PROXY_PATIENCE)
        except HostNotFound:
            # this machine's names need not be known to name servers
            if not self._guard.allows_literal(target.host):
                raise ForbiddenAddress from None
            return target.name
        # what could be read as another address is written as it was judged
        return next(iter(literals(target.host)), target.name)
