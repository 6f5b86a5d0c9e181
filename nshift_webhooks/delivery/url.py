"""What an endpoint's URL must look like."""

from urllib.parse import urlsplit


class UrlError(ValueError):
    """A URL that nothing is sent to.

    :ivar fault: one of ``space``, ``scheme``, ``credentials``, ``host``, ``port``
    """

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def check_url(url):
    """Refuse a URL that is not plain HTTPS to some host.

    :param str url: the URL as it was typed
    :raises UrlError: and says what is wrong with it
    """
    if any(character.isspace() or not character.isprintable() for character in url):
        raise UrlError("space")
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        raise UrlError("host") from error
    if parts.scheme != "https":
        raise UrlError("scheme")
    if not host or host.startswith(".") or ".." in host:
        raise UrlError("host")
    if "@" in parts.netloc:
        raise UrlError("credentials")
    try:
        port = parts.port
    except ValueError as error:
        raise UrlError("port") from error
    if port == 0:
        raise UrlError("port")
