"""Hostile endpoints at random: what they do, and a server that does it."""

import gzip
import socket
import ssl
import struct
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass

from hypothesis import strategies as st

from dev import certificate

from .raw_server import Listener, read_request, server_context

#: Bytes that an endless answer goes on with before the server gives up.
ENDLESS = 8 * 1024 * 1024
BOMBS = {
    b"gzip": gzip.compress(b"x" * 30_000_000),
    b"deflate": zlib.compress(b"x" * 30_000_000),
    b"x-gzip": gzip.compress(b"")[:-8] + b"\0" * 4096,
    b"gzip, gzip": gzip.compress(gzip.compress(b"x" * 30_000_000)),
    b"gzip, deflate, gzip": gzip.compress(zlib.compress(gzip.compress(b"x" * 9999))),
    b"br": b"\x1b\xff\xff\xff" + b"\0" * 4096,
    b"zstd": b"\x28\xb5\x2f\xfd" + b"\xff" * 4096,
}


@dataclass(frozen=True)
class Attack:
    """What an endpoint does with one connection.

    :ivar tls: what is special about its TLS, see ``_handshake``
    :ivar at: the byte of the handshake, or of what follows, at which that happens
    :ivar early: whether it answers before it has read the request
    :ivar pieces: what it sends, each with the seconds that it waits before it
    :ivar end: ``close``, ``reset``, ``stall``, ``endless`` (repeats the last piece) or
        ``go on`` (answers the next request properly)
    """

    tls: str
    at: int
    early: bool
    pieces: tuple
    end: str

    def __str__(self):
        pieces = [
            f"after {pause} s {len(piece)} bytes {piece[:300]!r}"
            for pause, piece in self.pieces
        ]
        early = " early" if self.early else ""
        return f"{self.tls} at {self.at}{early}, {'; '.join(pieces)}, {self.end}"


def _joined(*parts):
    return st.tuples(*parts).map(b"".join)


def _many(line, most):
    """The same line many times, which is quicker to make than different ones; together
    no longer than a request may receive, and some more.
    """
    return st.builds(
        lambda text, times: text * min(times, 600_000 // (len(text) or 1) + 1),
        line,
        st.integers(0, most),
    )


_noise = st.binary(max_size=60)
_long = st.builds(
    lambda text, times: text * times,
    st.binary(min_size=1, max_size=8),
    st.sampled_from([1, 100, 5000, 70_000]),
)
_version = st.sampled_from(
    [b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2", b"ICY"]
)
_code = st.sampled_from(
    b"200 200 200 204 302 304 400 410 429 500 503 101 103 999".split() * 2
    + [b"0", b"-200", b"2_00", b"+200", b"20\xb2", b"9" * 5000, b""]
)
_reason = st.one_of(st.sampled_from([b"OK", b"", b"a\tb\x1b[31m"]), _noise, _long)
_status_line = st.one_of(
    _joined(_version, st.just(b" "), _code, st.just(b" "), _reason, st.just(b"\r\n")),
    st.just(b"HTTP/1.1 200 OK\r\n"),
)
_value = st.one_of(
    _noise,
    _long,
    st.sampled_from(
        [b"0", b"5", b"-1", b"5, 6", b"1e3", b"0x5", b"9" * 5000, b"chunked"]
    ),
    st.sampled_from([b"gzip, chunked", b"close", b"keep-alive", b"https://x/\x01"]),
    st.sampled_from([b"Fri, 31 Dec " + b"9" * 20 + b" 23:59:59 GMT", b"\xff", b"120"]),
    st.sampled_from([b"text/html; charset=utf-16", b"multipart/x; boundary=y"]),
)
_name = st.sampled_from(
    b"Content-Length Transfer-Encoding Connection Content-Encoding Location Retry-After"
    b" Set-Cookie Set-Cookie2 Content-Type Keep-Alive Trailer Upgrade X Date".split()
)
_plain_header = _joined(
    _name,
    st.just(b": "),
    st.sampled_from(
        b"a 5 120 close keep-alive chunked gzip https://x.example/".split()
    ),
    st.just(b"\r\n"),
)
_header = st.one_of(
    _plain_header,
    _plain_header,
    _plain_header,
    _joined(_name, st.sampled_from([b": ", b":", b" : "]), _value, st.just(b"\r\n")),
    _many(
        st.sampled_from([b"x" * 60_000 + b"\r\n", b"a\r\n", b"X: y\r\n", b" z\r\n"]), 95
    ),
    _many(st.just(b"Set-Cookie: " + b"a=b; " * 30 + b"\r\n"), 95),
    _joined(_noise, st.sampled_from([b"\r\n", b"\n", b"\r"])),
    st.just(b"X: a\0b\r\n"),
)
_chunk = st.one_of(
    _many(st.sampled_from([b"1\r\nz\r\n", b"1;x=y\r\nz\r\n"]), 5000),
    _joined(
        st.sampled_from(
            [b"5", b"-5", b"0x5", b"+5", b"0", b"f" * 5000, b"", b"1_0", b"z"]
        ),
        st.one_of(st.just(b""), _joined(st.just(b";"), _long)),
        st.just(b"\r\n"),
        _noise,
        st.just(b"\r\n"),
    ),
)
_trailers = _many(st.sampled_from([b"a:\r\n", b"X: " + b"y" * 60_000 + b"\r\n"]), 500)
_packed = st.sampled_from(sorted(BOMBS)).map(
    lambda encoding: (
        b"Content-Encoding: %s\r\nContent-Length: %d\r\n\r\n"
        % (encoding, len(BOMBS[encoding]))
        + BOMBS[encoding]
    )
)
_chunked = _joined(
    st.just(b"Transfer-Encoding: chunked\r\n\r\n"),
    st.lists(_chunk, max_size=4).map(b"".join),
    st.one_of(st.just(b"0\r\n\r\n"), st.just(b"0\r\n").flatmap(lambda end: _trailers)),
)
_sized = st.builds(
    lambda said, body: b"Content-Length: %d\r\n\r\n" % max(0, len(body) + said) + body,
    st.sampled_from([0, 0, 0, 1, -1, 10**15]),
    st.one_of(_noise, _long),
)
_rest = st.one_of(_packed, _chunked, _sized, _joined(st.just(b"\r\n"), _long))
_provisional = _many(
    st.one_of(
        st.just(b"HTTP/1.1 100 Continue\r\n\r\n"),
        _joined(
            st.just(b"HTTP/1.1 100 x\r\n"),
            _header.map(lambda header: header[:10_000]),
            st.just(b"\r\n"),
        ),
    ),
    50,
)
_answer = _joined(
    st.one_of(st.just(b""), st.just(b""), _provisional),
    _status_line,
    st.lists(_header, max_size=3).map(b"".join),
    _rest,
)


@st.composite
def _mutated(draw):
    """An answer with some of its bytes replaced, removed or repeated."""
    answer = bytearray(draw(_answer)[:100_000])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, min(len(answer), 300)))
        length = draw(st.integers(0, 4))
        answer[at : at + length] = draw(st.binary(max_size=4))
    return bytes(answer)


@st.composite
def _pieces(draw):
    """What is sent: some answers, in one piece or in several with pauses."""
    sent = draw(
        st.one_of(
            _answer,
            _answer,
            _answer,
            _mutated(),
            _mutated(),
            st.lists(_answer, min_size=2, max_size=3).map(b"".join),
            st.one_of(_long, st.binary(max_size=200)),
        )
    )
    cuts = draw(st.lists(st.integers(0, min(len(sent), 500)), max_size=3).map(sorted))
    starts, ends = [0, *cuts], [*cuts, len(sent)]
    pauses = st.sampled_from([0, 0, 0, 0.01, 0.1])
    return tuple(
        (draw(pauses), sent[start:end]) for start, end in zip(starts, ends, strict=True)
    )


TLS = (
    "1.3 1.2 certificate-asked stall close reset flip tickets garbage injected".split()
)
attacks = st.builds(
    Attack,
    tls=st.one_of(st.sampled_from(["1.3", "1.2"]), st.sampled_from(TLS)),
    at=st.one_of(st.integers(0, 2000), st.integers(0, 20)),
    early=st.booleans(),
    pieces=_pieces(),
    end=st.sampled_from(["close", "reset", "stall", "endless", "go on", "go on"]),
)


class _Wire:
    """The server's end of a connection, which can spoil what TLS sends.

    :param Attack attack: says how
    """

    def __init__(self, connection, context, attack):
        self.connection = connection
        self._attack = attack
        self._sent = 0
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)

    def call(self, function, *arguments):
        while True:
            try:
                result = function(*arguments)
            except ssl.SSLWantReadError:
                self._flush()
                received = self.connection.recv(65536)
                if not received:
                    raise ConnectionError("closed") from None
                self._incoming.write(received)
            else:
                self._flush()
                return result

    def handshake(self):
        self.call(self._tls.do_handshake)

    def recv(self, size):
        return self.call(self._tls.read, size)

    def sendall(self, data):
        for start in range(0, len(data), 65536):
            self.call(self._tls.write, data[start : start + 65536])

    def _flush(self):
        data = self._outgoing.read()
        start, self._sent = self._sent, self._sent + len(data)
        at = self._attack.at - start
        if 0 <= at < len(data):
            data = self._spoil(data, at)
        self.connection.sendall(data)

    def _spoil(self, data, at):
        if self._attack.tls == "flip":
            return data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :]
        if self._attack.tls == "injected":
            return data[:at] + b"\x15\x03\x03\x00\x02\x01\x00" + data[at:]
        if self._attack.tls not in ("stall", "close", "reset"):
            return data
        self.connection.sendall(data[:at])
        _end(self.connection, self._attack.tls)
        raise ConnectionError("ended")


def _end(connection, how):
    if how == "stall":
        connection.settimeout(5)
        while connection.recv(65536):
            pass
    elif how == "reset":
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()


def _context(tls):
    context = server_context()
    if tls == "1.2":
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    elif tls == "tickets":
        context.num_tickets = 2**31 - 1
    elif tls == "certificate-asked":
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(certificate.ensure().authority)
    return context


class HostileServer(Listener):
    """Plays an attack on the next connection; answers all other requests properly,
    which is with their own ids.
    """

    def __init__(self):
        self.attack = None
        self.played = threading.Event()
        super().__init__(self._talk_to)

    def play(self, attack):
        """Have the next connection get this."""
        self.played.clear()
        self.attack = attack

    def _talk_to(self, connection):
        connection.settimeout(5)
        attack, self.attack = self.attack, None
        if not attack:
            with server_context().wrap_socket(connection, server_side=True) as tls:
                _answer_properly(tls)
            return
        try:
            wire = self._play(connection, attack)
        finally:
            self.played.set()
        if wire and attack.end == "go on":
            _answer_properly(wire)

    def _play(self, connection, attack):
        if attack.tls == "garbage":
            connection.recv(65536)
            for _pause, piece in attack.pieces:
                connection.sendall(piece)
            _end(connection, attack.end)
            return None
        if attack.tls == "tickets":
            # the library itself sends them, and no end of them
            context = _context("tickets")
            with context.wrap_socket(connection, server_side=True):
                return None
        wire = _Wire(connection, _context(attack.tls), attack)
        wire.handshake()
        if not attack.early:
            read_request(wire)
        for pause, piece in attack.pieces:
            time.sleep(pause)
            wire.sendall(piece)
        if attack.end == "endless":
            piece = attack.pieces[-1][1] or b"x"
            piece *= 65536 // len(piece) + 1
            for _ in range(ENDLESS // len(piece)):
                wire.sendall(piece)
        if attack.end != "go on":
            _end(connection, attack.end)
        elif attack.early:
            read_request(wire)
        return wire


def _answer_properly(tls):
    with suppress(ValueError, KeyError):
        while headers := read_request(tls):
            id_ = headers["webhook-id"].encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(id_)
            tls.sendall(head + id_)
