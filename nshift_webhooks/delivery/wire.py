"""The socket below TLS: each operation is limited by what the request has left."""

import selectors
import socket

from .deadline import count_received, time_left
from .failure import Broken, NotConnected

#: Bytes received at a time: the size of a TLS record.
RECEIVED_AT_ONCE_BYTES = 16 * 1024
#: Most addresses of a host that are tried, since its owner may give it thousands.
MOST_ADDRESSES = 8


class Wire:
    """A TCP connection.

    :param socket.socket connected: the connected socket
    :param str address: address of the other end
    :ivar received: bytearray of bytes from :meth:`fill` that have not been taken yet
    """

    def __init__(self, connected, address):
        self.address = address
        self._socket = connected
        self.received = bytearray()

    def fill(self):
        """Receive more bytes into ``received``; return whether any came."""
        came = self.receive()
        self.received += came
        return bool(came)

    def receive(self):
        """Return the next bytes, empty at the end of the connection.

        :raises Broken: the connection was reset
        :raises TimeoutError: nothing came in time
        """
        self._socket.settimeout(time_left())
        try:
            return self._receive()
        except TimeoutError:
            raise TimeoutError("The endpoint said nothing in time.") from None

    def receive_now(self):
        """Return bytes that have come: empty at the end, None if there are none yet.

        :raises Broken: the connection was reset
        """
        self._socket.settimeout(0)
        try:
            return self._receive()
        except BlockingIOError:
            return None

    def _receive(self):
        try:
            came = self._socket.recv(RECEIVED_AT_ONCE_BYTES)
        except (BlockingIOError, TimeoutError):
            raise
        except OSError as error:
            raise Broken(_text(error)) from error
        count_received(len(came))
        return came

    def send(self, data):
        """Send all bytes.

        :raises Broken: the connection was reset or closed
        """
        left = memoryview(data)
        while left := left[self.send_some(left) :]:
            self.wait_to_send()

    def send_some(self, data):
        """Send as many bytes as possible without waiting; return their number.

        :raises Broken: the connection was reset or closed
        """
        self._socket.settimeout(0)
        try:
            return self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise Broken(_text(error)) from error

    def wait_to_send(self, or_receive=False):
        """Wait until more can be sent; return whether bytes can be received.

        :param bool or_receive: whether to return as soon as bytes can be received
        :raises TimeoutError: the endpoint did not read in time
        """
        reading = selectors.EVENT_READ if or_receive else 0
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_WRITE | reading)
            ready = selector.select(time_left())
        if not ready:
            raise TimeoutError("The endpoint does not take the message in time.")
        [(_key, events)] = ready
        return bool(events & reading)

    def close(self):
        self._socket.close()


def connect(addresses):
    """Connect to one of several addresses, within the deadline.

    :param addresses: results of ``socket.getaddrinfo``; the first few are tried
    :return: a :class:`Wire`
    :raises NotConnected: no address accepts the connection
    :raises TimeoutError: the last address tried did not answer
    """
    tried = addresses[:MOST_ADDRESSES]
    refusal = OSError("The host has no address.")
    for number, (family, kind, protocol, _name, address) in enumerate(tried):
        try:
            connecting = socket.socket(family, kind, protocol)
        except OSError as error:
            refusal = error
            continue
        try:
            connecting.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # an address that does not answer leaves time for the others
            connecting.settimeout(time_left() / (len(tried) - number))
            connecting.connect(address)
        except OSError as error:
            connecting.close()
            refusal = error
            continue
        return Wire(connecting, address[0])
    if isinstance(refusal, TimeoutError):
        raise TimeoutError("The host does not answer.") from refusal
    raise NotConnected(_text(refusal)) from refusal


def _text(error):
    return error.strerror or str(error) or type(error).__name__
