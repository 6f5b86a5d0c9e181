"""A token server for OAuth 2's client credentials, and what checks its tokens."""

import base64
import itertools
import json
import threading
import time
from binascii import Error as NotBase64
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, unquote_plus

from dev.receiver import Answer, Receiver, answer

PATH = "/oauth2/token"
NO_SECRET = "whsec_bm9uZQ=="  # noqa: S105 - requests for tokens have no signature


class TokenServer:
    """The server on 127.0.0.1, as a context manager.

    It knows one client. Whatever is wrong with a request, it answers as RFC 6749,
    section 5.2, has it.

    :ivar client_id: with characters that have to be encoded, as those of the secret.
    :ivar lifetime: what it says in `expires_in`; None: nothing.
    :ivar asked: what each request asked for, with the client's ID and secret.
    :ivar ways: how each request has sent these: ``basic`` or ``post``.
    :ivar issued: the tokens, the latest last.
    """

    def __init__(self) -> None:
        self.client_id = "shop: one"
        self.client_secret = "s3cret+/%41:=?&~"  # noqa: S105 - of a test
        self.lifetime: int | None = 3600
        self.delay = 0.0
        self.asked: list[dict[str, str]] = []
        self.ways: list[str] = []
        self.issued: list[str] = []
        self._accepted: set[str] = set()
        self._answers: list[Answer] = []
        self._lock = threading.Lock()
        self._receiver = Receiver()
        every = itertools.repeat(self._handle)
        self._receiver.register(PATH, NO_SECRET, every, verifies=False)

    @property
    def url(self) -> str:
        """The HTTPS address that tokens are had from."""
        return self._receiver.url(PATH)

    def __enter__(self) -> "TokenServer":
        self._receiver.start()
        return self

    def __exit__(self, *_exc_info: object) -> None:
        self._receiver.stop()

    def answers(self, *answers: Answer) -> None:
        """Give the next requests these answers, whatever they ask."""
        self._answers = list(answers)

    def revoke(self) -> None:
        """Have no token accepted that was issued before."""
        self._accepted.clear()

    def guard(self, handler: BaseHTTPRequestHandler) -> int | None:
        """Answer an endpoint's request: 200 with a token that is valid, else 401."""
        kind, _, token = handler.headers.get("Authorization", "").partition(" ")
        if kind == "Bearer" and token in self._accepted:
            return answer(200)(handler)
        return answer(401, WWW_Authenticate='Bearer error="invalid_token"')(handler)

    def _handle(self, handler: BaseHTTPRequestHandler) -> int | None:
        asked = dict(parse_qsl(handler.body.decode()))
        kind, _, pair = handler.headers.get("Authorization", "").partition(" ")
        with self._lock:
            self.ways.append("basic" if kind else "post")
            if kind == "Basic":
                asked |= _credentials(pair)
            self.asked.append(asked)
            own = self._answers.pop(0) if self._answers else None
        time.sleep(self.delay)
        return (own or self._answer(handler, asked))(handler)

    def _answer(self, handler: BaseHTTPRequestHandler, asked: dict[str, str]) -> Answer:
        form = "application/x-www-form-urlencoded"
        if handler.headers["Content-Type"] != form:
            return said(400, error="invalid_request")
        known = self.client_id, self.client_secret
        if (asked.get("client_id"), asked.get("client_secret")) != known:
            return said(401, error="invalid_client", error_description="Unknown client")
        if asked.get("grant_type") != "client_credentials":
            return said(400, error="unsupported_grant_type")
        with self._lock:
            token = f"token-{len(self.issued) + 1}.{'x' * 20}"
            self.issued.append(token)
            self._accepted.add(token)
        values: dict[str, object] = {"access_token": token, "token_type": "Bearer"}
        if self.lifetime is not None:
            values["expires_in"] = self.lifetime
        if "scope" in asked:
            values["scope"] = asked["scope"]
        return said(200, **values)


def said(status: int, **values: object) -> Answer:
    """An answer in JSON."""
    body = json.dumps(values).encode()
    return answer(status, body, Content_Type="application/json")


def _credentials(pair: str) -> dict[str, str]:
    """What Basic authentication says, decoded as RFC 6749, section 2.3.1, has it."""
    try:
        client_id, _, secret = base64.b64decode(pair).decode().partition(":")
    except (NotBase64, UnicodeDecodeError):
        return {}
    return {
        "client_id": unquote_plus(client_id),
        "client_secret": unquote_plus(secret),
    }
