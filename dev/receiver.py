"""Many endpoints in one HTTPS receiver, for tests and the demo.

It listens and verifies as the one that developers try webhooks with. What each endpoint
answers can be programmed, so that retries can be seen.
"""

import bisect
import contextlib
import json
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from operator import attrgetter

from receiver.nshift_webhooks_receiver import (
    Refused,
    Server,
    content_of,
    unpacked,
    verify,
)

from . import certificate, ports

Answer = Callable[[BaseHTTPRequestHandler], int | None]
"""Answers a request, whose content is the handler's `body`; returns the status of the
answer, None if it sent none."""


def answer(
    status: int, body: bytes = b"", *, delay: float = 0, **headers: str
) -> Answer:
    """An ordinary answer.

    :param delay: seconds to wait before it.
    :param headers: with ``_`` for ``-``.
    """

    def send(handler: BaseHTTPRequestHandler) -> int:
        time.sleep(delay)
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)
        return status

    return send


def drop(handler: BaseHTTPRequestHandler) -> None:
    """Break the connection off without an answer."""
    handler.close_connection = True


def endless_body(handler: BaseHTTPRequestHandler) -> int:
    """Accept, and go on talking until the other side hangs up."""
    handler.close_connection = True
    handler.send_response(200)
    handler.end_headers()
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(b"and so on " * 100)
            time.sleep(0.01)
    return 200


@dataclass(frozen=True)
class Request:
    """One request that arrived.

    :param headers: by lower-case name.
    :param body: byte for byte, unpacked if it was compressed.
    :param fault: why it was not accepted as signed, None if its signature is right.
    :param received_at: Unix time.
    :param status: what it was answered with, None for no answer.
    """

    path: str
    headers: dict[str, str]
    body: bytes
    fault: str | None
    received_at: float
    status: int | None = None

    @property
    def message_id(self) -> str:
        """The idempotency key."""
        return self.headers.get("webhook-id", "")

    @property
    def message(self) -> dict:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class _Endpoint:
    secret: str
    answers: Iterator[Answer]
    verifies: bool


class Receiver:
    """The receiver on 127.0.0.1, as a context manager or by `start` and `stop`.

    :param port: by default a free one.
    :param on_request: is called with each request once it is answered, from the thread
        that served it.
    """

    def __init__(
        self,
        port: int | None = None,
        on_request: Callable[[Request], None] = lambda request: None,
    ):
        self.port = port or ports.free_port()
        self._on_request = on_request
        self._endpoints: dict[str, _Endpoint] = {}
        self._requests: list[Request] = []
        self._in_hand: Counter[str] = Counter()
        self._changed = threading.Condition()
        self._server: Server | None = None

    def __enter__(self) -> "Receiver":
        return self.start()

    def __exit__(self, *_exc_info: object) -> None:
        self.stop()

    def start(self) -> "Receiver":
        """Listen.

        :raises Problem: the port is taken.
        """
        ports.require_free(self.port, "the receiver", "RECEIVER_PORT")
        files = certificate.ensure()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(files.certificate, files.key)
        self._server = Server(("127.0.0.1", self.port), tls, self._handle)
        # how often it looks whether it is to end
        often = {"poll_interval": 0.02}
        threading.Thread(
            target=self._server.serve_forever, kwargs=often, daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Accept no more connections."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def url(self, path: str) -> str:
        """The HTTPS address of an endpoint."""
        return f"https://localhost:{self.port}{path}"

    def register(
        self,
        path: str,
        secret: str,
        answers: Iterable[Answer] = (),
        *,
        verifies: bool = True,
    ) -> None:
        """Serve an endpoint; any other path is answered with 404.

        :param secret: what its requests are signed with; others get 401.
        :param answers: to the rightly signed requests, one after the other; then 200.
        :param verifies: if not, any request is answered like a rightly signed one.
        """
        self._endpoints[path] = _Endpoint(secret, iter(answers), verifies)

    def requests(self, path: str | None = None) -> list[Request]:
        """What has arrived, in that order: all of it, or one endpoint's."""
        with self._changed:
            return [each for each in self._requests if path in (None, each.path)]

    def wait_for(
        self, count: int, path: str | None = None, timeout: float = 30
    ) -> list[Request]:
        """Wait until so many requests have arrived, and return them (or more).

        :param timeout: seconds.
        :raises TimeoutError: with what has arrived until then.
        """
        with self._changed:
            if not self._changed.wait_for(
                lambda: len(self.requests(path)) >= count, timeout
            ):
                arrived = [
                    f"{each.path} {each.message_id} {each.fault or each.status}"
                    for each in self._requests
                ]
                raise TimeoutError(
                    f"{count} requests were to arrive at {path or 'the receiver'} "
                    f"within {timeout:.0f} s; this is what came: {arrived}"
                )
            return self.requests(path)

    def wait_until_idle(self, path: str, timeout: float = 30) -> None:
        """Wait until all requests that have come to an endpoint are answered, and are
        in `requests`.

        :param timeout: seconds.
        :raises TimeoutError: one is not answered by then.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: not self._in_hand[path], timeout):
                raise TimeoutError(
                    f"A request to {path} is not answered after {timeout:.0f} s."
                )

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = unpacked(content_of(handler))
        # see Answer; the attribute is ours
        handler.body = body  # type: ignore[attr-defined]
        path, status = handler.path, None
        with self._changed:
            received_at = time.time()
            self._in_hand[path] += 1
        try:
            fault, send = self._judge(path, headers, body)
            with contextlib.suppress(OSError):
                status = send(handler)
            if status is None:
                # the sender did not wait for it, or is to get none
                handler.close_connection = True
            request = Request(path, headers, body, fault, received_at, status)
            with self._changed:
                # in the order in which they came: a next one may be answered already
                bisect.insort(self._requests, request, key=attrgetter("received_at"))
        finally:
            with self._changed:
                self._in_hand[path] -= 1
                self._changed.notify_all()
        self._on_request(request)

    def _judge(
        self, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[str | None, Answer]:
        """What is wrong with a request, if anything, and what to answer."""
        endpoint = self._endpoints.get(path)
        if endpoint is None:
            return "no such endpoint", answer(404)
        fault = None
        try:
            verify(endpoint.secret, headers, body)
        except Refused as refusal:
            fault = str(refusal)
        if fault and endpoint.verifies:
            return fault, answer(401, fault.encode())
        with self._changed:
            return fault, next(endpoint.answers, answer(200))
