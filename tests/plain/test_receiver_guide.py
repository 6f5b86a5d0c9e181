"""docs/RECEIVER.md to the letter: its receivers take what the addon sends, and what it
says of answers is what the addon does.
"""

import json
import re
import shlex
import socket
import subprocess
import sys
import time
from importlib import metadata

import pytest
import requests
from delivery.backoff import RETRY_DELAYS
from delivery.health import BUSY, Verdict, verdict_of
from delivery.sender import Answer, Endpoint, Message
from delivery.signature import new_private_key, new_secret, sign
from payload.envelope import LONGEST_MESSAGE, new_message_id

from dev import certificate, command, paths, ports

from . import node
from .tls_front import TlsFront
from .trust import trusting_sender

GUIDE = (paths.ROOT / "docs" / "RECEIVER.md").read_text(encoding="utf-8")
#: What the guide's commands start here: the pinned ones.
PROGRAMS = {
    "uvicorn": lambda: [sys.executable, "-m", "uvicorn"],
    "node": lambda: [node.path()],
}
STARTS_WITHIN = 60


def section(title):
    """Return a section of the guide."""
    return re.search(rf"^## {title}\n(.*?)(?=^## |\Z)", GUIDE, re.S | re.M)[1]


def block(text, language):
    """Return the code of a text in a language."""
    return re.search(rf"^```{language}\n(.*?)^```$", text, re.S | re.M)[1]


class Receiver:
    """A receiver as the guide says, behind a server that has the certificate.

    :param title: of the guide's section
    :param language: of the receiver's code
    :param folder: where it is made and runs
    """

    def __init__(self, title, language, folder):
        self.secret = new_secret()
        self._text = section(title)
        self._folder = folder
        name = re.search(r"`(receiver\.\w+)`", self._text)[1]
        (folder / name).write_text(block(self._text, language), encoding="utf-8")
        if language == "js":
            (folder / "node_modules").symlink_to(node.libraries())
        self._log = folder / "output"

    def __enter__(self):
        port = ports.free_port()
        program, *options = shlex.split(self._commands()[-1], comments=True)
        with self._log.open("wb") as output:
            self._process = subprocess.Popen(
                [*PROGRAMS[program](), *options],
                cwd=self._folder,
                env=command.clean_environment(
                    WEBHOOK_SECRET=self.secret,
                    # the guide's commands listen on 8000, others may, too
                    PORT=str(port),
                    UVICORN_PORT=str(port),
                ),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self._wait_for(port)
        self._front = TlsFront(port).__enter__()
        path = re.search(r"`https://[^/`]+(/[^`]*)`", GUIDE)[1]
        self.url = f"https://localhost:{self._front.port}{path}"
        return self

    def __exit__(self, *_exception):
        self._front.__exit__()
        self._process.kill()
        self._process.wait()

    def packages(self):
        """Return what the guide has installed."""
        _program, _install, *packages = shlex.split(self._commands()[0])
        return packages

    def output(self):
        return self._log.read_text()

    def _commands(self):
        return block(self._text, "sh").splitlines()

    def _wait_for(self, port):
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port)).close()
            except OSError:
                assert self._process.poll() is None, self.output()
                assert time.monotonic() < deadline, self.output()
                time.sleep(0.1)


@pytest.fixture(scope="module")
def python_receiver(tmp_path_factory):
    with Receiver(
        "A receiver in Python", "python", tmp_path_factory.mktemp("py")
    ) as it:
        yield it


@pytest.fixture(scope="module")
def node_receiver(tmp_path_factory):
    folder = tmp_path_factory.mktemp("node")
    with Receiver("A receiver in Node.js", "js", folder) as receiver:
        yield receiver


@pytest.fixture(params=["python_receiver", "node_receiver"])
def receiver(request):
    return request.getfixturevalue(request.param)


def new_message(**data):
    """Return a message as it is sent."""
    message_id = new_message_id()
    body = {
        "id": message_id,
        "type": "order.updated",
        "data": {"order": {"id": 1, "name": "Größe 5 📦"}, "sequence": 2} | data,
    }
    return Message(message_id, json.dumps(body, ensure_ascii=False).encode())


def send(receiver, message, *keys, **settings):
    """Have the addon send a message; returns the status."""
    endpoint = Endpoint(receiver.url, keys or (receiver.secret,), **settings)
    with trusting_sender() as sender:
        return sender.send(endpoint, message).response_code


def post(receiver, message, **headers):
    """Send a message that is signed well, but for these headers; returns the status."""
    timestamp = int(headers.get("webhook-timestamp", time.time()))
    signature = sign([receiver.secret], message.message_id, timestamp, message.body)
    signed = {
        "content-type": "application/json",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }
    return requests.post(
        receiver.url,
        data=message.body,
        headers=signed | headers,
        verify=str(certificate.ensure().authority),
        timeout=30,
    ).status_code


def test_its_packages_are_all_it_needs(python_receiver, node_receiver):
    for package in python_receiver.packages():
        assert metadata.version(package)
    for package in node_receiver.packages():
        assert (node.libraries() / package).is_dir()


def test_a_message_is_handled(receiver):
    message = new_message()
    assert send(receiver, message) == 204
    assert f"order.updated {message.message_id}\n" in receiver.output()


def test_a_repeated_message_is_handled_once(receiver):
    message = new_message()
    assert [send(receiver, message) for _time in range(3)] == [204] * 3
    assert receiver.output().count(message.message_id) == 1


def test_a_message_that_fails_comes_again(receiver):
    message = new_message()
    broken = json.dumps({"id": message.message_id, "data": None}).encode()
    assert send(receiver, Message(message.message_id, broken)) == 500
    assert send(receiver, message) == 204
    assert f"order.updated {message.message_id}\n" in receiver.output()


def test_a_forged_message(receiver):
    message = new_message()
    assert send(receiver, message, new_secret()) == 401
    assert message.message_id not in receiver.output()


@pytest.mark.parametrize("signature", ["v1,no base64", "v1", "nonsense", ","])
def test_a_signature_that_is_none(receiver, signature):
    assert post(receiver, new_message(), **{"webhook-signature": signature}) == 401


def test_an_unsigned_message(receiver):
    answer = requests.post(
        receiver.url, verify=str(certificate.ensure().authority), timeout=30
    )
    assert answer.status_code == 401


def test_an_old_message(receiver):
    message = new_message()
    age = {"webhook-timestamp": str(int(time.time()) - 6 * 60)}
    assert post(receiver, message, **age) == 401
    assert post(receiver, message) == 204


def test_a_test_event_is_not_handled(receiver):
    message = new_message(test=True)
    assert send(receiver, message) == 204
    assert message.message_id not in receiver.output()


def test_the_largest_message(receiver):
    message = new_message(padding="x" * (LONGEST_MESSAGE - 1000))
    assert send(receiver, message) == 204


def test_a_compressed_message(receiver):
    message = new_message(padding="x" * 100_000)
    assert send(receiver, message, compresses=True) == 204
    assert f"order.updated {message.message_id}\n" in receiver.output()


def test_what_only_begins_as_if_it_were_compressed(receiver):
    message = Message(new_message_id(), b"\x1f\x8b and so on")
    assert post(receiver, message) == 401


def test_while_the_secret_is_replaced(receiver):
    keys = new_secret(), receiver.secret, new_private_key()
    assert send(receiver, new_message(), *keys) == 204
    assert send(receiver, new_message(), *reversed(keys)) == 204


def test_the_picture():
    names = {}
    exec(block(section("A faithful picture"), "python"), names)  # noqa: S102 - the guide's
    records = {}

    def apply(type_, sequence, **data):
        kind = type_.partition(".")[0]
        data |= {kind: {"id": 1, "state": sequence}, "sequence": sequence}
        names["apply"]({"type": type_, "data": data}, records)
        return records[kind, 1][1]

    assert apply("order.created", 1) == {"id": 1, "state": 1}
    assert apply("order.updated", 3) == {"id": 1, "state": 3}
    assert apply("order.updated", 2) == {"id": 1, "state": 3}
    assert apply("order.updated", 0, test=True) == {"id": 1, "state": 3}
    assert apply("shipment.created", 1) == {"id": 1, "state": 1}
    assert apply("order.deleted", 4) is None
    assert apply("order.updated", 3) is None
    assert records["shipment", 1] == (1, {"id": 1, "state": 1})


def answers():
    """Return each row of the guide's table of answers: which, and what they do."""
    text = section("Answer, and what your answer does")
    _head, *rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text, re.M)
    return rows


@pytest.mark.parametrize("cell, effect", answers())
def test_what_an_answer_does(cell, effect):
    told = {
        "Received": Verdict.WORKS,
        "The message": Verdict.WORKS,
        "The same.": Verdict.UNCLEAR,
        "You are busy": Verdict.DOWN,
        "A failure": Verdict.DOWN,
        "The webhook": Verdict.DOWN,
    }
    [verdict] = [each for start, each in told.items() if effect.startswith(start)]
    codes = [int(code) for code in re.findall(r"\b[2-5]\d\d\b", cell)]
    for code in codes:
        failure = None if code < 300 else "status"
        assert verdict_of(Answer(code, failure=failure)) is verdict, code
    assert effect.startswith("You are busy") == (set(codes) == BUSY)


def test_the_schedule():
    row = re.search(r"^\| after the one before \| at once \| (.*) \|$", GUIDE, re.M)[1]
    units = {"s": 1, "min": 60, "h": 3600}
    delays = [cell.split(" ") for cell in row.split(" | ")]
    assert tuple(int(n) * units[unit] for n, unit in delays) == RETRY_DELAYS
