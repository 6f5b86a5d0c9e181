"""What has the certificate: passes on what comes by TLS to a server without."""

import socket
import ssl
import threading
from contextlib import suppress

from dev import certificate


class TlsFront:
    """In front of a port of this machine, as a context manager.

    :param port: what comes is passed on to it, byte for byte
    :ivar port: where it listens
    """

    def __init__(self, port):
        self._inner = port
        files = certificate.ensure()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(files.certificate, files.key)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exception):
        self._listener.close()

    def _accept(self):
        with suppress(OSError):
            while True:
                outer, _address = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(outer,)).start()

    def _pass_on(self, outer):
        with (
            suppress(OSError),
            self._tls.wrap_socket(outer, server_side=True) as outer,
            socket.create_connection(("127.0.0.1", self._inner)) as inner,
        ):
            back = threading.Thread(target=_copy, args=(inner, outer))
            back.start()
            _copy(outer, inner)
            back.join()


def _copy(source, target):
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_RDWR)
