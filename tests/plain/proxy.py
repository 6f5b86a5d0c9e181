"""A real forward proxy: it makes ways with CONNECT, and does nothing else."""

import base64
import socket
import threading
from contextlib import suppress

from .raw_server import Listener


class ConnectProxy(Listener):
    """Leads to this machine, whatever host it is asked for.

    :param credentials: ``user:password`` that it wants, or None
    :param refusal: what it answers instead of making a way
    :ivar asked: the hosts and ports for which it was asked
    :ivar heads: the requests as they came
    """

    def __init__(self, credentials=None, refusal=None):
        self.asked, self.heads = [], []
        self._credentials = credentials
        self._refusal = refusal
        super().__init__(self._serve_one)

    def url(self, credentials=""):
        return f"http://{credentials}127.0.0.1:{self.port}"

    def _serve_one(self, connection):
        head = b""
        while b"\r\n\r\n" not in head:
            if not (more := connection.recv(65536)):
                return
            head += more
        self.heads.append(head)
        method, server, _version = head.split(b"\r\n")[0].split(b" ")
        self.asked.append(server.decode())
        if method != b"CONNECT":
            connection.sendall(b"HTTP/1.1 405 Method Not Allowed\r\n\r\n")
        elif self._refusal is not None:
            connection.sendall(self._refusal)
        elif not self._may(head):
            connection.sendall(
                b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                b"Proxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
            )
        else:
            self._lead(connection, int(server.rpartition(b":")[2]))

    def _may(self, head):
        if self._credentials is None:
            return True
        wanted = base64.b64encode(self._credentials.encode())
        return b"Proxy-Authorization: Basic " + wanted + b"\r\n" in head

    def _lead(self, connection, port):
        try:
            other = socket.create_connection(("127.0.0.1", port))
        except OSError:
            connection.sendall(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")
        with other:
            threading.Thread(target=_pass, args=(other, connection)).start()
            _pass(connection, other)


def _pass(source, target):
    with suppress(OSError):
        while received := source.recv(65536):
            target.sendall(received)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
