"""An answer that comes before the message has been sent is read."""

import socket
import ssl
import struct
import time
from contextlib import closing, suppress

import pytest
from delivery.sender import Message

from .raw_server import Listener, Server, server_context

ANSWERS = {
    413: b"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\nat most 1",
    401: b"HTTP/1.1 401 Who?\r\nConnection: close\r\nContent-Length: 6\r\n\r\nno key",
    429: b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 4\r\n\r\nbusy",
}
#: State of a TCP connection that nobody has ended. Source: Linux, tcp_states.h
ESTABLISHED = 1
TEXTS = {413: "at most 1", 401: "no key", 429: "busy"}


def close(tls):
    """With what it has not read, which makes TCP reset the connection."""


def close_with_a_word(tls):
    """TLS' close_notify, without waiting for the other side's."""
    with suppress(ssl.SSLError, OSError):
        tls.settimeout(0)
        tls.unwrap()


def half_close(tls):
    """As nginx lingers: it says that it has said all, and reads on for a while."""
    tls.shutdown(socket.SHUT_WR)
    tls.settimeout(5)
    with suppress(OSError):
        while socket.socket.recv(tls, 65536):
            pass


def reset(tls):
    tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def stall(tls):
    """It reads no further, and keeps the connection until the other side ends it."""
    while tls.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED:
        time.sleep(0.02)


ENDS = [close, close_with_a_word, half_close, reset, stall]


@pytest.mark.parametrize("size", [10_000, 300_000, 5_000_000])
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_a_refusal(sender, end, size):
    """The status, the text and Retry-After arrive, whatever the endpoint does next."""
    context = server_context()

    def serve(connection):
        # each 16 KiB of a message is a record, of which only the first is read
        tls = context.wrap_socket(connection, server_side=True)
        tls.recv(100)
        tls.sendall(ANSWERS[status])
        end(tls)
        tls.close()

    message = Message("m1", b"x" * size)
    for status in ANSWERS:
        with closing(Listener(serve, timeout=10)) as server:
            # less than a message
            server.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
            answer = sender.send(server.endpoint, message)
        assert (answer.response_code, answer.failure) == (status, "status"), answer
        assert answer.response_body == TEXTS[status]
        assert answer.retry_after == (120 if status == 429 else None)


def test_an_early_success_gets_the_whole_message(sender):
    """Who answers 200 after the headers may go on to read the message."""
    read = []

    def serve(tls):
        received = tls.recv(100)
        tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        time.sleep(0.2)
        tls.settimeout(1)
        with suppress(OSError):
            while len(received) < 8_000_000 and (more := tls.recv(65536)):
                received += more
        read.append(len(received))

    with closing(Server(serve)) as server:
        answer = sender.send(server.endpoint, Message("m1", b"x" * 8_000_000))
        while not read:
            time.sleep(0.01)
    assert answer.failure is None
    assert read[0] >= 8_000_000


def test_a_refused_connection_is_not_used_again(sender):
    """The endpoint would take the next message for the rest of this one."""

    def serve(tls):
        received = tls.recv(100)
        if b"webhook-id: m2" not in received + tls.recv(16384):
            tls.sendall(ANSWERS[413])
            stall(tls)
        else:
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with closing(Server(serve, timeout=10)) as server:
        large = Message("m1", b"x" * 8_000_000)
        assert sender.send(server.endpoint, large).response_code == 413
        assert sender.send(server.endpoint, Message("m2", b"{}")).response_code == 200
        assert server.connections == 2


def test_too_many_early_bytes(sender):
    """What is received during a request is limited as what is received after it."""

    def serve(tls):
        tls.recv(100)
        with suppress(OSError):
            for _ in range(1000):
                tls.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 500)

    with closing(Server(serve, timeout=1)) as server:
        answer = sender.send(server.endpoint, Message("m1", b"x" * 8_000_000))
    assert answer.failure in ("answer", "timeout")
