"""One HTTP request for one event, and what came of it."""

import logging
import time
import traceback
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from http.client import responses

from .compression import content_of
from .deadline import deadline
from .failure import Undelivered
from .guard import Guard
from .header import check_header
from .http import READ_BODY_BYTES
from .network import Network
from .oauth import Client, Tokens, fetch_token, hide
from .request import attempt_headers, first_lines, own_headers, token_header
from .retry_after import retry_after
from .signature import sign
from .transport import Transport
from .url import UrlError, check_url, target_of

_logger = logging.getLogger(__name__)

#: Seconds for a whole request, from looking up the host to the end of the answer.
TIMEOUT_S = 15
#: Bytes that a request may receive: handshake, headers and body, and what is between.
MOST_BYTES = 128 * 1024
#: Bytes of an answer's body that are kept.
KEPT_BODY_BYTES = 2048
#: Says that the endpoint does not know who is asking.
UNAUTHORIZED = 401
#: The access tokens of this process.
TOKENS = Tokens()


@dataclass(frozen=True)
class Endpoint:
    """The address of a receiving system, and the settings of requests to it.

    :ivar url: HTTPS address
    :ivar keys: signing secrets, ``whsec_...``, and private keys, ``whsk_...``: each
        makes a signature
    :ivar headers: a (name, value) of each that is sent besides our own
    :ivar timeout: seconds for a whole request
    :ivar environment: what the database is called, None if nobody has said so
    :ivar compresses: whether large messages are compressed
    :ivar client: by what an access token is had that is sent with each message, None if
        there is none
    """

    url: str
    keys: tuple = field(repr=False)
    headers: tuple = field(default=(), repr=False)
    timeout: float = TIMEOUT_S
    environment: str | None = None
    compresses: bool = False
    client: Client | None = None


@dataclass(frozen=True)
class Message:
    """A message: but for the attempt's number the same on every attempt.

    :ivar message_id: the idempotency key, sent as ``webhook-id``
    :ivar body: the JSON document, byte for byte
    :ivar attempt: how many attempts there have been, this one included
    :ivar type: what the body says that it is, such as ``order.created``; empty if
        nobody knows
    :ivar api_version: what the body says that it is; empty if nobody knows
    """

    message_id: str
    body: bytes
    attempt: int = 1
    type: str = ""
    api_version: str = ""


@dataclass(frozen=True)
class Answer:
    """The outcome of a request.

    :ivar response_code: HTTP status, None if there was no answer
    :ivar response_body: the beginning of the answer's body, as text
    :ivar failure: None if it was delivered, else ``url``, ``timeout``, ``redirect``,
        ``status``, ``fault`` or the code of a class in ``failure.py``
    :ivar error: the technical detail of a failure
    :ivar duration_ms: from the first packet to the last one that was read
    :ivar retry_after: seconds for which the endpoint asks to be left alone
    :ivar inside: the host's address if that is not public: a connection was opened to
        it because it is allowed, or it was refused. Only system administrators may
        see it.
    :ivar made_at: when the attempt was made, naive UTC; None: just now
    """

    response_code: int | None = None
    response_body: str | None = None
    failure: str | None = None
    error: str | None = None
    duration_ms: int = 0
    retry_after: int | None = None
    inside: str | None = None
    made_at: datetime | None = None


class Sender:
    """Sends messages over connections that are kept open; from several threads.

    Nothing comes from the environment: no proxy, no password, no authorities. An
    endpoint's cookies are not kept, and redirects not followed.

    :param Guard guard: knows which addresses are allowed; by default public ones
    :param Network network: says how they are reached; by default directly
    :param Tokens tokens: where access tokens are kept
    """

    def __init__(self, guard=Guard(), network=Network(), tokens=TOKENS):  # noqa: B008 - frozen
        self.transport = Transport(guard, network)
        self._tokens = tokens
        self._fetch = lambda client: fetch_token(client, guard, network)
        self._prepared = None, None, None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self.transport.close()

    def send(self, endpoint, message):
        """Make one attempt to deliver a message; never raises for what the
        endpoint, the network or a fault in the code does.

        :param Endpoint endpoint: where to send it
        :param Message message: what to send
        :return: an :class:`Answer`
        """
        started = time.monotonic()
        with deadline(endpoint.timeout, MOST_BYTES) as limits:
            try:
                answer = self._post(endpoint, message)
            except Exception as error:
                failure, detail = _reason(error)
                if failure == "fault":
                    _log_fault(message, error)
                answer = {"failure": failure, "error": _text(detail)}
        duration_ms = round((time.monotonic() - started) * 1000)
        return Answer(duration_ms=duration_ms, inside=limits.inside, **answer)

    def _post(self, endpoint, message):
        target, beginning = self._prepare(endpoint)
        timestamp = int(time.time())
        signature = sign(endpoint.keys, message.message_id, timestamp, message.body)
        content, about = content_of(message.body, endpoint.compresses)
        headers = (*attempt_headers(message, timestamp, signature), *about)

        def exchange(*further):
            lines = [f"{name}: {value}\r\n" for name, value in (*headers, *further)]
            rest = "".join(lines).encode("ascii")
            request = b"".join((beginning, rest, b"\r\n", content))
            return self.transport.exchange(target, request)

        token = ""
        if endpoint.client:
            server = target.host, target.port
            reply, token = self._exchange_with_token(endpoint.client, server, exchange)
        else:
            reply = exchange()
        return _told(reply, token)

    def _exchange_with_token(self, client, server, exchange):
        """Return an endpoint's answer to a message with an access token, and the token.

        A token that was accepted before may have been revoked, or the endpoint's clock
        may be fast: the message is sent once more, at once, with a new token.

        :param Client client: by what a token is had
        :param server: the endpoint's host and port
        :param exchange: sends the message with a further header
        """
        token = self._tokens.get(client, server, self._fetch)
        reply = exchange(token_header(token.value))
        if reply.head.status == UNAUTHORIZED:
            self._tokens.drop(client, server, token)
            if token.is_accepted:
                token = self._tokens.get(client, server, self._fetch)
                reply = exchange(token_header(token.value))
                if reply.head.status == UNAUTHORIZED:
                    self._tokens.drop(client, server, token)
        if 200 <= reply.head.status < 300:
            token.is_accepted = True
        return reply, token.value

    def _prepare(self, endpoint):
        """Return an endpoint's target, and how each request to it begins.

        :raises UrlError: nothing is sent to its URL
        :raises HeaderError: one of its headers cannot be sent
        """
        prepared, target, beginning = self._prepared
        if prepared is not endpoint:
            check_url(endpoint.url)
            target = target_of(endpoint.url)
            for name, value in own_headers(endpoint.headers):
                check_header(name, value)
            headers = own_headers(
                endpoint.headers, endpoint.environment, bool(endpoint.client)
            )
            lines = first_lines(target, headers)
            beginning = "\r\n".join([*lines, ""]).encode("ascii")
            self._prepared = endpoint, target, beginning
        return target, beginning


def _told(reply, token):
    """Return what an answer tells, as values of an :class:`Answer`.

    :param str token: the access token that was sent, which is kept nowhere; may be
        empty
    """
    code = reply.head.status
    answer = {"response_code": code, "response_body": _body_text(reply, token)}
    if not 200 <= code < 300:
        answer["retry_after"] = retry_after(reply.head.get(b"retry-after"))
    if 300 <= code < 400:
        answer["failure"] = "redirect"
        answer["error"] = _text(hide(reply.head.get(b"location") or "", token))
    elif not 200 <= code < 300:
        answer["failure"] = "status"
        answer["error"] = _text(hide(_own_words(reply.head), token))
    return answer


def _body_text(reply, token):
    """Return the beginning of an answer's body as text, without the access token."""
    body = reply.body
    encoding = (reply.head.get(b"content-encoding") or "").lower()
    if encoding in ("gzip", "x-gzip", "deflate"):
        # though we asked for no compression; what is packed several times stays so
        with suppress(zlib.error):
            either = zlib.decompressobj(zlib.MAX_WBITS | 32)
            body = either.decompress(body, READ_BODY_BYTES)
    if not token:
        body = body[:KEPT_BODY_BYTES]
    # before it is cut: a part of a token would not be known
    return _text(hide(body.decode(errors="replace"), token))


def _text(received):
    """Return the beginning of what came from an endpoint, safe to store and to show.

    PostgreSQL stores no NUL, and what changes a text's direction or a terminal's colour
    would deceive who reads it.
    """
    received = received[:KEPT_BODY_BYTES]
    if received.isprintable():
        return received
    return "".join(
        character
        if character.isprintable() or character in "\r\n\t"
        else "\N{REPLACEMENT CHARACTER}"
        for character in received
    )


def _own_words(head):
    """Return what an endpoint says beside its answer's code, if that is more than what
    the code means anyway.
    """
    is_usual = head.reason.lower() == responses.get(head.status, "").lower()
    return "" if is_usual else head.reason


def _reason(error):
    """Return the code of the reason for which a request failed, and its detail.

    :param Exception error: what the request raised
    """
    if isinstance(error, UrlError):
        return "url", error.fault
    if isinstance(error, Undelivered):
        return error.failure, str(error)
    if isinstance(error, TimeoutError):
        return "timeout", str(error)
    if isinstance(error, OSError):
        # what this machine has run out of, such as open files
        return "connection", error.strerror or type(error).__name__
    return "fault", type(error).__name__


def _log_fault(message, error):
    """Log where an unforeseen exception arose, but not its text."""
    _logger.error(
        "The request for message %s failed with %s:\n%s",
        message.message_id,
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
