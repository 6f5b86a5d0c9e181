"""Looking up hosts within the deadline, though the system's resolver knows none."""

import socket
import threading
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime

from urllib3.util.connection import allowed_gai_family

from .deadline import time_left
from .failure import HostNotFound


class Resolver:
    """Looks up hosts in threads of their own.

    Whoever needs a host that is being looked up waits for that: look-ups that hang do
    not pile up.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._under_way = {}

    def look_up(self, host, port, patience=None):
        """Return a host's addresses, as ``socket.getaddrinfo`` does.

        :param float patience: seconds to wait at the most, by default what is left
        :raises HostNotFound: it has none, or the name servers were too slow
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
                # a daemon: neither the request nor the process waits for its end
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
