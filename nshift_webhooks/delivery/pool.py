"""Open connections that are kept, so that the next message need not connect."""

import threading


class Pool:
    """Idle connections to one server, shared by several threads.

    :param server: key of the server
    :param int most: most connections to keep
    """

    def __init__(self, server, most):
        self.server = server
        self._most = most
        self._idle = []
        self._lock = threading.Lock()

    def take(self):
        """Return an idle connection that is still open, None if there is none."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if connection.is_quiet():
                return connection
            connection.close()

    def give(self, connection):
        """Keep a connection, or close it if the pool is full or closed."""
        with self._lock:
            is_kept = len(self._idle) < self._most
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()

    def close(self):
        """Close the idle connections, and those given back from now on."""
        with self._lock:
            self._most = 0
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
