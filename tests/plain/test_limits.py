"""What an endpoint or a name server can have a request cost: time, processor, memory
and log are all limited, whatever comes and however.
"""

import gzip
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from delivery import network
from delivery.sender import KEPT_BODY_BYTES, Endpoint, Message
from delivery.signature import new_secret

from dev import paths

from .raw_server import Server, read_request, server_context

MESSAGE = Message("msg_1", b'{"name":"order"}')
OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def cheap(caplog):
    """Send a message, and see that it cost little and left nothing in the log."""

    def send(sender, endpoint):
        started = time.thread_time()
        answer = sender.send(replace(endpoint, url=endpoint.url + "?token"), MESSAGE)
        assert time.thread_time() - started < 0.5
        assert answer.duration_ms < 5000
        assert [record.getMessage() for record in caplog.records] == []
        return answer

    return send


def test_session_tickets_without_end(sender, cheap):
    """TLS 1.3 lets a server send tickets instead of an answer."""
    context = server_context()
    context.num_tickets = 2**31 - 1
    with closing(Server(read_request, context, timeout=5)) as server:
        answer = cheap(sender, server.endpoint)
    assert (answer.response_code, answer.failure) == (None, "answer")
    assert answer.error == "The endpoint sent too many bytes."


@pytest.mark.parametrize(
    "header",
    [
        b"Set-Cookie2: " + b"a=b;" * 16_000,
        b"Set-Cookie: " + b"a=b;" * 16_000,
        b"x" * 60_000,
        b"X: " + b"=?utf-8?q?" * 6_000,
    ],
    ids=["Set-Cookie2", "Set-Cookie", "no colon", "encoded words"],
)
def test_long_headers(sender, says, cheap, header):
    """95 headers of 60 kB cost no more than the limit on all of them."""
    answer = cheap(sender, says(OK, *[header + b"\r\n"] * 95, b"\r\n").endpoint)
    assert (answer.response_code, answer.failure) == (None, "answer")
    assert answer.error == "The answer's headers are too long."


def test_long_provisional_answers(sender, says, cheap):
    """The limit holds for all headers of an answer, those before it included."""
    early = b"HTTP/1.1 100 Continue\r\nX: " + b"y" * 10_000 + b"\r\n\r\n"
    answer = cheap(sender, says(early * 4 + OK + b"\r\n").endpoint)
    assert answer.error == "The answer's headers are too long."


@pytest.mark.parametrize(
    "header",
    [
        b"no colon",
        b" folded: value",
        b": no name",
        b"X Y: space in the name",
        b"X: bare\rContent-Length: 5",
        b"X: \x00",
        b"Content-Length: +0",
        b"Content-Length: " + b"9" * 5000,
        b"Content-Length: 1",
        b"Transfer-Encoding: gzip, chunked",
    ],
)
def test_malformed_headers(sender, says, cheap, header):
    """The status counts, but nobody knows where the answer ends."""
    server = says(OK + header + b"\r\nContent-Length: 0\r\n\r\n", timeout=0.5)
    for _ in range(2):
        assert cheap(sender, server.endpoint).response_code == 200
    assert server.connections == 2


def test_unneeded_headers(sender, says, cheap):
    """Cookies and the like are not looked at, and the connection is used again."""
    others = b"Set-Cookie: a=b; Max-Age=x\r\nContent-Type: multipart/x; boundary=y\r\n"
    server = says(OK + others * 90 + b"Content-Length: 0\r\n\r\n")
    for _ in range(2):
        assert cheap(sender, server.endpoint).failure is None
    assert server.connections == 1


@pytest.mark.parametrize("together", [False, True])
def test_a_second_answer(sender, together):
    """An answer that nobody asked for is not taken for the next message's."""
    finished = threading.Event()

    def serve(tls):
        while headers := read_request(tls):
            # two records in one packet, so that both are received at once
            tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, together)
            for status in (b"200 OK", b"500 Smuggled")[: 1 + ("1" in headers["x"])]:
                tls.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
            tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, False)
            finished.set()

    with closing(Server(serve)) as server:
        for number in ("1", "2"):
            endpoint = replace(server.endpoint, headers=(("X", number),))
            assert sender.send(endpoint, MESSAGE).response_code == 200
            assert finished.wait(10)
        assert server.connections == 2


def test_half_a_second_answer(sender):
    """Half of it is received with the first answer, the rest with the next one."""

    def serve(tls):
        while read_request(tls):
            tls.sendall(OK + b"Content-Length: 0\r\n\r\nHTTP/1.1 200 O")

    with closing(Server(serve)) as server:
        for _ in range(2):
            assert sender.send(server.endpoint, MESSAGE).failure is None
        assert server.connections == 2


def test_an_endless_redirect(sender, cheap):
    """The body of a redirect is read no further than that of any other answer."""

    def serve(tls):
        read_request(tls)
        tls.sendall(b"HTTP/1.1 302 Found\r\nLocation: https://x/\r\n\r\n")
        while True:
            tls.sendall(b"x" * 65536)

    with closing(Server(serve)) as server:
        answer = cheap(sender, server.endpoint)
    assert (answer.response_code, answer.failure) == (302, "redirect")
    assert answer.response_body == "x" * KEPT_BODY_BYTES


def test_a_bomb_in_a_bomb(sender, says, cheap):
    """Nothing is unpacked that was packed more than once."""
    bomb = gzip.compress(b"\x1f\x8b\x08\x08" + b"\0" * 6 + b"x" * 50_000_000)
    for _ in range(2):
        bomb = gzip.compress(bomb)
    head = b"Content-Encoding: gzip, gzip, gzip\r\nContent-Length: %d\r\n\r\n"
    answer = cheap(sender, says(OK + head % len(bomb) + bomb).endpoint)
    assert (answer.response_code, answer.failure) == (200, None)


def test_tiny_chunks(sender, says, cheap):
    """Each byte in a chunk of its own, with as much around it as it may have."""
    chunked = b"Transfer-Encoding: chunked\r\n\r\n"
    answer = cheap(sender, says(OK + chunked + b"1;x=y\r\nz\r\n" * 16384).endpoint)
    assert (answer.response_code, answer.failure) == (200, None)
    assert answer.response_body == "z" * 1000


def test_trailers_without_end(sender, cheap):
    """What follows a body is limited like all that is received."""

    def serve(tls):
        read_request(tls)
        tls.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n")
        while True:
            tls.sendall(b"a:\r\n" * 16384)

    with closing(Server(serve)) as server:
        answer = cheap(sender, server.endpoint)
    assert (answer.response_code, answer.failure) == (200, None)


def test_an_unknown_status(sender, says):
    """HTTP has statuses from 100 to 599: what says another speaks something else."""
    for status in (b"600", b"999", b"099", b"1000"):
        answer = sender.send(
            says(b"HTTP/1.1 " + status + b" X\r\n\r\n").endpoint, MESSAGE
        )
        assert (answer.response_code, answer.failure) == (None, "answer")


@pytest.fixture
def silent_name_servers(monkeypatch):
    """Have each look-up hang; return the list of hosts that are looked up."""
    looked_up, over = [], threading.Event()

    def getaddrinfo(host, *_args, **_kwargs):
        looked_up.append(host)
        over.wait(60)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    yield looked_up
    over.set()


def test_name_servers_are_silent(sender, silent_name_servers):
    """A look-up ends with its request, and no second one begins beside it."""
    endpoint = Endpoint("https://shop.example/", (new_secret(),), timeout=0.5)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: sender.send(endpoint, MESSAGE), range(4)))
    for answer in answers:
        assert answer.failure == "dns"
        assert answer.error == "The name servers did not answer in time."
        assert answer.duration_ms < 15_000
    assert len(silent_name_servers) == 1


def test_slow_name_servers(sender, says, monkeypatch):
    """Whoever needs a host while it is looked up waits for that, not for a turn."""
    real = socket.getaddrinfo

    def getaddrinfo(*args, **kwargs):
        time.sleep(1)
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    endpoint = says(OK + b"Content-Length: 0\r\n\r\n").endpoint
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: sender.send(endpoint, MESSAGE), range(8)))
    assert {answer.failure for answer in answers} == {None}
    assert max(answer.duration_ms for answer in answers) < 6000


def test_close_during_a_look_up(sender, silent_name_servers):
    """Nobody waits for a look-up whose request has ended."""
    sender.send(Endpoint("https://shop.example/", (), timeout=0.5), MESSAGE)
    started = time.monotonic()
    sender.close()
    assert time.monotonic() - started < 15


def test_exit_during_a_look_up():
    """The interpreter waits at its end for threads that are no daemons."""
    code = """
import socket, sys, time
sys.path.append(sys.argv[1])
from delivery import sender
socket.getaddrinfo = lambda *args, **kwargs: time.sleep(30)
endpoint = sender.Endpoint("https://shop.example/", (), timeout=0.2)
print(sender.Sender().send(endpoint, sender.Message("msg_1", b"{}")).failure)
"""
    command = [sys.executable, "-c", code, str(paths.ADDON)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert (ran.stdout.strip(), ran.stderr) == ("dns", "")


@contextmanager
def no_further_file():
    """Let this process open no further file for the length of a ``with`` block."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    next_one = os.dup(0)
    os.close(next_one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_too_many_open_files(sender, says, caplog):
    """What this machine has run out of is told, and nobody's settings are blamed."""
    endpoint = says(OK + b"Content-Length: 0\r\n\r\n").endpoint
    # as in a process that has not sent anything yet
    network._context.cache_clear()
    with no_further_file():
        answer = sender.send(endpoint, MESSAGE)
    assert (answer.failure, answer.error) == ("connection", "Too many open files")
    assert not caplog.text
    assert not sender.send(endpoint, MESSAGE).failure


def test_too_many_open_files_for_a_client_certificate(caplog):
    network._context.cache_clear()
    settings = network.Network(client_certificates={"localhost": (__file__, None)})
    with no_further_file(), pytest.raises(OSError, match="Too many open files"):
        settings.tls("localhost")
    assert not caplog.text
