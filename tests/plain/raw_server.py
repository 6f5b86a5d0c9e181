"""A TLS server that says whatever a test has it say, be it HTTP or not."""

import socket
import ssl
import threading
import time
from contextlib import suppress

from delivery.sender import Endpoint
from delivery.signature import new_secret

from dev import certificate


def server_context():
    files = certificate.ensure()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    return context


class Listener:
    """Serves each connection in a thread of its own.

    :param serve: called with the connection, before TLS
    :param timeout: seconds that a request to its endpoint has
    :ivar listener: the socket at which it accepts
    """

    def __init__(self, serve, timeout=15):
        self._serve = serve
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.connections = 0
        self.port = self.listener.getsockname()[1]
        self.endpoint = Endpoint(
            f"https://localhost:{self.port}/", (new_secret(),), timeout=timeout
        )
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with suppress(OSError):
            while True:
                connection, _address = self.listener.accept()
                self.connections += 1
                # what is sent has arrived when the sending ends
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(
                    target=self._talk, args=(connection,), daemon=True
                ).start()

    def _talk(self, connection):
        with suppress(OSError), connection:
            self._serve(connection)

    def close(self):
        self.listener.close()


class Server(Listener):
    """Speaks TLS, and after that whatever the test has it say.

    :param serve: called with each connection after the handshake
    :param context: the TLS settings, by default usual ones
    :param timeout: seconds that a request to its endpoint has
    """

    def __init__(self, serve, context=None, timeout=15):
        context = context or server_context()

        def talk(connection):
            with context.wrap_socket(connection, server_side=True) as tls:
                serve(tls)

        super().__init__(talk, timeout)


def saying(*pieces, pause=0, timeout=15):
    """Make a server that answers every request with the same pieces.

    :param pause: seconds before each piece but the first
    :param timeout: seconds that a request to its endpoint has
    """

    def serve(tls):
        while read_request(tls):
            for number, piece in enumerate(pieces):
                time.sleep(pause if number else 0)
                tls.sendall(piece)

    return Server(serve, timeout=timeout)


def read_request(tls):
    """Return a request's headers by name, None at the end of the connection."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (chunk := tls.recv(65536)):
            return None
        received += chunk
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")[1:]
    headers = dict(line.lower().split(": ", 1) for line in lines)
    while len(body) < int(headers["content-length"]):
        body += tls.recv(65536)
    return headers
