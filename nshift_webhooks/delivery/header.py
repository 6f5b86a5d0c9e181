"""Headers that a webhook's owner adds to its requests, such as an API key."""

import re

#: Characters of a name and a value; common servers take 8 KiB of headers in all.
LONGEST_NAME = 100
LONGEST_VALUE = 4000
#: Source: RFC 9110, section 5.6.2 (token) and 5.5 (field values)
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
#: What says how the message is sent, who is meant or how the answer comes, and
#: hop-by-hop headers.
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
#: What a database may be called in messages: what no server or log takes for anything
#: but a word.
ENVIRONMENT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


class HeaderError(ValueError):
    """A header that cannot be sent.

    :ivar fault: one of ``name``, ``ours``, ``value``
    """

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def parse_environment(text):
    """Read what a database is called in messages, such as ``staging``.

    :raises ValueError: it is too long, or has other characters than a word
    """
    if not ENVIRONMENT.fullmatch(text or ""):
        raise ValueError(text)
    return text


def same_header(name):
    """Return what is the same for all spellings of a header's name.

    Whatever reads headers by CGI's rules, as WSGI does, cannot tell ``_`` from ``-``.

    :param str name: as it is sent
    """
    return name.lower().replace("_", "-")


def check_header(name, value):
    """Refuse a header that is malformed, or that is not its owner's to set.

    :param name: a text; anything else is refused, too
    :param value: a text; anything else is refused, too
    :raises HeaderError: and says what is wrong with it
    """
    if not _is(name, NAME, LONGEST_NAME):
        raise HeaderError("name")
    if same_header(name) in OURS or same_header(name).startswith(OURS_BEGIN):
        raise HeaderError("ours")
    if not _is(value, VALUE, LONGEST_VALUE):
        raise HeaderError("value")


def _is(text, pattern, longest):
    return isinstance(text, str) and len(text) <= longest and pattern.fullmatch(text)
