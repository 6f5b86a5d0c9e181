"""One port in front of Odoo's two."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from dev import errors, ports
from dev.front import Front


@contextlib.contextmanager
def server(name):
    """A web server that answers with its name; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = name + body
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running.server_port
        running.shutdown()


def test_each_goes_where_it_belongs():
    with server(b"workers") as http, server(b"evented") as evented:
        front = Front(ports.free_port(), http, evented)
        with front, requests.Session() as kept:
            kept.trust_env = False
            large = b"x" * 1_000_000
            for _ in range(2):
                answer = kept.post(f"{front.url}/web", data=large, timeout=20)
                assert answer.content == b"workers" + large
            for path, name in (
                ("/websocket?version=1", b"evented"),
                ("/websocket/health", b"workers"),
            ):
                with requests.Session() as session:
                    session.trust_env = False
                    answer = session.post(f"{front.url}{path}", data=b"", timeout=20)
                    assert answer.content == name
        ports.require_free(front.port, "Odoo", "PORT")


def test_a_taken_port():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(errors.Problem, match="PORT="), Front(taken, 1, 2):
            pass
