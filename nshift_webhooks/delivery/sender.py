"""One HTTP request for one event, and what came of it."""

import logging
import time
import traceback
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import DefaultCookiePolicy

import requests
import urllib3

from .deadline import Undelivered, deadline, time_left
from .guard import Guard
from .retry_after import retry_after
from .signature import sign
from .transport import Adapter
from .url import UrlError, check_url

_logger = logging.getLogger(__name__)

#: Seconds for a whole request, from looking up the host to the end of the answer.
TIMEOUT = 15
#: Bytes that a request may receive: handshake, headers and body, and what is between.
MOST_BYTES = 128 * 1024
#: Connections that are kept open: as many as requests may be made at a time.
CONNECTIONS = 16
#: Bytes of an answer's body that are read, so that the connection can be used again.
READ_BODY = 16384
#: Pieces in which it may come: an endpoint could send each byte by itself.
MOST_PIECES = 1000
#: Bytes of it that are kept.
KEPT_BODY = 2048
#: What an endpoint or the network can make the libraries raise.
FORESEEN = (OSError, HTTPException, urllib3.exceptions.HTTPError)
#: Says to an endpoint's operator who calls, and where it is told how to verify that.
USER_AGENT = "nshift_webhooks/19.0.1.0.0 (Odoo; +https://www.standardwebhooks.com)"


@dataclass(frozen=True)
class Endpoint:
    """Where messages go.

    :ivar url: HTTPS address
    :ivar keys: signing secrets, ``whsec_...``, and private keys, ``whsk_...``: each
        makes a signature
    :ivar headers: a (name, value) of each that is sent besides our own
    """

    url: str
    keys: tuple = field(repr=False)
    headers: tuple = field(default=(), repr=False)
    timeout: int = TIMEOUT


@dataclass(frozen=True)
class Message:
    """What is sent: but for the attempt's number the same on every attempt.

    :ivar message_id: the idempotency key, sent as ``webhook-id``
    :ivar body: the JSON document, byte for byte
    :ivar attempt: how many attempts there have been, this one included
    """

    message_id: str
    body: bytes
    attempt: int = 1


@dataclass(frozen=True)
class Answer:
    """What came back.

    :ivar response_code: HTTP status, None if there was no answer
    :ivar response_body: the beginning of the answer's body, as text
    :ivar failure: None if it was delivered, else ``url``, ``address``, ``dns``,
        ``tls``, ``timeout``, ``connection``, ``redirect``, ``status`` or ``fault``
    :ivar error: the technical detail of a failure
    :ivar duration_ms: from the first packet to the last one that was read
    :ivar retry_after: seconds for which the endpoint asks to be left alone
    :ivar inside: the host's address if that is not public: a connection was opened to
        it because it is allowed, or it was refused. Only system administrators may
        see it.
    """

    response_code: int | None = None
    response_body: str | None = None
    failure: str | None = None
    error: str | None = None
    duration_ms: int = 0
    retry_after: int | None = None
    inside: str | None = None


class Session(requests.Session):
    """Follows no redirect, nor reads its answer's whole body to be able to."""

    def get_redirect_target(self, resp):
        return None


class Sender:
    """Sends messages over connections that are kept open; from several threads.

    :param Guard guard: knows which addresses are allowed; by default public ones
    :param ca_file: of certificates to be trusted besides the usual ones, or None
    """

    def __init__(self, guard=Guard(), ca_file=None):  # noqa: B008 - it is frozen
        self.session = Session()
        # nothing comes from the environment: no proxy, no password of the server's
        # .netrc, no authorities; an endpoint's cookies are not kept
        self.session.trust_env = False
        self.session.mount("https://", Adapter(CONNECTIONS, guard, ca_file))
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    def close(self):
        self.session.close()

    def send(self, endpoint, message):
        """Make one attempt to deliver a message; never raises for what the
        endpoint, the network or a fault in the code does.

        :param Endpoint endpoint: where to send it
        :param Message message: what to send
        :return: an :class:`Answer`
        """
        started = time.monotonic()
        with deadline(TIMEOUT, MOST_BYTES) as limits:
            try:
                check_url(endpoint.url)
                answer = self._post(endpoint, message)
            except Exception as error:
                failure, detail = _reason(error)
                if failure == "fault":
                    _log_fault(message, error)
                answer = {"failure": failure, "error": _text(detail)}
        duration_ms = round((time.monotonic() - started) * 1000)
        return Answer(duration_ms=duration_ms, inside=limits.inside, **answer)

    def _post(self, endpoint, message):
        timestamp = int(time.time())
        headers = dict(endpoint.headers) | {
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "webhook-attempt": str(message.attempt),
            "webhook-id": message.message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(
                endpoint.keys, message.message_id, timestamp, message.body
            ),
        }
        with self.session.post(
            endpoint.url,
            data=message.body,
            headers=headers,
            timeout=time_left(),
            allow_redirects=False,
            stream=True,
        ) as response:
            code = response.status_code
            answer = {
                "response_code": code,
                "response_body": _read_beginning(response),
            }
            if code < 200:
                # the proper answer would be taken for that of the next message
                response.raw.close()
            if not 200 <= code < 300:
                answer["retry_after"] = retry_after(response.headers.get("Retry-After"))
            if 300 <= code < 400:
                answer["failure"] = "redirect"
                answer["error"] = _text(response.headers.get("Location", ""))
            elif not 200 <= code < 300:
                answer["failure"] = "status"
                answer["error"] = _text(response.reason or "")
            return answer


def _read_beginning(response):
    """Return the first bytes of an answer's body as text.

    The endpoint has judged the message with its status line: a body that is
    endless, too slow or malformed does not change that.
    """
    body = b""
    with suppress(Undelivered, OSError, urllib3.exceptions.HTTPError):
        for _piece in range(MOST_PIECES):
            # read1 returns what is there: read would wait for all it was asked for
            chunk = response.raw.read1(READ_BODY - len(body), decode_content=False)
            body += chunk
            if not chunk or len(body) == READ_BODY:
                break
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("gzip", "x-gzip", "deflate"):
        # though we asked for no compression; urllib3 would unpack all of it, also what
        # is packed several times
        with suppress(zlib.error):
            either = zlib.decompressobj(zlib.MAX_WBITS | 32)
            body = either.decompress(body, KEPT_BODY)
    return _text(body[:KEPT_BODY].decode(errors="replace"))


def _text(received):
    """Return the beginning of what came from an endpoint, safe to store and to show.

    PostgreSQL stores no NUL, and what changes a text's direction or a terminal's colour
    would deceive who reads it.
    """
    received = received[:KEPT_BODY]
    if received.isprintable():
        return received
    return "".join(
        character
        if character.isprintable() or character in "\r\n\t"
        else "\N{REPLACEMENT CHARACTER}"
        for character in received
    )


def _reason(error):
    """Return the kind of reason for which a request failed, and its detail.

    :param Exception error: what the request raised
    """
    if isinstance(error, UrlError):
        return "url", error.fault
    if isinstance(error, Undelivered):
        return error.failure, str(error)
    if isinstance(error, requests.exceptions.InvalidURL):
        return "url", "host"
    root = _root(error)
    # what requests refuses to send, it quotes, such as a header's value
    if not isinstance(error, FORESEEN) or isinstance(root, requests.RequestException):
        return "fault", type(error).__name__
    detail = getattr(root, "strerror", None) or str(root).strip() or type(root).__name__
    if isinstance(root, TimeoutError | urllib3.exceptions.TimeoutError):
        return "timeout", detail
    if isinstance(error, requests.exceptions.SSLError):
        return "tls", detail
    return "connection", detail


def _root(error):
    """Return the innermost reason, without urllib3's object representations."""
    while True:
        reason = getattr(error, "reason", None)
        if not isinstance(reason, BaseException):
            reason = next(
                (arg for arg in error.args if isinstance(arg, BaseException)), None
            )
        reason = reason or error.__cause__ or error.__context__
        if reason is None:
            return error
        error = reason


def _log_fault(message, error):
    """Log where an unforeseen exception arose, but not its text."""
    _logger.error(
        "The request for message %s failed with %s:\n%s",
        message.message_id,
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
