"""Checking and splitting an endpoint's URL."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from .guard import LONGEST_HOST, Guard, encode_host

#: Characters; longer ones are refused by common servers, too.
LONGEST_URL = 2000
DEFAULT_PORT = 443
#: What is looked up: a name in ASCII, or an IPv6 address.
HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?|[0-9a-f.]*:[0-9a-f:.]+")


class UrlError(ValueError):
    """A URL that nothing is sent to.

    :ivar fault: one of ``length``, ``space``, ``scheme``, ``credentials``,
        ``fragment``, ``host``, ``domain``, ``port``, ``address``
    """

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def check_url(url):
    """Refuse a URL that is not plain HTTPS to some host.

    :param url: the URL as it was typed; anything that is no text is refused, too
    :raises UrlError: and says what is wrong with it
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
    # some take a backslash for a slash: who is meant would depend on who reads it
    if not host or host.startswith(".") or ".." in host or "\\" in url:
        raise UrlError("host")
    # a zone of this machine's networks, or an escape that only some undo
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

    :ivar host: the host that is looked up, in ASCII
    :ivar port: its TCP port
    :ivar authority: both, as a request names them in ``Host``
    :ivar path: what is asked for there, with a query
    """

    host: str
    port: int
    authority: str
    path: str

    @property
    def name(self):
        """What the host's certificate must be for."""
        return self.host.removesuffix(".")


def target_of(url):
    """Return the :class:`Target` of a URL.

    :param str url: one that :func:`check_url` accepts
    :raises UrlError: its host cannot be a host's name
    """
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(url, None)
        parts = urlsplit(prepared.url)
        host = parts.hostname
        typed = encode_host(urlsplit(url).hostname)
    except ValueError as error:
        raise UrlError("host") from error
    # where they disagree, it is not clear who is meant
    if host != typed or len(host) > LONGEST_HOST or not HOST.fullmatch(host):
        raise UrlError("host")
    name = host.removesuffix(".")
    name = f"[{name}]" if ":" in name else name
    port = parts.port or DEFAULT_PORT
    authority = name if port == DEFAULT_PORT else f"{name}:{port}"
    return Target(host, port, authority, prepared.path_url)


def host_of(url):
    """Return the host that is looked up for a URL, in ASCII.

    :param str url: one that :func:`check_url` accepts
    :raises UrlError: it cannot be a host's name
    """
    return target_of(url).host


def check_address(url, guard: Guard):
    """Refuse a URL whose host is, by its name alone, one that nothing is sent to.

    :raises UrlError: and says what is wrong with it
    """
    host = host_of(url)
    if not guard.allows_literal(host):
        raise UrlError("address")
    # only a network's own name server knows names without a domain
    if not re.search(r"[.:]", host.removesuffix(".")) and not guard.allows_inside(host):
        raise UrlError("domain")
