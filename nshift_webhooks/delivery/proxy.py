"""A forward proxy, which connects to endpoints by HTTP's CONNECT method.

Source: RFC 9110, section 9.3.6
"""

import base64
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from .failure import ProxyFailed, Undelivered
from .http import read_head
from .wire import Wire, connect

FORM = "http://user:password@host:port"


@dataclass(frozen=True)
class Proxy:
    """The address of a proxy, and the credentials for it.

    :ivar host: name or address of the proxy
    :ivar port: TCP port of the proxy
    :ivar credentials: user and password encoded for HTTP's Basic authentication, None
        if there are none
    """

    host: str
    port: int
    credentials: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, text):
        """Read a proxy from its URL, ``http://user:password@host:port``.

        :raises ValueError: the URL has another form; the error does not quote the URL
        """
        try:
            parts = urlsplit(text.strip())
            host, port = parts.hostname, parts.port
        except ValueError:
            raise ValueError(f"it must be of the form {FORM}") from None
        if parts.scheme == "https":
            raise ValueError(
                "a proxy that is reached by HTTPS is not supported; what is sent "
                f"through it is encrypted all the same. Use {FORM}"
            )
        if (
            parts.scheme != "http"
            or not (host and port)
            or parts.path not in ("", "/")
            or parts.query
            or parts.fragment
        ):
            raise ValueError(f"it must be of the form {FORM}")
        if parts.username is None:
            return cls(host, port)
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return cls(host, port, base64.b64encode(pair.encode()).decode())

    def open(self, host, port, resolver) -> Wire:
        """Return a :class:`Wire` that leads through the proxy to an endpoint.

        :param str host: name or address of the endpoint
        :param int port: TCP port of the endpoint
        :param Resolver resolver: looks up the proxy
        :raises ProxyFailed: the proxy cannot be reached, or refuses
        """
        try:
            wire = connect(resolver.look_up(self.host, self.port))
        except (Undelivered, OSError) as error:
            raise ProxyFailed(f"The proxy cannot be reached: {error}") from error
        try:
            self._ask(wire, host, port)
        except ProxyFailed:
            wire.close()
            raise
        except (Undelivered, OSError) as error:
            wire.close()
            raise ProxyFailed(f"The proxy fails: {error}") from error
        return wire

    def _ask(self, wire: Wire, host, port):
        server = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {server} HTTP/1.1", f"Host: {server}"]
        if self.credentials is not None:
            lines.append(f"Proxy-Authorization: Basic {self.credentials}")
        wire.send("\r\n".join([*lines, "", ""]).encode("ascii"))
        head = read_head(wire)
        if not 200 <= head.status < 300:
            raise ProxyFailed(f"The proxy answered {head.status} {head.reason}")
        if wire.received:
            raise ProxyFailed("The proxy says more than it was asked.")
