"""One port for all of Odoo, live connections included, as with a proxy in front."""

import socket
import threading

from . import ports

LARGEST_PART = 64 * 1024


class Front:
    """Leads `/websocket` to Odoo's evented process, and all else to its workers.

    With workers, Odoo's own port has no live connections.

    :param port: on 127.0.0.1.
    :param http_port: of the workers.
    :param evented_port: Odoo's ``gevent_port``.
    """

    def __init__(self, port: int, http_port: int, evented_port: int):
        self.port = port
        self._http_port = http_port
        self._evented_port = evented_port

    @property
    def url(self) -> str:
        """E.g. ``http://127.0.0.1:8069``."""
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "Front":
        ports.require_free(self.port, "Odoo", "PORT")
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_exc_info: object) -> None:
        # closed alone, it would wait for one more
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                # closed
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            try:
                # browsers open a live connection on a connection of its own
                begun = client.recv(LARGEST_PART)
                path = begun.split(b" ", 2)[1:2]
                is_live = path and path[0].split(b"?")[0] == b"/websocket"
                port = self._evented_port if is_live else self._http_port
                with socket.create_connection(("127.0.0.1", port)) as server:
                    server.sendall(begun)
                    back = threading.Thread(
                        target=_pass_on, args=(server, client), daemon=True
                    )
                    back.start()
                    _pass_on(client, server)
                    back.join()
            except OSError:
                return


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass on what comes, until one end hangs up."""
    try:
        while part := source.recv(LARGEST_PART):
            target.sendall(part)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
