"""A receiver for messages of the Odoo addon nshift_webhooks.

It is for trying webhooks out, and an example: it verifies each message, prints and
stores it, and keeps a picture of the orders. docs/RECEIVER.md gives the reasons.
"""

import argparse
import getpass
import itertools
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from standardwebhooks import Webhook, WebhookVerificationError

SECRET_VARIABLE = "NSHIFT_WEBHOOK_SECRET"  # noqa: S105 - a name
MOST_BYTES = 5_000_000  # most bytes of a message
GZIP = b"\x1f\x8b"  # first bytes of compressed data: RFC 1952
# types of the last message about a record
GONE = ("order.deleted", "shipment.cancelled", "return.cancelled")
ADDRESS = "name company_name street street2 zip city state country phone".split()


class Refused(Exception):
    """A request that is not accepted.

    :param status: HTTP status of the answer.
    """

    def __init__(self, text: str, status: int = 401):
        super().__init__(text)
        self.status = status


def content_of(handler: BaseHTTPRequestHandler) -> bytes:
    """Return the body of a request; refuse it without a length, or if too long."""
    length = handler.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise Refused("The request does not say how long it is.", 411)
    if int(length) > MOST_BYTES:
        raise Refused("The request is too large.", 413)
    return handler.rfile.read(int(length))


def unpacked(content: bytes) -> bytes:
    """Return the message byte for byte as signed: before it was compressed."""
    # by the first bytes, since a proxy may have unpacked the body; no JSON begins so
    if not content.startswith(GZIP):
        return content
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    with suppress(zlib.error):
        body = unpacker.decompress(content, MOST_BYTES)
        if unpacker.eof:
            return body
    raise Refused("The compressed body breaks off, or is too large.", 413)


def verify(secret: str, headers: Mapping[str, str], body: bytes) -> None:
    """Refuse a request that is not genuine or not recent.

    :param secret: the webhook's signing secret, ``whsec_...``.
    :param body: the uncompressed message, byte for byte.
    :raises Refused: the signature or the timestamp is wrong.
    """
    try:
        Webhook(secret).verify(body, dict(headers), json_parse=False)
    # ValueError: a signature that is not base64, or a body that is not UTF-8
    except (WebhookVerificationError, ValueError) as error:
        raise Refused(str(error)) from error


class Picture:
    """The last state of the orders, shipments and returns that a webhook follows."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, int], tuple[int, dict | None]] = {}

    def apply(self, message: dict) -> None:
        """Update the picture by a message; messages may come in any order."""
        data = message["data"]
        if data.get("test"):
            return
        kind = message["type"].partition(".")[0]
        record = data[kind]
        key = kind, record["id"]
        newest, _record = self._newest.get(key, (0, None))
        # a lower number is older news; an equal number is the same state
        if data["sequence"] >= newest:
            is_gone = message["type"] in GONE
            self._newest[key] = data["sequence"], None if is_gone else record

    def held(self) -> dict[tuple[str, int], dict]:
        """Return the existing records, by kind and id."""
        return {key: record for key, (_, record) in self._newest.items() if record}


class Inbox:
    """The file of all messages, one line each, in the order of their arrival.

    :param path: an existing file is read and continued.
    :ivar picture: the state of all records after these messages.
    """

    def __init__(self, path: Path):
        self.picture = Picture()
        self._path = path
        self._ids: set[str] = set()
        self._lock = threading.Lock()
        for line in path.read_bytes().splitlines() if path.exists() else ():
            self._note(json.loads(json.loads(line)["body"]))

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Store a message, unless it is stored already; return whether it was new.

        :param body: the verified message.
        """
        kept = {
            "received_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            # other headers may contain secrets, such as an API key
            "headers": {k: v for k, v in headers.items() if k.startswith("webhook-")},
            "body": body.decode(),
        }
        message, line = json.loads(body), json.dumps(kept, ensure_ascii=False) + "\n"
        with self._lock:
            if message["id"] in self._ids:
                return False
            with self._path.open("ab", buffering=0) as file:
                file.write(line.encode())
                # on the disk before the answer: Odoo does not send the message again
                os.fsync(file.fileno())
            self._note(message)
        return True

    def _note(self, message: dict) -> None:
        self._ids.add(message["id"])
        self.picture.apply(message)


def describe(message: dict) -> list[str]:
    """Return lines about a message, for people who pack and send the goods."""
    data, kind = message["data"], message["type"].partition(".")[0]
    record = data[kind]
    test = "TEST " if data.get("test") else ""
    head = f"{test}{message['type']}  {record.get('name')}  ({kind} {record['id']}, "
    where = record.get("pickup_point") or record.get("delivery_address")
    units = record.get("units", {})
    facts = {
        "reason": data.get("reason"),
        "orders": ", ".join(each["name"] for each in record.get("orders", ())),
        "state": record.get("state", "not in this message: read it in Odoo"),
        "from": _line(record.get("sender_address"), *ADDRESS),
        "to": _line(where, *ADDRESS),
        "carrier": _line(record.get("carrier"), "name", "service_code"),
        "pieces": record.get("parcel_count"),
        "weight": record.get("weight") and f"{record['weight']} {units.get('weight')}",
        "tracking": ", ".join(each["number"] for each in record.get("trackings", ())),
        "collect": _line(record.get("cash_on_delivery"), "amount", "currency"),
        "note": record.get("instructions"),
        "goods": ", ".join(
            f"{line['quantity']} {line['unit']} {line['product']['name']}"
            for line in record.get("lines", ())
            if line["product"]
        ),
        "total": _line(record, "amount_total", "currency"),
        "changed": ", ".join(data.get("previous") or ()),
    }
    lines = [f"    {name:9}{value}" for name, value in facts.items() if value]
    # texts by customers must not control the terminal
    return [
        "".join(each if each.isprintable() else " " for each in line)
        for line in [f"{head}sequence {data['sequence']})", *lines]
    ]


def _line(values: dict | None, *names: str) -> str:
    """Return the non-empty values of some names, without repetitions."""
    found = (values[name] for name in names if values and values.get(name))
    return ", ".join(dict.fromkeys(found))


class Server(ThreadingHTTPServer):
    """An HTTP server that serves each connection in a thread of its own.

    :param address: host and port to listen on.
    :param tls: settings of TLS, None for plain HTTP.
    :param serve: function that answers a POST request.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        address: tuple[str, int],
        tls: ssl.SSLContext | None,
        serve: Callable[[BaseHTTPRequestHandler], None],
    ):
        self._tls = tls

        class Handler(BaseHTTPRequestHandler):
            # HTTP/1.1 keeps the connection open for further messages
            protocol_version = "HTTP/1.1"
            timeout = 60

            def do_POST(self):
                serve(self)

            def log_message(self, *_arguments):
                pass

        super().__init__(address, Handler)

    def get_request(self):
        connection, address = super().get_request()
        if self._tls:
            # The handshake takes place in the connection's own thread, so that a silent
            # client does not block the others.
            connection = self._tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        return connection, address

    def handle_error(self, request, client_address):
        # The sender notices and reports a broken connection.
        pass


@dataclass
class Receiver:
    """Answers requests: stores genuine messages, or fails as configured.

    :param secret: the webhook's signing secret.
    :param status: HTTP status of answers to genuine messages.
    :param times: number of such answers before all others get 200; None for all.
    :param delay: seconds before each answer.
    :param retry_after: seconds in the header ``Retry-After`` of a failure.
    """

    secret: str
    inbox: Inbox
    status: int = 200
    times: int | None = None
    delay: float = 0
    retry_after: int | None = None
    _turns: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def serve(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        headers = {name.lower(): value for name, value in handler.headers.items()}
        try:
            body = unpacked(content_of(handler))
            verify(self.secret, headers, body)
            is_over = self.times is not None and next(self._turns) > self.times
            status, text = 200 if is_over else self.status, ""
            lines = describe(json.loads(body))
            # store before answering: Odoo does not send an accepted message again
            if 200 <= status < 300 and not self.inbox.take(headers, body):
                lines = [f"{headers['webhook-id']}  was here before"]
        except Refused as refusal:
            status, text = refusal.status, str(refusal)
            lines = [f"refused: {text}"]
            # an unread body must not be taken for the beginning of the next request
            handler.close_connection = True
        time.sleep(self.delay)
        outcome = f"attempt {headers.get('webhook-attempt')} answered with {status}"
        try:
            self._answer(handler, status, text)
        except OSError:
            handler.close_connection = True
            outcome += ", but nobody waited for it"
        first, *rest = [*lines, f"    {outcome}. {self._held()}".rstrip()]
        print("\n".join([f"{time.strftime('%H:%M:%S')}  {first}", *rest]), flush=True)

    def _answer(self, handler: BaseHTTPRequestHandler, status: int, text: str) -> None:
        handler.send_response(status)
        if self.retry_after is not None and status >= 300:
            handler.send_header("Retry-After", str(self.retry_after))
        handler.send_header("Content-Length", str(len(text.encode())))
        handler.end_headers()
        handler.wfile.write(text.encode())

    def _held(self) -> str:
        held = Counter(f"{kind}s held" for kind, _id in self.inbox.picture.held())
        return ", ".join(f"{kind}: {count}" for kind, count in held.items())


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Return the files of a certificate for this machine, and of its key.

    Missing files are made by openssl. Odoo has to trust the certificate: ``ca_file``.
    """
    files = certificate, key = folder / "receiver-cert.pem", folder / "receiver-key.pem"
    if certificate.exists() and key.exists():
        return files
    names = f"DNS:localhost,DNS:{socket.gethostname()},IP:127.0.0.1,IP:::1"
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=localhost "
        f"-addext subjectAltName={names} -keyout {key.name} -out {certificate.name}"
    )
    try:
        subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(
            "openssl, which would make a certificate, is not there or fails: give one "
            "with --certificate and --key, or use --http behind a proxy that has one."
        ) from error
    return files


def read_secret(file: Path | None) -> str:
    """Return the secret from a file, the environment or the keyboard: a command line
    can be read by all users of the machine.
    """
    secret = file.read_text().strip() if file else os.environ.get(SECRET_VARIABLE)
    if not secret and sys.stdin.isatty():
        secret = getpass.getpass("The webhook's signing secret (whsec_...): ").strip()
    if not secret or not secret.startswith("whsec_"):
        raise SystemExit(
            f"There is no secret, whsec_...: set {SECRET_VARIABLE}, or use "
            "--secret-file. It is on the webhook's form in Odoo, on the page Security."
        )
    return secret


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nshift-webhooks-receiver",
        description="Receive the webhooks of an Odoo, to try them: verify, print and "
        "keep what comes, and know from it how orders and shipments are.",
        epilog=f"The secret is read from its file, {SECRET_VARIABLE} or the keyboard.",
    )
    add = parser.add_argument
    add("--secret-file", type=Path, metavar="FILE", help="has the signing secret")
    add("--host", default="localhost", help="listen here (%(default)s)")
    add("--port", type=int, default=8443, help="and here (%(default)s)")
    add("--keep", type=Path, metavar="FILE", default=Path("received.jsonl"))
    add("--held", action="store_true", help="print what is held by now, and end")
    add("--certificate", type=Path, metavar="FILE", help="else one is made (PEM)")
    add("--key", type=Path, metavar="FILE", help="its key, if in another file")
    add("--http", action="store_true", help="plain HTTP, behind a proxy or a tunnel")
    add("--answer", type=int, metavar="STATUS", default=200, help="such as 500, 410")
    add("--times", type=int, metavar="N", help="N times, and then 200")
    add("--retry-after", type=int, metavar="SECONDS", help="is said with failures")
    add("--delay", type=float, metavar="SECONDS", default=0, help="before each answer")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run the console command; return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not 200 <= options.answer <= 599:
        parser.error("--answer is a status from 200 to 599")
    try:
        return _run(options)
    except OSError as error:
        what = error.filename or options.port
        raise SystemExit(f"{what}: {error.strerror}") from error
    except KeyboardInterrupt:
        return 0


def _run(options: argparse.Namespace) -> int:
    inbox = Inbox(options.keep)
    if options.held:
        for (kind, _id), record in sorted(inbox.picture.held().items()):
            print(f"{kind:9}{record.get('name')}  {record.get('state') or ''}")
        return 0
    how = options.answer, options.times, options.delay, options.retry_after
    receiver = Receiver(read_secret(options.secret_file), inbox, *how)
    tls, advice = None, "behind a proxy or a tunnel that has a certificate"
    if not options.http:
        files = options.certificate, options.key
        if not options.certificate:
            files = self_signed(options.keep.absolute().parent)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*files)
        advice = f"with the certificate {files[0]}, which Odoo has to trust"
    server = Server((options.host, options.port), tls, receiver.serve)
    place = f"{'https' if tls else 'http'}://{options.host}:{server.server_port}/"
    print(f"Listening at {place} {advice}. Kept in {options.keep}.", flush=True)
    server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
