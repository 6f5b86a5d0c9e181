"""Name look-up within the deadline, since the system's resolver accepts no limit."""

import socket
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime

from urllib3.util.connection import allowed_gai_family

from .deadline import time_left
from .failure import HostNotFound


class Resolver:
    """Looks up hosts, in threads of its own.

    Requests for a host that is being looked up wait for the same look-up, so that
    hanging look-ups do not pile up.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._under_way = {}

    def look_up(self, host, port, patience=None):
        """Return the addresses of a host, as ``socket.getaddrinfo`` does.

        :param float patience: most seconds to wait, by default the time that the
            request has left
        :raises HostNotFound: the host has no address, or the look-up took too long
        """
        try:
            left = time_left()
            return self._begin(host, port).result(min(left, patience or left))
        except (NotInTime, TimeoutError) as error:
            raise HostNotFound("The name servers did not answer in time.") from error
        except UnicodeError as error:
            raise HostNotFound("The host's name cannot be looked up.") from error
        except OSError as error:
            raise HostNotFound(error.strerror or "There is no such host.") from error

    def _begin(self, host, port):
        with self._lock:
            found = self._under_way.get((host, port))
            if not found:
                found = Future()
                # a daemon thread, so that the process can end before the look-up does
                threading.Thread(
                    target=self._look_up, args=(host, port, found), daemon=True
                ).start()
                self._under_way[host, port] = found
            return found

    def _look_up(self, host, port, found):
        addresses, error = None, None
        try:
            addresses = socket.getaddrinfo(
                host, port, allowed_gai_family(), socket.SOCK_STREAM
            )
        except Exception as caught:
            error = caught
        with self._lock:
            del self._under_way[host, port]
        if error:
            found.set_exception(error)
        else:
            found.set_result(addresses)
