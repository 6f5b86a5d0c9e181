"""Endpoints that are reached through a proxy only, a real one."""

import socket
import time
from contextlib import closing
from dataclasses import replace

import pytest
from delivery.guard import Guard
from delivery.network import Network, complain
from delivery.proxy import Proxy
from delivery.sender import Message, Sender

from dev import ports

from .certificates import Authority
from .proxy import ConnectProxy
from .raw_server import Server, read_request
from .test_reasons import context_of
from .trust import HERE

MESSAGE = Message("msg_1", b'{"name":"order"}')
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def endpoint(request, tmp_path):
    """Make an endpoint at a host, and the network that a proxy leads out of."""

    def serve(tls):
        while headers := read_request(tls):
            assert "proxy-authorization" not in headers
            tls.sendall(OK)

    def make(proxy, host="localhost"):
        authority = Authority(tmp_path)
        server = Server(serve, context_of(authority.certify(host)))
        request.addfinalizer(server.close)
        url_host = f"[{host}]" if ":" in host else host
        endpoint = replace(server.endpoint, url=f"https://{url_host}:{server.port}/")
        network = Network.parse({"proxy": proxy, "ca_file": authority.file})
        return endpoint, network

    return make


def test_several_messages(endpoint):
    """They go through one tunnel, and their proxy's password stays with it."""
    with closing(ConnectProxy("me:p@ss:word")) as proxy:
        target, network = endpoint(proxy.url("me:p%40ss%3Aword@"))
        with Sender(HERE, network) as sender:
            for _ in range(3):
                answer = sender.send(target, MESSAGE)
                assert (answer.response_code, answer.failure) == (200, None)
        port = target.url.split(":")[-1].strip("/")
        assert proxy.asked == [f"localhost:{port}"]


@pytest.mark.parametrize("host", ["shop.invalid", "8.8.8.8", "2606:4700::1111"])
def test_what_the_proxy_is_asked_for(endpoint, host):
    """A name that nobody here knows is left to the proxy."""
    with closing(ConnectProxy()) as proxy:
        target, network = endpoint(proxy.url(), host)
        with Sender(Guard(), network) as sender:
            answer = sender.send(target, MESSAGE)
        assert (answer.response_code, answer.failure) == (200, None)
        # the proxy's address is none of the endpoint's
        assert answer.inside is None
        assert proxy.asked == [target.url.removeprefix("https://").strip("/")]


def test_a_name_that_takes_long(endpoint, monkeypatch):
    """Where only the proxy knows names, the time is not spent on waiting for ours."""
    real = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if host == "shop.invalid" and kwargs.get("flags") is None:
            time.sleep(8)
        return real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with closing(ConnectProxy()) as proxy:
        target, network = endpoint(proxy.url(), "shop.invalid")
        with Sender(Guard(), network) as sender:
            answer = sender.send(target, MESSAGE)
    assert answer.failure is None
    assert answer.duration_ms < 6000


@pytest.mark.parametrize(
    "host",
    "127.1 0x7f.1 [::1] [64:ff9b::a00:1] 10.0.0.1 localhost x.localhost".split(),
)
def test_what_is_inside(host):
    """It is refused before the proxy is asked."""
    with closing(ConnectProxy()) as proxy:
        network = Network.parse({"proxy": proxy.url()})
        with Sender(Guard(), network) as sender:
            endpoint = replace(proxy.endpoint, url=f"https://{host}/")
            assert sender.send(endpoint, MESSAGE).failure == "address"
        assert proxy.connections == 0


def test_an_address_that_can_be_read_in_two_ways(endpoint):
    """The proxy might take 010 for ten, where the system's resolver takes it for 8."""
    with closing(ConnectProxy()) as proxy:
        network = Network.parse({"proxy": proxy.url()})
        with Sender(Guard(), network) as sender:
            sender.send(replace(proxy.endpoint, url="https://010.8.8.8:1/"), MESSAGE)
        assert proxy.asked == ["8.8.8.8:1"]


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (b"HTTP/1.1 403 Forbidden\r\n\r\nno", "The proxy answered 403 Forbidden"),
        (
            b"HTTP/1.1 502 Bad\r\nContent-Length: 0\r\n\r\n",
            "The proxy answered 502 Bad",
        ),
        (b"HTTP/1.1 407 Who?\r\n\r\n", "The proxy answered 407 Who?"),
        (b"", "The proxy fails: The connection was closed without an answer."),
        (b"SSH-2.0\r\n\r\n", "The proxy fails: What was answered is not HTTP."),
        (b"HTTP/1.1 200 OK\r\n\r\n\x16", "The proxy says more than it was asked."),
        (
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
            "The proxy fails: The answer's headers are too long.",
        ),
    ],
)
def test_a_proxy_that_refuses(endpoint, refusal, error):
    with closing(ConnectProxy(refusal=refusal)) as proxy:
        target, network = endpoint(proxy.url())
        with Sender(HERE, network) as sender:
            answer = sender.send(target, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "proxy")
    assert answer.error == error


def test_a_wrong_password(endpoint, caplog):
    """It is told, and nowhere written."""
    with closing(ConnectProxy("me:right")) as proxy:
        target, network = endpoint(proxy.url("me:sesame@"))
        with Sender(HERE, network) as sender:
            answer = sender.send(target, MESSAGE)
    assert (answer.failure, answer.error) == (
        "proxy",
        "The proxy answered 407 Proxy Authentication Required",
    )
    [head] = proxy.heads
    encoded = head.split(b"Basic ")[1].split(b"\r\n")[0].decode()
    for text in (repr(network), repr(answer), caplog.text):
        assert "sesame" not in text
        assert encoded not in text


def test_nobody_at_the_proxys_port(endpoint):
    target, network = endpoint(f"http://127.0.0.1:{ports.free_port()}")
    with Sender(HERE, network) as sender:
        answer = sender.send(target, MESSAGE)
    assert (answer.failure, answer.error) == (
        "proxy",
        "The proxy cannot be reached: Connection refused",
    )


def test_no_such_proxy(endpoint):
    target, network = endpoint("http://proxy.invalid:3128")
    with Sender(HERE, network) as sender:
        answer = sender.send(target, MESSAGE)
    assert answer.failure == "proxy"
    assert answer.error.startswith("The proxy cannot be reached: ")


def test_a_proxy_that_says_nothing(endpoint):
    """The request's time holds for it, too."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        target, network = endpoint(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with Sender(HERE, network) as sender:
            answer = sender.send(replace(target, timeout=1), MESSAGE)
    assert answer.failure == "proxy"
    assert "in time" in answer.error
    assert answer.duration_ms < 5000


@pytest.mark.parametrize(
    "text",
    [
        "https://me:sesame@proxy.example:3128",
        "socks5://me:sesame@proxy.example:1080",
        "proxy.example:3128",
        "http://me:sesame@proxy.example",
        "http://me:ses#ame@proxy.example:3128",
        "http://me:sesame@proxy.example:99999",
        "http://proxy.example:3128/path",
        "http://[me:sesame@proxy.example:3128",
        "http://proxy.example:3128\r\nsesame",
        "sesame",
    ],
)
def test_a_proxy_that_is_none(text, caplog):
    """Nothing goes past it; the log says once what is wrong, and no password."""
    complain.cache_clear()
    with closing(Server(read_request)) as server:
        for _ in range(2):
            with Sender(HERE, Network.parse({"proxy": text})) as sender:
                answer = sender.send(server.endpoint, MESSAGE)
            assert (answer.response_code, answer.failure) == (None, "configuration")
            assert "http://user:password@host:port" in answer.error
        assert server.connections == 0
    [record] = caplog.records
    assert "[nshift_webhooks]" in record.getMessage()
    assert "ses" not in caplog.text + answer.error


def test_a_proxy_is_not_told_by_its_words():
    assert "sesame" not in repr(Proxy.parse("http://me:sesame@proxy.example:3128"))
