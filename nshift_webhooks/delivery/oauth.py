"""Access tokens by OAuth 2's client credentials.

Source: RFC 6749, sections 2.3.1, 4.4, 5.1 and 5.2, and RFC 6750, section 2.1

A token is kept in memory only, for as long as it is valid, for all messages that this
process sends to one server.

Authlib and requests-oauthlib would leave most of this to the addon: how long a token is
valid, which thread fetches a token, and the defence against hostile answers. They need
a session like that of ``requests``, and send ID and secret without the encoding of
section 2.3.1, so that a ``+`` in a secret is read as a space.
"""

import base64
import json
import re
import threading
import time
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import closing, suppress
from dataclasses import dataclass, field
from urllib.parse import quote_plus, urlencode

from .deadline import deadline, note_inside, time_left
from .failure import (
    Misconfigured,
    NoToken,
    ProxyFailed,
    TokenFailed,
    TokenLate,
    TokenRefused,
    Undelivered,
)
from .guard import Guard
from .network import Network
from .request import USER_AGENT
from .transport import Reply, Transport
from .url import Target, UrlError, check_url, target_of

#: Bytes that a request for a token may receive, TLS handshake included.
MOST_BYTES = 128 * 1024
#: Characters of a token; common servers accept 8 KiB of headers in all.
LONGEST_TOKEN = 7000
#: Source: RFC 6749, appendix A.12, without the space, at which a header's token ends
TOKEN = re.compile(r"[\x21-\x7e]+")
#: Seconds for which a token is used if the token server does not give its lifetime.
UNKNOWN_LIFETIME_S = 300
#: Seconds before the end of its lifetime at which a token is retired: requests take
#: time, and clocks differ.
MARGIN_S = 30
#: Status codes of a token server that cannot answer at the moment.
BUSY = {408, 425, 429}
#: Status codes that refuse the client, even without an OAuth error code.
REFUSALS = {400, 401, 403}
#: Characters that are kept of the token server's own words.
LONGEST_WORDS = 300
#: Replacement of a secret or token in a text.
HIDDEN = "•••"


@dataclass(frozen=True)
class Client:
    """A client registered at a token server, and the token that the client requests.

    :ivar token_url: HTTPS address of the token server
    :ivar client_id: ID under which the client is registered
    :ivar client_secret: secret of the client; empty if there is none
    :ivar scope: permissions of the token, separated by spaces; may be empty
    :ivar audience: recipient of the token; may be empty
    :ivar in_body: whether ID and secret are sent in the request's body
        (``client_secret_post``) and not in a header (``client_secret_basic``)
    """

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    audience: str = ""
    in_body: bool = False


@dataclass(eq=False)
class Token:
    """An access token.

    :ivar value: the token as sent
    :ivar lifetime: seconds from issue, None if the token server does not say
    :ivar scope: permissions of the token; empty if unknown
    :ivar used_until: time from which on the token is not used, as of
        ``time.monotonic``
    :ivar is_accepted: whether an endpoint has accepted the token
    """

    value: str = field(repr=False)
    lifetime: float | None
    scope: str
    used_until: float
    is_accepted: bool = False

    @property
    def is_good(self):
        return time.monotonic() < self.used_until


class Tokens:
    """The tokens of a process, safe for use by several threads.

    A thread that needs a token being fetched waits for the fetching thread, and shares
    its failure.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._kept = {}
        self._under_way = {}

    def get(self, client: Client, server, fetch) -> Token:
        """Return a Token for a client and a server, from memory or fetched.

        :param server: key of the server that gets the token: a refusal by one server
            does not concern the tokens for others
        :param fetch: function that returns a new Token for the client; called by one
            thread at a time for the same client and server
        :raises TokenFailed: no token can be had
        """
        key = client, server
        while True:
            with self._lock:
                token = self._kept.get(key)
                if token and token.is_good:
                    return token
                others = self._under_way.get(key)
                if not others:
                    mine = self._under_way[key] = Future()
                    break
            # the fetching thread may have had less time than this one: try again
            with suppress(TokenLate):
                return _wait_for(others, client)
        try:
            token = fetch(client)
        except BaseException as error:
            self._end(key)
            mine.set_exception(error)
            raise
        self._end(key, token)
        mine.set_result(token)
        return token

    def _end(self, key, token: Token | None = None):
        with self._lock:
            del self._under_way[key]
            self._kept = {of: kept for of, kept in self._kept.items() if kept.is_good}
            if token:
                self._kept[key] = token

    def drop(self, client: Client, server, token: Token):
        """Forget a token that the server has refused."""
        with self._lock:
            if self._kept.get((client, server)) is token:
                del self._kept[client, server]


def _wait_for(others: Future[Token], client: Client) -> Token:
    """Return the Token that another thread is fetching, within the request's time.

    :raises TokenFailed: no token can be had, or the time is over
    :raises TokenLate: the other thread's time is over
    """
    try:
        return others.result(time_left())
    except (NotInTime, TimeoutError) as error:
        server = target_of(client.token_url).name
        raise TokenFailed(f"{server} did not answer in time.") from error


def fetch_token(client: Client, guard: Guard, network: Network) -> Token:
    """Request a token from a token server, within the request's time.

    :param Client client: client that requests the token
    :param Guard guard: decides on allowed addresses
    :param Network network: settings of the connection
    :return: a :class:`Token`
    :raises TokenFailed: the token server gives no usable token
    :raises Misconfigured: a setting in Odoo's configuration file is wrong
    :raises ProxyFailed: the proxy does not connect to the token server
    """
    if not client.client_secret:
        raise TokenRefused("The webhook has no client secret.")
    try:
        check_url(client.token_url)
        target = target_of(client.token_url)
    except UrlError as error:
        raise TokenFailed(
            f"The token URL is not a proper HTTPS address ({error.fault})."
        ) from error
    inside = None
    try:
        with deadline(time_left(), MOST_BYTES) as limits:
            try:
                with closing(Transport(guard, network)) as transport:
                    reply = transport.exchange(target, _request(client, target))
            finally:
                inside = limits.inside
    except TimeoutError as error:
        raise TokenLate(f"{target.name} did not answer in time.") from error
    except (Misconfigured, ProxyFailed):
        raise
    except (Undelivered, OSError) as error:
        if inside:
            note_inside(inside)
        words = str(error) or type(error).__name__
        raise TokenFailed(f"{target.name}: {words}") from error
    return _token_of(client, target.name, reply)


def _request(client: Client, target: Target) -> bytes:
    """Return the bytes of the HTTP request for a token."""
    asked = {
        "grant_type": "client_credentials",
        "scope": client.scope,
        "audience": client.audience,
    }
    headers = {
        "Host": target.authority,
        "User-Agent": USER_AGENT,
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    if client.in_body:
        asked["client_id"] = client.client_id
        asked["client_secret"] = client.client_secret
    else:
        headers["Authorization"] = f"Basic {_basic(client)}"
    body = urlencode({name: value for name, value in asked.items() if value}).encode()
    headers["Content-Length"] = str(len(body))
    lines = [
        f"POST {target.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii") + body


def _basic(client: Client) -> str:
    """Return ID and secret encoded for HTTP's Basic authentication."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return base64.b64encode(pair.encode("ascii")).decode()


def _token_of(client: Client, server: str, reply: Reply) -> Token:
    """Return the Token in an answer of the token server.

    :param str server: name of the token server
    :raises TokenFailed: the answer has no usable token
    """
    status = reply.head.status
    said = _read_json(reply.body)
    if error := said.get("error"):
        words = f"{error}: {said.get('error_description') or ''}".strip(": ")
    else:
        words = ""
    told = f"{server} answered {status}"
    if words:
        # before the words are cut: part of a secret would not be recognized
        told = f"{told}: {_one_line(hide(words, *_secrets(client)))}"
    if status >= 500 or status in BUSY:
        raise TokenFailed(told)
    if words or status in REFUSALS:
        raise TokenRefused(told)
    if not 200 <= status < 300:
        raise NoToken(told)
    if fault := _fault(said):
        raise NoToken(f"{told}, {fault}.")
    lifetime = _lifetime(said.get("expires_in"))
    used_for = UNKNOWN_LIFETIME_S
    if lifetime is not None:
        used_for = lifetime - min(MARGIN_S, lifetime / 2)
    scope = said.get("scope", client.scope)
    return Token(
        said["access_token"],
        lifetime,
        _one_line(scope) if isinstance(scope, str) else "",
        time.monotonic() + used_for,
    )


def _read_json(body):
    """Return the JSON object in a body; an empty dict if there is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _fault(said):
    """Return why an answer has no usable token, None if it has.

    :param dict said: the JSON object of the answer
    """
    token, kind = said.get("access_token"), said.get("token_type")
    if not said:
        return "and that is no JSON object"
    if not isinstance(token, str) or not token:
        return "without an access_token"
    if not isinstance(kind, str) or kind.lower() != "bearer":
        return "with a token_type that is not Bearer"
    if len(token) > LONGEST_TOKEN:
        return f"with an access_token of more than {LONGEST_TOKEN} characters"
    if not TOKEN.fullmatch(token):
        return "with an access_token that cannot be sent in a header"
    return None


def _lifetime(expires_in):
    """Return the lifetime of a token in seconds, None if unknown.

    :param expires_in: the token server's value, of any type; some servers send a text
    """
    if isinstance(expires_in, str) and re.fullmatch("[0-9]{1,9}", expires_in):
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return None
    # compared in a way that excludes NaN
    return expires_in if 0 < expires_in < 1e9 else None


def hide(text, *secrets):
    """Return a text without some secrets, since a server may repeat them."""
    for secret in filter(None, secrets):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(client: Client):
    secret = client.client_secret
    return _basic(client), secret, quote_plus(secret)


def _one_line(words):
    """Return the beginning of a token server's words, safe to store and to show."""
    text = " ".join(words.split())[:LONGEST_WORDS]
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text
    )
