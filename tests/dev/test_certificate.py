"""The receiver's certificate is trusted through its authority only, and renewed."""

import datetime
import socket
import ssl
import threading

import pytest

from dev import certificate


@pytest.fixture
def files(tmp_path):
    return certificate.ensure(tmp_path)


def accept(listener, context):
    """Take one connection and greet it."""
    connection, _address = listener.accept()
    try:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(b"hello")
    except OSError:
        # A client that does not trust us has hung up.
        connection.close()


def greet(files, trust, host):
    """What a client that trusts `trust` gets from a server with our certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, args=(listener, context))
        thread.start()
        try:
            with (
                socket.create_connection(listener.getsockname()) as plain,
                trust.wrap_socket(plain, server_hostname=host) as secure,
            ):
                return secure.recv(100)
        finally:
            thread.join()


@pytest.mark.parametrize("host", certificate.HOSTS)
def test_a_client_that_trusts_the_authority_is_served(files, host):
    trust = ssl.create_default_context(cafile=files.authority)
    assert greet(files, trust, host) == b"hello"


def test_nobody_else_trusts_it_and_no_other_host_may_use_it(files):
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(files, ssl.create_default_context(), "localhost")
    trust = ssl.create_default_context(cafile=files.authority)
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        greet(files, trust, "shop.example")


def test_it_is_made_once(files, tmp_path):
    before = files.certificate.read_bytes()
    assert certificate.ensure(tmp_path) == files
    assert files.certificate.read_bytes() == before


def test_it_is_renewed_before_it_ends(files, tmp_path, monkeypatch):
    before = files.certificate.read_bytes()
    monkeypatch.setattr(
        certificate, "RENEW_BEFORE", certificate.VALID + datetime.timedelta(days=1)
    )
    certificate.ensure(tmp_path)
    assert files.certificate.read_bytes() != before


@pytest.mark.parametrize("name", ["authority", "certificate", "key"])
def test_a_damaged_or_foreign_file_is_replaced(files, tmp_path, name):
    other = certificate.ensure(tmp_path / "other")
    for content in (b"", getattr(other, name).read_bytes()):
        getattr(files, name).write_bytes(content)
        certificate.ensure(tmp_path)
        assert certificate._is_good(files)


def test_the_key_is_its_owners_only(files):
    assert files.key.stat().st_mode & 0o077 == 0
