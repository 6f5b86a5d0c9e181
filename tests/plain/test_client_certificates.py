"""Endpoints that want a certificate of ours, from the server's configuration file."""

import os
import ssl
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from delivery.network import Network, complain
from delivery.sender import Message, Sender

from .certificates import Authority
from .proxy import ConnectProxy
from .raw_server import Server, read_request
from .test_reasons import context_of
from .trust import HERE

MESSAGE = Message("msg_1", b'{"name":"order"}')


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def send(authority):
    """Send a message to an endpoint that answers with the name of who sent it."""

    def serve(tls):
        name = dict(pair for [pair] in tls.getpeercert()["subject"])["commonName"]
        while read_request(tls):
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(name)}\r\n\r\n"
            tls.sendall((head + name).encode())

    context = context_of(authority.certify())
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)

    def make(lines, **options):
        options = {"ca_file": authority.file, "client_certificates": lines, **options}
        with closing(Server(serve, context)) as server:
            with Sender(HERE, Network.parse(options)) as sender:
                return sender.send(server.endpoint, MESSAGE)

    complain.cache_clear()
    return make


def split(file):
    """Split a file into one with the certificate, and one with its key."""
    text = Path(file).read_text()
    at = text.index("-----BEGIN PRIVATE KEY")
    Path(f"{file}.crt").write_text(text[:at])
    Path(f"{file}.key").write_text(text[at:])
    return f"{file}.crt {file}.key"


@pytest.mark.parametrize("host", ["localhost", "LocalHost", "localhost."])
def test_the_certificate_of_a_host(authority, send, host):
    ours, other = authority.certify("us"), authority.certify("other")
    answer = send(f"\nshop.example {other}\n{host}\t{ours}\n")
    assert (answer.failure, answer.response_body) == (None, "us")


def test_its_key_in_a_file_of_its_own(authority, send):
    answer = send("localhost " + split(authority.certify("us")))
    assert (answer.failure, answer.response_body) == (None, "us")


def test_another_hosts_certificate(authority, send):
    """Nobody is shown a certificate that is for somebody else."""
    answer = send(f"shop.example {authority.certify('us')}")
    assert answer.failure == "client_certificate"


def test_through_a_proxy(authority, send):
    with closing(ConnectProxy()) as proxy:
        answer = send(f"localhost {authority.certify('us')}", proxy=proxy.url())
    assert (answer.failure, answer.response_body) == (None, "us")


def test_a_renewed_certificate(authority, send):
    """It is used without a restart."""
    file = authority.certify("us")
    assert send(f"localhost {file}").response_body == "us"
    os.replace(authority.certify("us-again"), file)
    assert send(f"localhost {file}").response_body == "us-again"


@pytest.mark.parametrize("wrong", ["missing", "nonsense", "no key", "password"])
def test_a_file_that_cannot_be_used(authority, send, tmp_path, caplog, wrong):
    """It harms its host only, and the log says once what is wrong."""
    files = {
        "missing": str(tmp_path / "missing.pem"),
        "nonsense": str(tmp_path / "nonsense.pem"),
        "no key": split(authority.certify("us")).split()[0],
        "password": authority.certify("us", password=b"sesame"),
    }
    (tmp_path / "nonsense.pem").write_text("nonsense")
    for _ in range(2):
        answer = send(f"localhost {files[wrong]}")
        assert (answer.response_code, answer.failure) == (None, "configuration")
        assert str(tmp_path) not in answer.error
    [record] = caplog.records
    assert files[wrong] in record.getMessage()
    good = authority.certify("us")
    answer = send(f"shop.example {files[wrong]}\nlocalhost {good}")
    assert (answer.failure, answer.response_body) == (None, "us")


@pytest.mark.parametrize("line", ["localhost", "localhost a b c"])
def test_a_line_that_is_none(send, authority, caplog, line):
    answer = send(f"{line}\nshop.example {authority.certify('us')}")
    assert (answer.response_code, answer.failure) == (None, "configuration")
    assert "client_certificates" in answer.error
    assert "localhost" in caplog.text


@pytest.mark.parametrize("host", ["https://localhost/", "localhost:443", "a..b", "*.b"])
def test_a_line_without_a_host(send, authority, caplog, host):
    """It is told, and the others count."""
    ours = authority.certify("us")
    assert send(f"{host} {ours}\nlocalhost {ours}").response_body == "us"
    [record] = caplog.records
    assert host in record.getMessage()


def test_a_wrong_file_of_authorities(send, authority, caplog):
    """It harms only who needs it."""
    answer = send("", ca_file="/nonexistent.pem")
    assert (answer.failure, answer.error) == (
        "configuration",
        "The setting ca_file names no file of certificates (PEM).",
    )
    [record] = caplog.records
    assert "/nonexistent.pem" in record.getMessage()
    # what is wrong with a certificate that any authority signed is told as it is
    with closing(Server(read_request, context_of(authority.certify()))) as server:
        with Sender(HERE, Network.parse({"ca_file": authority.file})) as sender:
            endpoint = replace(server.endpoint, timeout=5)
            assert sender.send(endpoint, MESSAGE).failure == "broken"
