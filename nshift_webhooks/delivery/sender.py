"""One HTTP request for one event, and its outcome."""

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
from .http import READ_BODY_BYTES, Head
from .network import Network
from .oauth import Client, Tokens, fetch_token, hide
from .request import attempt_headers, first_lines, own_headers, token_header
from .retry_after import retry_after
from .signature import sign
from .transport import Reply, Transport
from .url import Target, UrlError, check_url, target_of

_logger = logging.getLogger(__name__)

#: Seconds for a whole request, from looking up the host to the end of the answer.
TIMEOUT_S = 15
#: Bytes that a request may receive in all: TLS handshake, headers and body.
MOST_BYTES = 128 * 1024
#: Bytes of an answer's body that are kept.
KEPT_BODY_BYTES = 2048
#: Status code of an endpoint that does not accept the access token.
UNAUTHORIZED = 401
#: The access tokens of this process.
TOKENS = Tokens()


@dataclass(frozen=True)
class Endpoint:
    """The address of a receiving system, and the settings of requests to it.

    :ivar url: HTTPS address
    :ivar keys: signing secrets, ``whsec_...``, and private keys, ``whsk_...``: each
        makes a signature
    :ivar headers: (name, value) of the headers that the webhook's owner has added
    :ivar timeout: seconds for a whole request
    :ivar environment: name of the database in messages, None if there is none
    :ivar compresses: whether large messages are compressed
    :ivar client: OAuth client whose access token is sent with each message, None to
        send no token
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
    """A message: the same on every attempt, except for the attempt's number.

    :ivar message_id: the idempotency key, sent as ``webhook-id``
    :ivar body: the JSON document, byte for byte
    :ivar attempt: number of attempts so far, this one included
    :ivar type: event type in the body, such as ``order.created``; empty if unknown
    :ivar api_version: version in the body; empty if unknown
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
    :ivar failure: None if the message was delivered, else ``url``, ``timeout``,
        ``redirect``, ``status``, ``fault`` or the code of a class in ``failure.py``
    :ivar error: the technical detail of a failure
    :ivar duration_ms: milliseconds from the start of the attempt to the end of reading
    :ivar retry_after: seconds for which the endpoint asks to be left alone
    :ivar inside: address of the host if the address is not public: a connection was
        opened because an exception allows it, or the address was refused. Only system
        administrators may see the address.
    :ivar made_at: time of the attempt, naive UTC; None for now
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
    """Sends messages over connections that are kept open; for use by several threads.

    Environment variables such as ``HTTPS_PROXY`` and files such as ``.netrc`` have no
    effect. Cookies of endpoints are not kept, and redirects are not followed.

    :param Guard guard: decides on allowed addresses; by default public ones
    :param Network network: settings of the connections; by default direct ones
    :param Tokens tokens: store of access tokens
    """

    def __init__(self, guard=Guard(), network=Network(), tokens=TOKENS):  # noqa: B008 - frozen
        self.transport = Transport(guard, network)
        self._tokens = tokens
        self._fetch = lambda client: fetch_token(client, guard, network)
        self._prepared: tuple[Endpoint, Target, bytes] | None = None

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self.transport.close()

    def send(self, endpoint: Endpoint, message: Message) -> Answer:
        """Make one attempt to deliver a message.

        Failures of the endpoint, the network or the code are not raised, but returned.

        :param Endpoint endpoint: where to send the message
        :param Message message: the message
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

    def _post(self, endpoint: Endpoint, message: Message) -> dict:
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

    def _exchange_with_token(self, client: Client, server, exchange):
        """Return an endpoint's answer to a message with an access token, and the token.

        If the endpoint refuses a token that it accepted before, the message is sent
        again at once with a new token: the old one may have been revoked, or the
        endpoint's clock may be fast.

        :param Client client: client that requests the token
        :param server: host and port of the endpoint
        :param exchange: function that sends the message with a further header
        :return: the Reply and the text of the token
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

    def _prepare(self, endpoint: Endpoint) -> tuple[Target, bytes]:
        """Return an endpoint's target, and the bytes with which its requests begin.

        :raises UrlError: the endpoint's URL is not allowed
        :raises HeaderError: a header cannot be sent
        """
        prepared = self._prepared
        if not prepared or prepared[0] is not endpoint:
            check_url(endpoint.url)
            target = target_of(endpoint.url)
            for name, value in own_headers(endpoint.headers):
                check_header(name, value)
            headers = own_headers(
                endpoint.headers, endpoint.environment, bool(endpoint.client)
            )
            lines = first_lines(target, headers)
            beginning = "\r\n".join([*lines, ""]).encode("ascii")
            prepared = self._prepared = endpoint, target, beginning
        return prepared[1:]


def _told(reply: Reply, token: str) -> dict:
    """Return the values of an :class:`Answer` that come from an endpoint's reply.

    :param str token: the access token that was sent, to be removed from all texts;
        empty if none was sent
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


def _body_text(reply: Reply, token: str) -> str:
    """Return the beginning of an answer's body as text, without the access token."""
    body = reply.body
    encoding = (reply.head.get(b"content-encoding") or "").lower()
    if encoding in ("gzip", "x-gzip", "deflate"):
        # some compress unasked; an error leaves the body as it came
        with suppress(zlib.error):
            either = zlib.decompressobj(zlib.MAX_WBITS | 32)
            body = either.decompress(body, READ_BODY_BYTES)
    if not token:
        body = body[:KEPT_BODY_BYTES]
    # hide before the cut: part of a token would not be recognized
    return _text(hide(body.decode(errors="replace"), token))


def _text(received):
    """Return the beginning of an endpoint's text, safe to store and to show.

    PostgreSQL cannot store NUL. Characters that change the direction of a text or the
    colours of a terminal could deceive readers.
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


def _own_words(head: Head) -> str:
    """Return the endpoint's reason phrase, empty if it is the usual phrase for the
    status code.
    """
    is_usual = head.reason.lower() == responses.get(head.status, "").lower()
    return "" if is_usual else head.reason


def _reason(error):
    """Return the code and the detail of the reason for which a request failed.

    :param Exception error: the exception that the request raised
    """
    if isinstance(error, UrlError):
        return "url", error.fault
    if isinstance(error, Undelivered):
        return error.failure, str(error)
    if isinstance(error, TimeoutError):
        return "timeout", str(error)
    if isinstance(error, OSError):
        # this machine has run out of a resource, such as file descriptors
        return "connection", error.strerror or type(error).__name__
    return "fault", type(error).__name__


def _log_fault(message: Message, error):
    """Log where an unforeseen exception arose, without its text."""
    _logger.error(
        "The request for message %s failed with %s:\n%s",
        message.message_id,
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
