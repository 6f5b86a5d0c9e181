"""The receiver's certificate is trusted through its authority only, and renewed."""

import datetime
import http.server
import ssl
import threading

import pytest
import requests

from dev import certificate


@pytest.fixture
def files(tmp_path):
    return certificate.ensure(tmp_path)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_client_that_trusts_the_authority_is_served(files, host):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), http.server.BaseHTTPRequestHandler
    )
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"https://{host}:{server.server_port}/"
    try:
        # The handler knows no method: 501 says that the connection stands.
        found = requests.get(url, verify=str(files.authority), timeout=10)
        assert found.status_code == 501
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, verify=True, timeout=10)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


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
