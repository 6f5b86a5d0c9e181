"""Compressed requests: gzip, for endpoints that ask for it.

What is signed is the message as it is before. So a receiver verifies the same bytes
whoever decompresses them: itself, a framework that does so by itself (Express), or a
proxy in front of it. Source: RFC 9110, section 8.4 (a content coding is a property of
how the content is transferred, and gives way to the content).
"""

import gzip

#: Bytes from which a message is compressed. A smaller one, its headers and TLS fit into
#: the ten segments that are sent at once (RFC 6928): it would arrive no earlier.
COMPRESS_FROM_BYTES = 10_000
#: Of gzip: a higher one takes more time, and saves little.
GZIP_LEVEL = 6


def content_of(body, compresses):
    """Return what is sent of a message, and the headers that say so.

    :param bytes body: the message
    :param bool compresses: whether the endpoint takes compressed messages
    :return: bytes, and a (name, value) of each header
    """
    if not compresses or len(body) < COMPRESS_FROM_BYTES:
        return body, (("Content-Length", len(body)),)
    # without a time: the same bytes on each attempt
    packed = gzip.compress(body, GZIP_LEVEL, mtime=0)
    return packed, (("Content-Encoding", "gzip"), ("Content-Length", len(packed)))
