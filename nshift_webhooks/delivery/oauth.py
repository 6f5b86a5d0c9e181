"""Access tokens by OAuth 2's client credentials.

Source: RFC 6749, sections 2.3.1, 4.4, 5.1 and 5.2, and RFC 6750, section 2.1

A token is kept in memory for as long as it is good, for all that this process sends to
one server, and nowhere else.

Authlib and requests-oauthlib would leave most of this to us: when a token is good, who
fetches it, what a hostile answer does. They need a session like that of ``requests``,
and send ID and secret without the encoding of section 2.3.1, so that a ``+`` in a
secret is read as a space.
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
from .request import USER_AGENT
from .transport import Transport
from .url import UrlError, check_url, target_of

#: Bytes that a request for a token may receive, TLS handshake included.
MOST_BYTES = 128 * 1024
#: Characters of a token; common servers take 8 KiB of headers in all.
LONGEST_TOKEN = 7000
#: Source: RFC 6749, appendix A.12, without the space, which ends it in a header
TOKEN = re.compile(r"[\x21-\x7e]+")
#: Seconds for which a token is used if nobody says how long it is good.
UNKNOWN_LIFETIME_S = 300
#: Seconds before its end from which on a token is not used any more: requests are on
#: their way for a while, and clocks differ.
MARGIN_S = 30
#: Status codes by which a token server says that it cannot answer at the moment.
BUSY = {408, 425, 429}
#: Status codes that refuse the client, also without an error code of OAuth's.
REFUSALS = {400, 401, 403}
#: Characters of the token server's own words that are kept.
LONGEST_WORDS = 300
#: What stands in place of a secret or token.
HIDDEN = "•••"


@dataclass(frozen=True)
class Client:
    """The client that a token server knows, and the token that the client asks for.

    :ivar token_url: the HTTPS address of the token server
    :ivar client_id: as it is registered there
    :ivar client_secret: empty if there is none
    :ivar scope: what the token is to be good for, separated by spaces; may be empty
    :ivar audience: for whom it is to be good; may be empty
    :ivar in_body: whether ID and secret are sent in the request's body
        (``client_secret_post``) and not in its header (``client_secret_basic``)
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

    :ivar value: the token itself
    :ivar lifetime: seconds for which it is good, None if nobody has said so
    :ivar scope: what it is good for; empty if nobody has said so
    :ivar used_until: as of ``time.monotonic``
    :ivar is_accepted: whether an endpoint has accepted it
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
    """The tokens of a process, for all that it sends; from several threads.

    Whoever needs a token that is being fetched waits for that, and shares its failure.
    """

    def __init__(self):
        self._lock = threading.Lock()
        self._kept = {}
        self._under_way = {}

    def get(self, client, server, fetch):
        """Return the Token that a client sends to a server.

        :param server: whatever tells it from others: what one does with a token is no
            matter of another's
        :param fetch: is called with the client if there is no good one, by one thread
            at a time; returns a Token
        :raises TokenFailed: there is none, and why
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
            # who asks may have less time than who waits
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

    def _end(self, key, token=None):
        with self._lock:
            del self._under_way[key]
            self._kept = {of: kept for of, kept in self._kept.items() if kept.is_good}
            if token:
                self._kept[key] = token

    def drop(self, client, server, token):
        """Use a token no more: the server has refused it."""
        with self._lock:
            if self._kept.get((client, server)) is token:
                del self._kept[client, server]


def _wait_for(others, client):
    """Return the Token that others are fetching, in the time that the request has left.

    :raises TokenFailed: there is none, and why
    :raises TokenLate: those others had no more time
    """
    try:
        return others.result(time_left())
    except (NotInTime, TimeoutError) as error:
        server = target_of(client.token_url).name
        raise TokenFailed(f"{server} did not answer in time.") from error


def fetch_token(client, guard, network):
    """Ask a token server for a token, in the time that the request has left.

    :param Client client: who asks
    :param Guard guard: knows which addresses are allowed
    :param Network network: says how they are reached
    :return: a :class:`Token`
    :raises TokenFailed: there is none, and why
    :raises Misconfigured: Odoo's configuration file is wrong
    :raises ProxyFailed: no way leads there
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


def _request(client, target):
    """Return the request for a token, all of its bytes."""
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
    headers["Content-Length"] = len(body)
    lines = [
        f"POST {target.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii") + body


def _basic(client):
    """Return ID and secret as HTTP's Basic authentication has them."""
    pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
    return base64.b64encode(pair.encode("ascii")).decode()


def _token_of(client, server, reply):
    """Return the Token that an answer has.

    :param str server: the token server's name
    :raises TokenFailed: it has none
    """
    status = reply.head.status
    said = _read_json(reply.body)
    if error := said.get("error"):
        words = f"{error}: {said.get('error_description') or ''}".strip(": ")
    else:
        words = ""
    told = f"{server} answered {status}"
    if words:
        # before it is cut: a part of a secret would not be known
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
    """Return the JSON object that a body is; empty if it is none."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def _fault(said):
    """Return why an answer has no token that can be used, None if it has one.

    :param dict said: the answer
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
    """Return for how many seconds a token is good; None if nobody knows.

    :param expires_in: what the token server says; some say it as a text
    """
    if isinstance(expires_in, str) and re.fullmatch("[0-9]{1,9}", expires_in):
        expires_in = int(expires_in)
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float):
        return None
    # such as NaN
    return expires_in if 0 < expires_in < 1e9 else None


def hide(text, *secrets):
    """Return a text without some secrets: whoever is sent one may repeat it."""
    for secret in filter(None, secrets):
        text = text.replace(secret, HIDDEN)
    return text


def _secrets(client):
    secret = client.client_secret
    return _basic(client), secret, quote_plus(secret)


def _one_line(words):
    """Return the beginning of a token server's words, safe to store and to show."""
    text = " ".join(words.split())[:LONGEST_WORDS]
    return "".join(
        each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text
    )
