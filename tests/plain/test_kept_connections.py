"""A kept connection that breaks before an answer begins is no failed attempt."""

import socket
import struct
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from delivery.sender import Message

from .raw_server import Server, read_request, server_context

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LINGER_0 = struct.pack("ii", 1, 0)


def end_silently(tls):
    """The end of TCP's stream, and no word of TLS."""


def end_with_a_word(tls):
    """TLS' close_notify."""
    tls.settimeout(5)
    tls.unwrap()


def reset(tls):
    tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_0)


def end_late(tls):
    """As at the end of an idle time-out, when a request may be on its way."""
    time.sleep(0.01)


def end_in_the_next_request(tls):
    """As a server that ends while a request comes in."""
    tls.recv(1)


def reset_in_the_next_request(tls):
    tls.recv(1)
    reset(tls)


def end_after_the_next_request(tls):
    """As a balancer whose server has gone."""
    read_request(tls)


ENDS = [
    end_silently,
    end_with_a_word,
    reset,
    end_late,
    end_in_the_next_request,
    reset_in_the_next_request,
    end_after_the_next_request,
]


@pytest.mark.parametrize("size", [20, 300_000])
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_many_messages_from_many_threads(sender, end, size):
    """The endpoint answers each connection's first few requests, and ends it."""
    came, lock = Counter(), threading.Lock()

    def serve(tls):
        for _ in range(3):
            if not (headers := read_request(tls)):
                return
            with lock:
                came[headers["webhook-id"], headers["webhook-attempt"]] += 1
            tls.sendall(OK)
        end(tls)

    body = b'"' + b"x" * size + b'"'
    with closing(Server(serve)) as server, ThreadPoolExecutor(4) as pool:
        answers = pool.map(
            lambda number: sender.send(server.endpoint, Message(f"m{number}", body)),
            range(60),
        )
        assert {(each.response_code, each.error) for each in answers} == {(200, None)}
        assert server.connections < 60
    assert came == {(f"m{number}", "1"): 1 for number in range(60)}


def test_it_is_tried_once_more_and_not_again(sender):
    """Not if the new connection breaks, too."""
    came = []

    def serve(tls):
        while headers := read_request(tls):
            came.append(headers["webhook-id"])
            if len(came) > 1:
                return
            tls.sendall(OK)

    with closing(Server(serve)) as server:
        assert sender.send(server.endpoint, Message("m1", b"{}")).failure is None
        answer = sender.send(server.endpoint, Message("m2", b"{}"))
    assert answer.failure == "broken"
    assert came == ["m1", "m2", "m2"]


def test_no_new_connection(sender):
    """The endpoint may have received what it was sent on the one that broke."""

    def serve(tls):
        read_request(tls)
        tls.sendall(OK)
        read_request(tls)

    with closing(Server(serve)) as server:
        assert sender.send(server.endpoint, Message("m1", b"{}")).failure is None
        server.listener.shutdown(socket.SHUT_RDWR)
        answer = sender.send(server.endpoint, Message("m2", b"{}"))
    assert answer.failure == "broken"
    assert answer.error == (
        "The connection was closed without an answer. A new one fails: Connection "
        "refused"
    )


def test_a_byte_of_an_answer_is_an_answer(sender):
    """What breaks after it fails: the endpoint has got the message."""
    came = []

    def serve(tls):
        while headers := read_request(tls):
            came.append(headers["webhook-id"])
            tls.sendall(OK if len(came) == 1 else b"H")
            if len(came) > 1:
                return

    with closing(Server(serve)) as server:
        assert sender.send(server.endpoint, Message("m1", b"{}")).failure is None
        answer = sender.send(server.endpoint, Message("m2", b"{}"))
    assert (answer.response_code, answer.failure) == (None, "broken")
    assert came == ["m1", "m2"]


def test_it_shares_the_deadline(sender):
    """A kept connection that breaks late leaves the new one what is left."""
    came = []

    def serve(tls):
        while read_request(tls):
            came.append(time.monotonic())
            if len(came) == 1:
                tls.sendall(OK)
            elif len(came) == 2:
                time.sleep(0.7)
                return
            else:
                time.sleep(3)

    with closing(Server(serve, timeout=1)) as server:
        assert sender.send(server.endpoint, Message("m1", b"{}")).failure is None
        answer = sender.send(server.endpoint, Message("m2", b"{}"))
    assert answer.failure == "timeout"
    assert answer.duration_ms < 10_000


def test_session_tickets_keep_it(sender):
    """What TLS 1.3 sends besides answers does not end a connection."""
    context = server_context()
    context.num_tickets = 20

    def serve(tls):
        while read_request(tls):
            tls.sendall(OK)

    with closing(Server(serve, context)) as server:
        for number in range(5):
            message = Message(f"m{number}", b"{}")
            assert sender.send(server.endpoint, message).failure is None
            time.sleep(0.02)
        assert server.connections == 1


def test_two_servers_in_turns(sender):
    """A connection to one is never used for the other, whichever thread opened it."""
    came = {"a": set(), "b": set()}

    def serving(name):
        def serve(tls):
            while headers := read_request(tls):
                came[name].add(headers["webhook-id"].partition("-")[0])
                tls.sendall(OK)

        return serve

    with (
        closing(Server(serving("a"))) as a,
        closing(Server(serving("b"))) as b,
        ThreadPoolExecutor(4) as pool,
    ):

        def send(number):
            name, server = (("a", a), ("b", b))[number // 3 % 2]
            return sender.send(server.endpoint, Message(f"{name}-{number}", b"{}"))

        answers = list(pool.map(send, range(200)))
    assert {answer.failure for answer in answers} == {None}
    assert came == {"a": {"a"}, "b": {"b"}}
