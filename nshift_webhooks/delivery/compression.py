"""Compressed requests: gzip, for endpoints that ask for it.

The signature is of the uncompressed message. A receiver therefore verifies the same
bytes, whether its own code decompresses them, a framework (Express), or a proxy in
front. Source: RFC 9110, section 8.4: a content coding is a property of the
representation, to be decoded before use.
"""

import gzip

#: Bytes from which a message is compressed. A smaller message, its headers and TLS fit
#: into the ten segments of a first flight (RFC 6928), so it would arrive no earlier.
COMPRESS_FROM_BYTES = 10_000
#: Compression level of gzip: higher levels take more time and save little.
GZIP_LEVEL = 6


def content_of(body, compresses):
    """Return the content of a request, and the headers that describe the content.

    :param bytes body: the message
    :param bool compresses: whether the endpoint accepts compressed messages
    :return: the content as bytes, and a tuple of (name, value) of the headers
    """
    if not compresses or len(body) < COMPRESS_FROM_BYTES:
        return body, (("Content-Length", len(body)),)
    # without a timestamp, the bytes of all attempts are equal
    packed = gzip.compress(body, GZIP_LEVEL, mtime=0)
    return packed, (("Content-Encoding", "gzip"), ("Content-Length", len(packed)))
