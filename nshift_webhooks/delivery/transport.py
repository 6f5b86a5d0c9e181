"""HTTPS connections to allowed addresses, on which no endpoint can make a request cost
more than its limits.

Each layer has its own: the socket (time and bytes), TLS (nothing is read without going
through that socket), HTTP (the length of an answer's headers) and looking up a host.
"""

import io
import re
import socket
import ssl
import sys
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from functools import cache, partial
from http.client import BadStatusLine, HTTPResponse

from requests import certs
from requests.adapters import HTTPAdapter
from urllib3 import HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPSConnection
from urllib3.util.connection import allowed_gai_family
from urllib3.util.ssltransport import SSLTransport

from .deadline import Undelivered, count_received, note_inside, time_left
from .guard import is_public, parse_address

#: Bytes of an answer's status line and headers, provisional answers included.
LONGEST_HEAD = 32 * 1024
#: Bytes that are encrypted at a time, so that a large message is not held twice.
SENT_AT_ONCE = 64 * 1024
#: Addresses of a host that are tried: its owner may give it thousands.
MOST_ADDRESSES = 8
#: Headers of an answer that mean something to us, urllib3 or ``http.client``.
KEPT_HEADERS = {
    b"connection",
    b"content-encoding",
    b"content-length",
    b"location",
    b"retry-after",
    b"transfer-encoding",
}
#: Source: RFC 9112, section 4, and RFC 9110, sections 5.5, 5.6.2 and 8.6
CONTINUE = re.compile(rb"HTTP/1\.[01] 100[ \r\n]")
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
CONTENT_LENGTH = re.compile(rb"[0-9]{1,15}")
LARGEST_STATUS = 599


class ForbiddenAddress(Undelivered):
    """The host has an address that nothing is sent to.

    The text does not tell which: it would show a network's inside to all who may see
    the webhook.
    """

    failure = "address"

    def __init__(self):
        super().__init__("The host has an address that is not public.")


class HostNotFound(Undelivered):
    """The name servers know no such host, or do not answer in time."""

    failure = "dns"


class HeadersTooLong(Undelivered):
    """The headers of an answer exceed the limit."""

    def __init__(self):
        super().__init__("The answer's headers are too long.")


class Socket(socket.socket):
    """Has the time that is left for each operation, and counts what it receives."""

    def recv(self, size, *flags):
        self.settimeout(time_left())
        received = super().recv(size, *flags)
        count_received(len(received))
        return received

    def sendall(self, data, *flags):
        # TLS has it send nothing after each read
        if data:
            self.settimeout(time_left())
            return super().sendall(data, *flags)
        return None


class Stream(socket.SocketIO):
    """What an answer is read from.

    :ivar ended: whether the answer has been read, so that no more is received for it
    """

    ended = False

    def readinto(self, buffer):
        return None if self.ended else super().readinto(buffer)


class Tls(SSLTransport):
    """TLS whose every read goes through our socket.

    With ``ssl.SSLSocket`` one read lasts as long as an endpoint sends session tickets
    instead of an answer: OpenSSL reads on by itself.

    :ivar spoiled: whether something came that belongs to no answer
    """

    spoiled = False

    def send(self, data, flags=0):
        return super().send(data[:SENT_AT_ONCE], flags)

    def makefile(self, *_mode, **_options):
        self.socket._io_refs += 1
        return io.BufferedReader(Stream(self, "r"))

    def is_quiet(self):
        """Tell whether nothing came but the answers that were read.

        Asks for what OpenSSL holds: it tells of no record before it has decrypted it.
        """
        if self.spoiled:
            return False
        try:
            self.sslobj.read(1)
        except ssl.SSLWantReadError:
            return True
        except ssl.SSLError:
            return False
        return False


class TlsContext(ssl.SSLContext):
    """Makes connections of class :class:`Tls`."""

    def wrap_socket(self, sock, *, server_hostname):
        return Tls(sock, self, server_hostname)


@cache
def _tls(ca_file):
    """Return the TLS settings of all connections.

    Made once: to read the authorities takes longer than a request.
    """
    # certificates and names are verified by default; the rest is as in urllib3, which
    # can make no context of ours, but that nobody may ask for more after the handshake
    context = TlsContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.hostname_checks_common_name = False
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certs.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    return context


class Response(HTTPResponse):
    """Reads no more than the limit of headers, and parses only those that we need.

    A malformed header does not change the answer's status, but after it the connection
    is not used again, since its ends may disagree on where the answer ends.
    """

    def __init__(self, sock, *args, **kwargs):
        super().__init__(sock, *args, **kwargs)
        self._connection = sock

    def begin(self):
        if self.headers is not None:
            return
        stream = self.fp
        status_line, *lines = _read_head(stream)
        headers, is_sound = _kept_headers(lines)
        head = [status_line, *(b"%s: %s\r\n" % header for header in headers.items())]
        self.fp = io.BytesIO(b"".join(head) + b"\r\n" if status_line else b"")
        try:
            super().begin()
        finally:
            self.fp = stream
        if self.status > LARGEST_STATUS:
            raise BadStatusLine(status_line[:100].decode("latin-1"))
        self.will_close = self.will_close or not is_sound

    def _close_conn(self):
        if isinstance(self.fp, io.BufferedReader):
            self.fp.raw.ended = True
            # what was received together with the answer, but is not part of it
            self._connection.spoiled = self._connection.spoiled or bool(self.fp.peek(1))
        return super()._close_conn()


def _read_head(stream):
    """Return the lines of an answer from the status line to the end of its headers.

    :raises HeadersTooLong: they, with those of provisional answers, exceed the limit
    """
    left = LONGEST_HEAD
    while True:
        lines = []
        while not lines or lines[-1] not in (b"\r\n", b"\n", b""):
            lines.append(stream.readline(left + 1))
            left -= len(lines[-1])
            if left < 0:
                raise HeadersTooLong
        if not CONTINUE.match(lines[0]):
            return lines


def _kept_headers(lines):
    """Return the headers that we need, and whether all that came are well-formed.

    :param lines: the header lines and the one that ends them
    """
    headers, is_sound = {}, True
    for line in lines[:-1]:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t\r\n")
        if not (colon and NAME.fullmatch(name) and VALUE.fullmatch(value)):
            is_sound = False
        elif name in KEPT_HEADERS and headers.setdefault(name, value) != value:
            is_sound = False
    length = headers.get(b"content-length", b"0")
    if not CONTENT_LENGTH.fullmatch(length):
        is_sound = False
        del headers[b"content-length"]
    coding = headers.get(b"transfer-encoding", b"chunked").lower()
    if coding != b"chunked" or {b"transfer-encoding", b"content-length"} <= set(
        headers
    ):
        is_sound = False
        headers.pop(b"content-length", None)
    return headers, is_sound


class Resolver:
    """Looks up hosts within the deadline, though the system's resolver knows none.

    Whoever needs a host that is being looked up waits for that: look-ups that hang do
    not pile up.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._under_way = {}

    def look_up(self, host, port):
        """Return a host's addresses, as ``socket.getaddrinfo`` does.

        :raises HostNotFound: it has none, or the name servers were too slow
        """
        try:
            return self._begin(host, port).result(time_left())
        except (NotInTime, TimeoutError) as error:
            raise HostNotFound("The name servers did not answer in time.") from error
        except UnicodeError as error:
            raise HostNotFound("The host's name cannot be looked up.") from error
        except OSError as error:
            raise HostNotFound(error.strerror or "There is no such host.") from error

    def _begin(self, host, port):
        with self._lock:
            found = self._under_way.get((host, port))
            if not found:
                found = Future()
                # a daemon: neither the request nor the process waits for its end
                threading.Thread(
                    target=self._look_up, args=(host, port, found), daemon=True
                ).start()
                self._under_way[host, port] = found
            return found

    def _look_up(self, host, port, found):
        addresses, error = None, None
        try:
            addresses = socket.getaddrinfo(
                host, port, allowed_gai_family(), socket.SOCK_STREAM
            )
        except Exception as caught:
            error = caught
        with self._lock:
            del self._under_way[host, port]
        if error:
            found.set_exception(error)
        else:
            found.set_result(addresses)


class Connection(HTTPSConnection):
    """Tries some of a host's addresses, but not beyond the deadline.

    The addresses that are checked are those that are connected to: a name is looked up
    once. If one of them is forbidden, none is tried.

    :param Guard guard: knows which addresses are allowed
    :param Resolver resolver: looks up the host
    """

    response_class = Response

    def __init__(self, *args, guard, resolver, **kwargs):
        super().__init__(*args, **kwargs)
        self._guard = guard
        self._resolver = resolver

    @property
    def is_connected(self):
        # an answer that nobody asked for would be taken for that of the next message
        return super().is_connected and self.sock.is_quiet()

    def _new_conn(self):
        addresses = self._resolver.look_up(self._dns_host, self.port)
        for *_kind, (address, *_port) in addresses:
            if not self._guard.allows(self._dns_host, address):
                note_inside(address)
                raise ForbiddenAddress
        tried = addresses[:MOST_ADDRESSES]
        refusal = OSError("The host has no address.")
        for number, (family, kind, protocol, _name, address) in enumerate(tried):
            connection = Socket(family, kind, protocol)
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # an address that does not answer leaves time for the next one
                connection.settimeout(time_left() / (len(tried) - number))
                connection.connect(address)
            except OSError as error:
                connection.close()
                refusal = error
                continue
            if not is_public(parse_address(address[0])):
                note_inside(address[0])
            return connection
        if isinstance(refusal, TimeoutError):
            raise TimeoutError("The host does not answer.") from refusal
        raise Undelivered(refusal.strerror or str(refusal)) from refusal


class ConnectionPool(HTTPSConnectionPool):
    def __init__(self, *args, guard, resolver, **kwargs):
        self.ConnectionCls = partial(Connection, guard=guard, resolver=resolver)
        super().__init__(*args, **kwargs)


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
            "https": partial(ConnectionPool, guard=self._guard, resolver=Resolver())
        }
