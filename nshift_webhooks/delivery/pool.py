"""Connections that are kept open, so that the next message need not wait for one."""

import threading


class Pool:
    """Connections to one server, for several threads.

    :param server: which one, whatever tells it from others
    :param int most: how many are kept
    """

    def __init__(self, server, most):
        self.server = server
        self._most = most
        self._idle = []
        self._lock = threading.Lock()

    def take(self):
        """Return a connection that is still open, None if there is none."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            if connection.is_quiet():
                return connection
            connection.close()

    def give(self, connection):
        """Keep a connection, or close it if there are enough, or no more wanted."""
        with self._lock:
            is_kept = len(self._idle) < self._most
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.close()

    def close(self):
        """Close what is kept, and what will be given."""
        with self._lock:
            self._most = 0
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
