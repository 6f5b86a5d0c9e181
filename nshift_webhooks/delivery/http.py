"""Answers in HTTP/1.1, read within limits.

Source: RFC 9112, and RFC 9110, sections 5.5, 5.6.2 and 8.6

Functions read from a ``stream``: its ``received`` is a bytearray of received bytes,
from which they remove what they read; ``fill()`` receives more bytes.
"""

import re
from dataclasses import dataclass

from .failure import BadAnswer, Broken, NoAnswer, Undelivered

#: Limit of an answer's status line and headers, provisional answers included.
LONGEST_HEAD_BYTES = 32 * 1024
#: Bytes of an answer's body that are read, so that the connection can be reused.
READ_BODY_BYTES = 16 * 1024
#: Most chunks of a body, and most lines after the last chunk.
MOST_CHUNKS = 1000
#: Limit of a line between chunks.
LONGEST_LINE_BYTES = 1024
#: The headers of answers that are used.
KEPT_HEADERS = {
    b"connection",
    b"content-encoding",
    b"content-length",
    b"location",
    b"retry-after",
    b"transfer-encoding",
}
END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
LINE_BREAK = re.compile(rb"\r?\n")
STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) +([1-5][0-9]{2})(?:[ \t]+(.*))?", re.DOTALL)
CONTINUE = re.compile(rb"HTTP/1\.[0-9] +100(?:[ \t\r\n]|$)")
NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
CONTENT_LENGTH = re.compile(rb"[0-9]{1,15}")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;.*)?\r?\n", re.DOTALL)


@dataclass
class Head:
    """An answer's status line and headers.

    A malformed header does not change the status. But the connection is not reused
    after such an answer, since both ends may disagree on the end of the answer.

    :ivar status: status code, from 100 to 599
    :ivar reason: the endpoint's reason phrase
    :ivar headers: values in bytes of the used headers, by name in lower case
    :ivar can_stay: whether the connection can carry another answer
    """

    status: int
    reason: str
    headers: dict
    can_stay: bool

    def get(self, name):
        """Return the text of a header, None if it is missing."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")


def read_head(stream) -> Head:
    """Read the head of an answer, skipping ``100 Continue``.

    :return: a :class:`Head`
    :raises NoAnswer: the connection broke before the first byte
    :raises Broken: the connection broke before the end of the status line
    :raises BadAnswer: the answer is not HTTP, or its head exceeds the limit
    """
    lines = _read_lines(stream, LONGEST_HEAD_BYTES)
    status_line = STATUS_LINE.fullmatch(lines[0])
    if not status_line:
        raise BadAnswer("What was answered is not HTTP.")
    minor, status, reason = status_line.groups(b"")
    headers, is_sound = _kept_headers(lines[1:])
    connection = headers.get(b"connection", b"").lower()
    closes = b"close" in connection or (
        minor == b"0" and b"keep-alive" not in connection
    )
    return Head(
        int(status),
        reason.decode("latin-1").strip(),
        headers,
        is_sound and not closes and int(status) >= 200,
    )


def _read_lines(stream, left):
    """Return the lines of an answer's head, without the empty line at its end."""
    received, searched, anything = stream.received, 0, False
    while True:
        end = END_OF_HEAD.search(received, searched)
        anything = anything or bool(received)
        if (end.end() if end else len(received)) > left:
            raise BadAnswer("The answer's headers are too long.")
        if not end:
            searched = max(len(received) - 3, 0)
            if _receive(stream, anything):
                continue
            # complete lines of a head that breaks off are used
            lines = LINE_BREAK.split(bytes(received))[:-1]
            received.clear()
            if not lines:
                raise Broken("The connection was closed in the middle of an answer.")
            return lines
        head = bytes(received[: end.start()])
        del received[: end.end()]
        if not CONTINUE.match(head):
            return LINE_BREAK.split(head)
        left -= end.end()
        searched = 0


def _receive(stream, anything):
    """Receive more of a head; return whether anything came.

    :param bool anything: whether part of the answer came before
    :raises NoAnswer: no byte of the answer came before the connection ended
    """
    try:
        if stream.fill():
            return True
        failure = NoAnswer("The connection was closed without an answer.")
    except Broken as error:
        failure = NoAnswer(str(error))
    if not anything:
        raise failure
    return False


def _kept_headers(lines):
    """Return the used headers, and whether all headers are well-formed."""
    headers: dict[bytes, bytes] = {}
    is_sound = True
    for line in lines:
        name, colon, value = line.partition(b":")
        name, value = name.lower(), value.strip(b" \t")
        if not (colon and NAME.fullmatch(name) and VALUE.fullmatch(value)):
            is_sound = False
        elif name in KEPT_HEADERS and headers.setdefault(name, value) != value:
            is_sound = False
    length = headers.get(b"content-length", b"0")
    if not CONTENT_LENGTH.fullmatch(length):
        is_sound = False
        del headers[b"content-length"]
    coding = headers.get(b"transfer-encoding", b"chunked").lower()
    if coding != b"chunked" or {b"transfer-encoding", b"content-length"} <= set(
        headers
    ):
        is_sound = False
        headers.pop(b"content-length", None)
    return headers, is_sound


def read_body(stream, head: Head) -> tuple[bytes, bool]:
    """Read the beginning of an answer's body.

    The endpoint has judged the message by its status line. An endless, slow or
    malformed body does not change the judgement.

    :return: the bytes read, and whether the body is complete
    """
    if head.status < 200 or head.status in (204, 304):
        return b"", True
    coding = head.headers.get(b"transfer-encoding")
    if coding is not None and coding.lower() == b"chunked":
        return _read_chunks(stream)
    length = head.headers.get(b"content-length")
    if length is None:
        return _take(stream, READ_BODY_BYTES), False
    body = _take(stream, min(int(length), READ_BODY_BYTES))
    return body, len(body) == int(length)


def _read_chunks(stream):
    body = b""
    for _ in range(MOST_CHUNKS):
        chunk = CHUNK.fullmatch(_take_line(stream))
        if not chunk:
            return body, False
        size = int(chunk[1], 16)
        if not size:
            return body, _skip_trailers(stream)
        body += _take(stream, min(size, READ_BODY_BYTES - len(body)))
        if len(body) == READ_BODY_BYTES or _take_line(stream) not in (b"\r\n", b"\n"):
            return body, False
    return body, False


def _skip_trailers(stream):
    """Skip the lines after the last chunk; return whether they end properly."""
    for _ in range(MOST_CHUNKS):
        line = _take_line(stream)
        if line in (b"\r\n", b"\n", b""):
            return bool(line)
    return False


def _take(stream, number):
    """Return a number of bytes, or fewer if the connection ends."""
    received = stream.received
    while len(received) < number and _comes_more(stream):
        pass
    taken = bytes(received[:number])
    del received[:number]
    return taken


def _take_line(stream):
    """Return a line with its end; nothing if the line is missing or too long."""
    received, searched = stream.received, 0
    while (end := received.find(b"\n", searched)) < 0:
        searched = len(received)
        if searched > LONGEST_LINE_BYTES or not _comes_more(stream):
            return b""
    line = bytes(received[: end + 1])
    del received[: end + 1]
    return line


def _comes_more(stream):
    try:
        return stream.fill()
    except (Undelivered, OSError):
        return False
