"""The sender against a real HTTPS server that behaves badly."""

import gzip
import socket
import ssl
import threading
import time
import uuid
import zlib
from ast import literal_eval
from contextlib import suppress
from dataclasses import replace

import pytest
from delivery.sender import KEPT_BODY_BYTES, Endpoint, Message
from delivery.signature import new_secret

from dev import certificate, paths, ports
from dev.receiver import Receiver, answer, drop, endless_body

from .trust import trusting_sender

MESSAGE = Message("msg_1", '{"name":"Ærø 🚢"}'.encode())


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def endpoint(receiver):
    """Make an endpoint that gives certain answers."""
    path, secret = f"/{uuid.uuid4()}", new_secret()

    def register(*answers):
        receiver.register(path, secret, answers)
        return Endpoint(receiver.url(path), (secret,))

    # a request is noted after it has been answered
    register.requests = lambda count: receiver.wait_for(count, path)
    register.untouched = lambda: not receiver.requests(path)
    return register


def test_a_message_arrives_as_it_is_and_signed(sender, endpoint):
    answer_ = sender.send(endpoint(), MESSAGE)
    assert (answer_.response_code, answer_.failure, answer_.error) == (200, None, None)
    [request] = endpoint.requests(1)
    assert request.fault is None
    assert request.body == MESSAGE.body
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == "msg_1"
    assert abs(int(request.headers["webhook-timestamp"]) - time.time()) < 60
    assert request.headers["webhook-attempt"] == "1"
    version = literal_eval((paths.ADDON / "__manifest__.py").read_text())["version"]
    assert (
        request.headers["user-agent"]
        == f"nshift_webhooks/{version} (Odoo; +https://www.standardwebhooks.com)"
    )


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_success(sender, endpoint, status):
    answer_ = sender.send(endpoint(answer(status)), MESSAGE)
    assert (answer_.response_code, answer_.failure) == (status, None)


@pytest.mark.parametrize("status", [400, 401, 404, 410, 418, 429, 500, 503, 599])
def test_everything_else_is_a_failure(sender, endpoint, status):
    answer_ = sender.send(endpoint(answer(status, b"because")), MESSAGE)
    assert (answer_.response_code, answer_.failure) == (status, "status")
    assert answer_.response_body == "because"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(sender, endpoint, receiver, status):
    target = receiver.url("/target")
    answer_ = sender.send(endpoint(answer(status, Location=target)), MESSAGE)
    assert (answer_.response_code, answer_.failure) == (status, "redirect")
    assert answer_.error == target
    assert receiver.requests("/target") == []


@pytest.mark.parametrize(
    ("reason", "said"),
    [("Not Found", ""), ("not found", ""), ("No article LAMP-9", "No article LAMP-9")],
)
def test_what_a_code_means_anyway_is_no_detail(sender, endpoint, reason, said):
    def refuse(handler):
        handler.send_response(404, reason)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
        return 404

    answer_ = sender.send(endpoint(refuse), MESSAGE)
    assert (answer_.failure, answer_.error) == ("status", said)


def test_no_answer_in_time(sender, endpoint):
    target = replace(endpoint(answer(200, delay=3)), timeout=1)
    answer_ = sender.send(target, MESSAGE)
    assert (answer_.response_code, answer_.failure) == (None, "timeout")
    assert answer_.error == "The endpoint said nothing in time."
    assert 900 <= answer_.duration_ms < 10_000


def test_the_time_limit():
    """15 seconds, unless the endpoint has another one."""
    assert Endpoint("https://example.com/", ()).timeout == 15


def test_a_connection_that_breaks_off(sender, endpoint):
    answer_ = sender.send(endpoint(drop), MESSAGE)
    assert (answer_.response_code, answer_.failure) == (None, "broken")
    assert answer_.error == "The connection was closed without an answer."


def test_nobody_listens(sender):
    url = f"https://localhost:{ports.free_port()}/"
    answer_ = sender.send(Endpoint(url, (new_secret(),)), MESSAGE)
    assert answer_.failure == "connection"
    assert "refused" in answer_.error


def test_no_such_host(sender):
    answer_ = sender.send(
        Endpoint("https://no.such.host.invalid/", (new_secret(),)), MESSAGE
    )
    assert answer_.failure == "dns"
    assert answer_.error


@pytest.mark.parametrize(
    "url",
    ["http://localhost/", "https://a b/", "https://me:pw@localhost/", "https://"],
)
def test_a_url_that_is_not_allowed_is_not_called(sender, url, monkeypatch):
    def connect(*_args, **_kwargs):
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    answer_ = sender.send(Endpoint(url, (new_secret(),)), MESSAGE)
    assert answer_.failure == "url"
    assert "pw" not in answer_.error


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example", "xn--" + "9" * 60 + "ü.example"]
)
def test_a_host_that_cannot_be_encoded(sender, host):
    answer_ = sender.send(Endpoint(f"https://{host}/", (new_secret(),)), MESSAGE)
    assert answer_.failure in ("url", "dns")
    assert answer_.error


def test_a_large_answer_is_cut(sender, endpoint):
    answer_ = sender.send(endpoint(answer(200, b"x" * 2_000_000)), MESSAGE)
    assert answer_.failure is None
    assert answer_.response_body == "x" * KEPT_BODY_BYTES


def test_an_endless_answer_is_left(sender, endpoint):
    answer_ = sender.send(endpoint(endless_body), MESSAGE)
    assert (answer_.response_code, answer_.failure) == (200, None)
    assert len(answer_.response_body) == KEPT_BODY_BYTES


def test_an_answer_that_drips_does_not_hold_up(sender, endpoint):
    def drip(handler):
        handler.close_connection = True
        handler.send_response(200)
        handler.end_headers()
        for _ in range(60):
            handler.wfile.write(b".")
            time.sleep(0.2)
        return 200

    answer_ = sender.send(replace(endpoint(drip), timeout=1), MESSAGE)
    assert (answer_.response_code, answer_.failure) == (200, None)
    # of twelve seconds
    assert answer_.duration_ms < 10_000


def test_an_answer_is_kept_as_text_whatever_it_is(sender, endpoint):
    body = b"<script>alert(1)</script>\x00\xff\xfe\x1b[31m"
    answer_ = sender.send(endpoint(answer(200, body)), MESSAGE)
    assert answer_.response_body.startswith("<script>")
    assert "\x00" not in answer_.response_body


def test_a_compressed_answer_that_is_none(sender, endpoint):
    answer_ = sender.send(
        endpoint(answer(200, b"not gzip", Content_Encoding="gzip")), MESSAGE
    )
    assert (answer_.response_code, answer_.failure) == (200, None)


@pytest.mark.parametrize(
    "reply",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x" * 70000,
    ],
    ids=["nonsense", "no status", "endless header"],
)
def test_an_answer_that_is_not_http(reply):
    files = certificate.ensure()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _address = listener.accept()
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(65536)
            tls.sendall(reply)
            # closed too early, what was sent might be cut short
            with suppress(OSError):
                tls.recv(1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"https://localhost:{listener.getsockname()[1]}/"
    with trusting_sender() as sender:
        answer_ = sender.send(Endpoint(url, (new_secret(),)), MESSAGE)
    listener.close()
    thread.join(5)
    assert (answer_.response_code, answer_.failure) == (None, "answer")
    assert answer_.error


def test_no_cookie_is_kept_and_no_password_of_the_servers_sent(
    sender, endpoint, monkeypatch, tmp_path
):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login admin password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    target = endpoint(answer(200, Set_Cookie="a=b"), answer(200))
    sender.send(target, MESSAGE)
    sender.send(target, MESSAGE)
    for request in endpoint.requests(2):
        assert "authorization" not in request.headers
        assert "cookie" not in request.headers


def test_no_proxy_of_the_environment_is_used(endpoint, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{ports.free_port()}")
    with trusting_sender() as sender:
        assert sender.send(endpoint(), MESSAGE).failure is None


def test_a_secret_is_not_in_what_might_be_logged():
    assert "whsec_" not in repr(Endpoint("https://example.com", (new_secret(),)))


def test_an_answer_is_kept_as_plain_text(sender, endpoint):
    body = b"a\x00b\x07\x1b[31m\xff\xe2\x80\xaec\r\n\td \xf0\x9f\x9a\xa2"
    answer_ = sender.send(endpoint(answer(500, body)), MESSAGE)
    assert answer_.response_body == "a\ufffdb\ufffd\ufffd[31m\ufffd\ufffdc\r\n\td 🚢"


@pytest.mark.parametrize(
    "error",
    [MemoryError("whsec_"), ValueError("whsec_"), RecursionError(), KeyError("whsec_")],
)
def test_a_fault_in_the_code(sender, endpoint, monkeypatch, caplog, error):
    """It is told by its kind and its place: its text may hold a header's value."""

    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(sender.transport, "exchange", fail)
    answer_ = sender.send(endpoint(), MESSAGE)
    assert (answer_.response_code, answer_.failure) == (None, "fault")
    assert answer_.error == type(error).__name__
    [record] = caplog.records
    assert "in fail" in record.getMessage()
    assert "whsec_" not in caplog.text


@pytest.mark.parametrize("value", [" secret", "secret\r\nX: y", 5])
def test_a_refused_header(sender, endpoint, caplog, value):
    """What the libraries refuse to send, they quote."""
    target = replace(endpoint(), headers=(("X-Api-Key", value),))
    answer_ = sender.send(target, MESSAGE)
    assert answer_.failure == "fault"
    assert "secret" not in answer_.error + caplog.text
    assert endpoint.untouched()


@pytest.mark.parametrize("url", [None, False, "https://[::1", "https://\ud800/"])
def test_no_url(sender, url):
    """Whatever stands in its place is no fault in the code."""
    assert sender.send(Endpoint(url, (new_secret(),)), MESSAGE).failure == "url"


def test_no_compression(sender, endpoint):
    """Also if an older header of the owner's asks for it."""
    target = replace(endpoint(), headers=(("accept-encoding", "br"),))
    sender.send(target, MESSAGE)
    [request] = endpoint.requests(1)
    assert request.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
def test_a_compressed_answer(sender, endpoint, encoding):
    """It is shown as text, though we asked for no compression."""
    pack = zlib.compress if encoding == "deflate" else gzip.compress
    target = endpoint(answer(400, pack(b"because"), Content_Encoding=encoding))
    assert sender.send(target, MESSAGE).response_body == "because"


def test_a_large_message(sender, endpoint):
    """It is encrypted in pieces, and arrives as one."""
    target = endpoint()
    message = Message("msg_1", b'{"name":"' + b"x" * 3_000_000 + b'"}')
    assert sender.send(target, message).failure is None
    assert endpoint.requests(1)[0].body == message.body
