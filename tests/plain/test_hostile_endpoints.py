"""Endpoints that do not keep to the rules: none holds a request up, or fools it."""

import gzip
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress

import pytest
from delivery.sender import KEPT_BODY_BYTES, Endpoint, Message
from delivery.signature import new_secret

from .raw_server import Server, read_request

MESSAGE = Message("msg_1", b'{"name":"order"}')
OK = b"HTTP/1.1 200 OK\r\n"


def bytes_of(text):
    return [bytes([byte]) for byte in text]


def test_headers_that_drip_in_end_in_time(sender, says):
    drops = bytes_of(OK + b"X-Slow: " + b"x" * 1000)
    server = says(*drops, pause=0.1, timeout=1)
    answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "timeout")
    assert answer.duration_ms < 10_000


def test_provisional_answers_without_end_end_in_time(sender, says):
    early = [b"HTTP/1.1 100 Continue\r\n\r\n"] * 1000
    server = says(*early, pause=0.1, timeout=1)
    answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "timeout")
    assert answer.duration_ms < 10_000


def test_headers_without_end_are_cut_off(sender, says):
    server = says(OK, *[b"X-%d: y\r\n" % number for number in range(10_000)])
    answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "answer")
    assert "headers" in answer.error


def test_a_handshake_that_never_ends_is_left_in_time(sender):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        url = f"https://localhost:{port}/"
        answer = sender.send(Endpoint(url, (new_secret(),), timeout=1), MESSAGE)
    assert answer.failure == "timeout"
    assert answer.duration_ms < 10_000


def test_of_a_hosts_addresses_a_dead_one_leaves_time_for_the_next(
    sender, says, monkeypatch
):
    server = says(OK + b"Content-Length: 0\r\n\r\n", timeout=1)
    # its queue is full, so that nobody answers
    with closing(socket.create_server(("127.0.0.2", 0), backlog=0)) as dead:
        clogs = [socket.socket() for _ in range(3)]
        for clog in clogs:
            clog.setblocking(False)
            with suppress(BlockingIOError):
                clog.connect(dead.getsockname())
        port = int(server.endpoint.url.split(":")[2].strip("/"))
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (dead.getsockname(), ("127.0.0.1", port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: addresses)
        answer = sender.send(server.endpoint, MESSAGE)
        for clog in clogs:
            clog.close()
    assert (answer.response_code, answer.failure) == (200, None)
    assert answer.duration_ms >= 300, "the dead one was not tried"


@pytest.mark.parametrize(
    "rest",
    [
        b"Transfer-Encoding: chunked\r\n\r\nnot a number\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        b"Content-Length: -1\r\n\r\nhello",
        b"Content-Length: many\r\n\r\nhello",
        b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
        b"Content-Encoding: nonsense\r\nContent-Length: 5\r\n\r\nhello",
        b"Content-Type: text/plain; charset=nonsense\r\nContent-Length: 1\r\n\r\n\xff",
    ],
)
def test_what_is_wrong_with_a_body_does_not_matter(sender, says, rest):
    answer = sender.send(says(OK + rest, timeout=1).endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (200, None)


def test_a_bomb_does_not_go_off(sender, says):
    bomb = gzip.compress(b"x" * 50_000_000)
    head = b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    answer = sender.send(says(OK + head + bomb).endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (200, None)
    assert answer.response_body == "x" * KEPT_BODY_BYTES


def test_a_moderate_body_is_read_so_that_the_connection_can_be_used_again(sender, says):
    server = says(OK + b"Content-Length: 16000\r\n\r\n" + b"x" * 16_000)
    for _ in range(3):
        assert (
            sender.send(server.endpoint, MESSAGE).response_body == "x" * KEPT_BODY_BYTES
        )
    assert server.connections == 1


def test_after_a_huge_body_the_connection_is_not_used_again(sender, says):
    server = says(OK + b"Content-Length: 20000\r\n\r\n" + b"x" * 20_000)
    for _ in range(3):
        assert sender.send(server.endpoint, MESSAGE).response_code == 200
    assert server.connections == 3


def test_an_early_hint_is_not_taken_for_the_next_messages_answer(sender, says):
    server = says(
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 0\r\n\r\n"
    )
    for _ in range(2):
        answer = sender.send(server.endpoint, MESSAGE)
        assert (answer.response_code, answer.failure) == (103, "status")


def test_connections_that_were_closed_meanwhile_do_no_harm(sender):
    came = Counter()
    closed = threading.Event()

    def serve(tls):
        came[read_request(tls)["webhook-id"]] += 1
        # it does not say that it will close
        tls.sendall(OK + b"Content-Length: 0\r\n\r\n")
        tls.close()
        closed.set()

    with closing(Server(serve)) as server:
        for number in range(20):
            closed.clear()
            message = Message(f"msg_{number}", b"{}")
            assert sender.send(server.endpoint, message).failure is None
            assert closed.wait(10)
    assert came == {f"msg_{number}": 1 for number in range(20)}


def test_messages_that_are_sent_at_once_get_each_its_own_answer(sender):
    def serve(tls):
        while headers := read_request(tls):
            id_ = headers["webhook-id"].encode()
            time.sleep(0.01 * (int(id_) % 5))
            tls.sendall(OK + b"Content-Length: %d\r\n\r\n" % len(id_) + id_)

    with closing(Server(serve)) as server, ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda number: sender.send(server.endpoint, Message(str(number), b"{}")),
            range(40),
        )
        assert [answer.response_body for answer in answers] == [
            str(number) for number in range(40)
        ]
        assert server.connections <= 8


def test_the_endpoint_says_when_to_come_back(sender, says):
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"
    assert sender.send(says(busy).endpoint, MESSAGE).retry_after == 120
    fine = OK + b"Retry-After: 120\r\nContent-Length: 0\r\n\r\n"
    assert sender.send(says(fine).endpoint, MESSAGE).retry_after is None
