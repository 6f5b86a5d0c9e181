"""Why a message was not delivered is told as it is."""

import re
import socket
import ssl
import struct
import time
from contextlib import closing, suppress
from dataclasses import replace

import pytest
from delivery import failure
from delivery.guard import Guard
from delivery.network import Network
from delivery.sender import Message, Sender

from dev import paths

from .certificates import Authority
from .raw_server import Listener, Server, read_request
from .trust import HERE

MESSAGE = Message("msg_1", b'{"name":"order"}')
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


def context_of(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def arrived():
    return []


@pytest.fixture
def attempt(arrived):
    """Send a message to a server with certain TLS settings, and return the answer."""

    def serve(tls):
        while headers := read_request(tls):
            arrived.append(headers)
            tls.sendall(OK)

    def make(context, network):
        with (
            closing(Server(serve, context)) as server,
            Sender(HERE, network) as sender,
        ):
            return sender.send(server.endpoint, MESSAGE)

    return make


def test_a_good_certificate(attempt, authority):
    """What the other tests spoil is in order."""
    answer = attempt(context_of(authority.certify()), Network(authority.file))
    assert (answer.response_code, answer.failure) == (200, None)


@pytest.mark.parametrize("certify", ["certify", "self_signed"])
def test_an_untrusted_certificate(attempt, authority, arrived, monkeypatch, certify):
    """No authority is trusted because the environment says so."""
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(variable, authority.file)
    answer = attempt(context_of(getattr(authority, certify)()), Network())
    assert (answer.response_code, answer.failure) == (None, "untrusted")
    assert re.search("issuer certificate|self.signed", answer.error)
    assert arrived == []


@pytest.mark.parametrize(
    ("begins", "ends", "error"),
    [(-3, -2, "certificate has expired"), (2, 3, "certificate is not yet valid")],
)
def test_an_expired_certificate(attempt, authority, arrived, begins, ends, error):
    certificate = authority.certify(begins=begins, ends=ends)
    answer = attempt(context_of(certificate), Network(authority.file))
    assert (answer.response_code, answer.failure) == (None, "expired")
    assert answer.error == error
    assert arrived == []


@pytest.mark.parametrize("name", ["shop.example", "127.0.0.2"])
def test_a_certificate_for_another_name(attempt, authority, arrived, name):
    certificate = authority.certify(name)
    answer = attempt(context_of(certificate), Network(authority.file))
    assert (answer.response_code, answer.failure) == (None, "misnamed")
    assert "localhost" in answer.error
    assert arrived == []


@pytest.mark.parametrize("size", [20, 100_000])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("shown", [None, "of another authority"])
def test_a_client_certificate_is_wanted(authority, tmp_path, version, size, shown):
    """With TLS 1.3 the endpoint says so only after the request was sent."""
    context = context_of(authority.certify())
    context.minimum_version = context.maximum_version = version
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    certificates = {}
    if shown:
        other = Authority(tmp_path, "other").certify("us")
        certificates["localhost"] = (other, None)
    network = Network(authority.file, client_certificates=certificates)
    message = Message("msg_1", b"x" * size)
    with closing(Server(read_request, context)) as server:
        for _ in range(5):
            with Sender(HERE, network) as sender:
                answer = sender.send(server.endpoint, message)
            assert (answer.response_code, answer.failure) == (
                None,
                "client_certificate",
            ), answer


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\0",
    ],
)
def test_what_is_not_https(said):
    def serve(connection):
        connection.recv(65536)
        connection.sendall(said)
        connection.recv(65536)

    with closing(Listener(serve)) as server, Sender(HERE) as sender:
        answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "not_https")


def old_version(context):
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")


def old_cipher(context):
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("spoil", [old_version, old_cipher])
def test_tls_that_is_too_old(attempt, authority, spoil):
    context = context_of(authority.certify())
    spoil(context)
    answer = attempt(context, Network(authority.file))
    assert (answer.response_code, answer.failure) == (None, "old_tls")


def reset(connection):
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


@pytest.mark.parametrize("hard", [False, True])
def test_a_handshake_that_is_cut(hard):
    def serve(connection):
        connection.recv(65536)
        if hard:
            reset(connection)

    with closing(Listener(serve)) as server, Sender(HERE) as sender:
        answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "broken")


@pytest.mark.parametrize("hard", [False, True])
def test_a_new_connection_that_breaks(sender, hard):
    """It is no kept one, so that the message is not sent a second time."""
    came = []

    def serve(tls):
        came.append(read_request(tls))
        if hard:
            reset(tls)

    with closing(Server(serve)) as server:
        answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "broken")
    assert len(came) == 1


def test_half_an_answer(sender):
    """Its status counts, even if the rest never comes."""

    def serve(tls):
        read_request(tls)
        tls.sendall(b"HTTP/1.1 413 Too Large\r\nRetry-After: 12")

    with closing(Server(serve)) as server:
        answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.retry_after) == (413, None)

    def serve_less(tls):
        read_request(tls)
        tls.sendall(b"HTTP/1.1 41")

    with closing(Server(serve_less)) as server:
        answer = sender.send(server.endpoint, MESSAGE)
    assert (answer.response_code, answer.failure) == (None, "broken")


def test_nothing_is_read_in_time(sender):
    """An endpoint that takes no more of a message than fits into its buffers."""

    def serve(tls):
        with suppress(OSError):
            tls.recv(1)
            time.sleep(5)

    message = Message("msg_1", b"x" * 30_000_000)
    with closing(Server(serve, timeout=1)) as server:
        answer = sender.send(server.endpoint, message)
    assert (answer.response_code, answer.failure) == (None, "timeout")


def codes(kind=failure.Undelivered):
    yield kind.failure
    for narrower in kind.__subclasses__():
        yield from codes(narrower)


def test_every_reason_has_its_words():
    """Odoo's list of reasons, and its advice, have all that arise here."""
    models = paths.ADDON / "models"
    listed = (models / "nshift_webhook_event.py").read_text()
    advice = (models / "nshift_webhook_advice.py").read_text()
    for code in codes():
        assert listed.count(f'    "{code}",') == listed.count(f'    ("{code}", "') == 1
        assert advice.count(f'    "{code}": _lt(') == 1
    for code in ("broken", "answer", "timeout", "client_certificate"):
        text = advice.split(f'"{code}": _lt(')[1].split("),\n")[0]
        assert "othing was sent" not in text


@pytest.mark.parametrize(
    ("host", "name"), [("127.0.0.1", "127.0.0.1"), ("localhost.", "localhost")]
)
def test_unusual_hosts(authority, monkeypatch, host, name):
    """A certificate may be for an address; no name in one ends with a dot."""

    def serve(tls):
        assert read_request(tls)["host"] == f"{name}:{server.port}"
        tls.sendall(OK)

    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *rest, **more: real(host.rstrip("."), *rest, **more),
    )
    network = Network(authority.file)
    with closing(Server(serve, context_of(authority.certify(name)))) as server:
        endpoint = replace(server.endpoint, url=f"https://{host}:{server.port}/")
        with Sender(Guard.parse(name), network) as sender:
            assert sender.send(endpoint, MESSAGE).failure is None
