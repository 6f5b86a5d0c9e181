"""Headers that a webhook's owner adds to its requests, such as an API key."""

import re

#: Longest name and value in characters; common servers accept 8 KiB of headers in all.
LONGEST_NAME = 100
LONGEST_VALUE = 4000
#: Source: RFC 9110, section 5.6.2 (token) and 5.5 (field values)
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
#: Headers that the sender sets or that are hop-by-hop, in lower case.
#: Source: RFC 9110, sections 7.6.1 and 8, and RFC 9112
OURS = {
    "accept-encoding",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
}
OURS_BEGIN = "webhook-"
#: A database's name in messages: only characters that are harmless in servers and logs.
ENVIRONMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


class HeaderError(ValueError):
    """A header that cannot be sent.

    :ivar fault: one of ``name``, ``ours``, ``value``
    """

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def parse_environment(text):
    """Check the name of a database in messages, such as ``staging``.

    :return: the text
    :raises ValueError: the text is too long, empty or not a single word
    """
    if not ENVIRONMENT.fullmatch(text or ""):
        raise ValueError(text)
    return text


def same_header(name):
    """Return a key that is equal for all spellings of a header's name.

    Receivers that read headers by the rules of CGI, such as WSGI, cannot tell ``_``
    from ``-``.

    :param str name: name of the header
    """
    return name.lower().replace("_", "-")


def check_header(name, value):
    """Refuse a header that is malformed, or that only the sender may set.

    :param name: name of the header; any type but ``str`` is refused
    :param value: value of the header; any type but ``str`` is refused
    :raises HeaderError: with the fault
    """
    if not _is(name, NAME, LONGEST_NAME):
        raise HeaderError("name")
    if same_header(name) in OURS or same_header(name).startswith(OURS_BEGIN):
        raise HeaderError("ours")
    if not _is(value, VALUE, LONGEST_VALUE):
        raise HeaderError("value")


def _is(text, pattern, longest):
    return isinstance(text, str) and len(text) <= longest and pattern.fullmatch(text)
