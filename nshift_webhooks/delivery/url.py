"""Checks and parts of an endpoint's URL."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from .guard import LONGEST_HOST, Guard, encode_host

#: Longest URL in characters; common servers refuse longer ones, too.
LONGEST_URL = 2000
DEFAULT_PORT = 443
#: A host for look-up: a name in ASCII, or an IPv6 address.
HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f.]*:[0-9a-f:.]+")


class UrlError(ValueError):
    """A URL to which nothing is sent.

    :ivar fault: one of ``length``, ``space``, ``scheme``, ``credentials``,
        ``fragment``, ``host``, ``domain``, ``port``, ``address``
    """

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def check_url(url):
    """Refuse a URL that is not plain HTTPS.

    :param url: the URL as typed; any type but ``str`` is refused
    :raises UrlError: with the fault
    """
    if not isinstance(url, str):
        raise UrlError("scheme")
    if len(url) > LONGEST_URL:
        raise UrlError("length")
    if any(character.isspace() or not character.isprintable() for character in url):
        raise UrlError("space")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise UrlError("host") from error
    if parts.scheme != "https":
        raise UrlError("scheme")
    if "@" in parts.netloc:
        raise UrlError("credentials")
    # some programs read a backslash as a slash, and would find another host
    if not host or host.startswith(".") or ".." in host or "\\" in url:
        raise UrlError("host")
    # % begins a zone of this machine's networks, or an escape that only some undo
    if "%" in host:
        raise UrlError("host")
    if "#" in url:
        raise UrlError("fragment")
    try:
        port = parts.port
    except ValueError as error:
        raise UrlError("port") from error
    if port == 0:
        raise UrlError("port")


@dataclass(frozen=True)
class Target:
    """The parts of a URL.

    :ivar host: name or address to look up, in ASCII
    :ivar port: TCP port
    :ivar authority: host and port for the header ``Host``
    :ivar path: path and query
    """

    host: str
    port: int
    authority: str
    path: str

    @property
    def name(self):
        """The name that the host's certificate must have."""
        return self.host.removesuffix(".")


def target_of(url: str) -> Target:
    """Return the :class:`Target` of a URL.

    :param str url: a URL that :func:`check_url` accepts
    :raises UrlError: the host is malformed
    """
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(url, None)
        # requests prepares URLs of bytes as well; of a text it makes a text
        parts = urlsplit(str(prepared.url))
        host = parts.hostname or ""
        typed = encode_host(urlsplit(url).hostname)
    except ValueError as error:
        raise UrlError("host") from error
    # if requests and idna disagree, the host is ambiguous
    if host != typed or len(host) > LONGEST_HOST or not HOST.fullmatch(host):
        raise UrlError("host")
    name = host.removesuffix(".")
    name = f"[{name}]" if ":" in name else name
    port = parts.port or DEFAULT_PORT
    authority = name if port == DEFAULT_PORT else f"{name}:{port}"
    return Target(host, port, authority, prepared.path_url)


def host_of(url: str) -> str:
    """Return the host of a URL as looked up, in ASCII.

    :param str url: a URL that :func:`check_url` accepts
    :raises UrlError: the host is malformed
    """
    return target_of(url).host


def check_address(url, guard: Guard):
    """Refuse a URL whose host is forbidden by its name alone.

    :param str url: a URL that :func:`check_url` accepts
    :param guard: decides on allowed addresses
    :raises UrlError: with the fault
    """
    host = host_of(url)
    if not guard.allows_literal(host):
        raise UrlError("address")
    # only the name server of an internal network knows names without a domain
    if not re.search(r"[.:]", host.removesuffix(".")) and not guard.allows_inside(host):
        raise UrlError("domain")
