"""What an endpoint's URL must look like."""

from urllib.parse import urlsplit

import requests

from .guard import Guard

#: Characters; longer ones are refused by common servers, too.
LONGEST_URL = 2000


class UrlError(ValueError):
    """A URL that nothing is sent to.

    :ivar fault: one of ``length``, ``space``, ``scheme``, ``credentials``,
        ``fragment``, ``host``, ``port``, ``address``
    """

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def check_url(url):
    """Refuse a URL that is not plain HTTPS to some host.

    :param str url: the URL as it was typed
    :raises UrlError: and says what is wrong with it
    """
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
    if "#" in url:
        raise UrlError("fragment")
    try:
        port = parts.port
    except ValueError as error:
        raise UrlError("port") from error
    if port == 0:
        raise UrlError("port")


def host_of(url):
    """Return the host that is looked up for a URL, in ASCII.

    :param str url: one that :func:`check_url` accepts
    :raises UrlError: it cannot be a host's name
    """
    prepared = requests.PreparedRequest()
    try:
        prepared.prepare_url(url, None)
    except (requests.RequestException, UnicodeError) as error:
        raise UrlError("host") from error
    host = urlsplit(prepared.url).hostname
    if ":" not in host and any(len(label) > 63 for label in host.split(".")):
        raise UrlError("host")
    return host


def check_address(url, guard: Guard):
    """Refuse a URL whose host is, by its name alone, one that nothing is sent to.

    :raises UrlError: and says what is wrong with it
    """
    if not guard.allows_literal(host_of(url)):
        raise UrlError("address")
