"""The receiver's certificate is trusted through its authority only."""

import socket
import ssl
import threading

import pytest

from dev import certificate


@pytest.fixture
def files(tmp_path):
    return certificate.ensure(tmp_path / "tls")


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
def test_trusted_through_its_authority(files, host):
    trust = ssl.create_default_context(cafile=files.authority)
    assert greet(files, trust, host) == b"hello"


def test_nobody_else_trusts_it_and_no_other_host_may_use_it(files):
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(files, ssl.create_default_context(), "localhost")
    trust = ssl.create_default_context(cafile=files.authority)
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for"):
        greet(files, trust, "shop.example")


def test_made_once_and_for_its_owner(files):
    before = files.key.read_bytes()
    assert certificate.ensure(files.key.parent) == files
    assert files.key.read_bytes() == before
    assert files.key.parent.stat().st_mode & 0o077 == 0


def test_a_try_that_was_killed_is_made_anew(tmp_path):
    (tmp_path / "tls.partial").mkdir()
    assert certificate.ensure(tmp_path / "tls").key.is_file()
