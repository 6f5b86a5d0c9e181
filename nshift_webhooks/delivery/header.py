"""Headers that a webhook's owner adds to its requests, such as an API key."""

import re

#: Characters of a name and a value; common servers take 8 KiB of headers in all.
LONGEST_NAME = 100
LONGEST_VALUE = 4000
#: Source: RFC 9110, section 5.6.2 (token) and 5.5 (field values)
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
#: What says how the message is sent or who is meant, and hop-by-hop headers.
#: Source: RFC 9110, sections 7.6.1 and 8, and RFC 9112
OURS = {
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
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


class HeaderError(ValueError):
    """A header that cannot be sent.

    :ivar fault: one of ``name``, ``ours``, ``value``
    """

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


def check_header(name, value):
    """Refuse a header that is malformed, or that is not its owner's to set.

    :raises HeaderError: and says what is wrong with it
    """
    if len(name) > LONGEST_NAME or not NAME.fullmatch(name):
        raise HeaderError("name")
    if name.lower() in OURS or name.lower().startswith(OURS_BEGIN):
        raise HeaderError("ours")
    if len(value) > LONGEST_VALUE or not VALUE.fullmatch(value):
        raise HeaderError("value")
