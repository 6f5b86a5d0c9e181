"""The receiver to try webhooks with, as the command that somebody starts."""

import gzip
import json
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from delivery.guard import Guard
from delivery.network import Network
from delivery.sender import Endpoint, Message, Sender
from delivery.signature import new_secret, sign
from payload.envelope import new_message_id

from dev import command, paths
from receiver.nshift_webhooks_receiver import Picture, describe

FOLDER = paths.ROOT / "receiver"
EXAMPLES = sorted((paths.ADDON / "contract" / "examples").glob("*.json"))
SECRET = new_secret()
TOLD_WITHIN = 30


class Started:
    """The command, with its own certificate, and a sender that trusts that.

    :ivar file: of what it keeps
    """

    def __init__(self, folder, *options, **environment):
        self._folder = folder
        self.file = folder / "received.jsonl"
        self._log = folder / "output"
        with self._log.open("wb") as output:
            self.process = subprocess.Popen(
                [*COMMAND, "--port=0", *options],
                cwd=folder,
                env=command.clean_environment(
                    **{"NSHIFT_WEBHOOK_SECRET": SECRET} | environment
                ),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        port = self.wait_for(r"Listening at https?://localhost:(\d+)/")[1]
        self.url = f"https://localhost:{port}/some/path"
        authority = str(folder / "receiver-cert.pem")
        self._sender = Sender(Guard.parse("localhost"), Network(authority))

    def wait_for(self, pattern):
        """Wait until it has printed something; returns the match."""
        deadline = time.monotonic() + TOLD_WITHIN
        while not (found := re.search(pattern, self.output())):
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)
        return found

    def output(self):
        return self._log.read_text()

    def send(self, message, secret=SECRET, **settings):
        """Have the addon send a message; returns its Answer."""
        return self._sender.send(Endpoint(self.url, (secret,), **settings), message)

    def kept(self):
        """Return the ids of the messages that it has kept."""
        if not self.file.exists():
            return []
        lines = self.file.read_text().splitlines()
        return [json.loads(json.loads(line)["body"])["id"] for line in lines]

    def held(self):
        """Return what a run that begins anew knows."""
        options = [f"--keep={self.file}", "--held"]
        return subprocess.run(
            [*COMMAND, *options], capture_output=True, text=True, check=True
        ).stdout

    def stop(self):
        self._sender.close()
        self.process.kill()
        self.process.wait()


COMMAND = [sys.executable, str(FOLDER / "nshift_webhooks_receiver.py")]


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*options, **environment):
        started.append(Started(tmp_path, *options, **environment))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def example(name):
    """Return an example of a message, under an id of its own."""
    file = paths.ADDON / "contract" / "examples" / f"{name}.json"
    message = json.loads(file.read_text(encoding="utf-8"))
    return message | {"id": new_message_id()}


def encoded(message):
    body = json.dumps(message, ensure_ascii=False).encode()
    return Message(message["id"], body)


def test_a_message_is_printed_kept_and_held(start):
    receiver = start()
    message = encoded(example("shipment.done"))
    answer = receiver.send(message, headers=(("x-api-key", "of the webhook"),))
    assert (answer.response_code, answer.error) == (200, None)
    receiver.wait_for(r"shipment\.done  WH/OUT/00058  \(shipment 64, sequence 3\)")
    for fact in (
        "to       Anna Lindqvist, Storgatan 5, 211 42, Malmö, SE, +46 40 123 45",
        "carrier  Nordic Parcel",
        "weight   39.00 kg",
        "tracking NP000001, NP000002",
        "goods    6.00 Units Oak chair",
        "attempt 1 answered with 200. shipments held: 1",
    ):
        assert f"    {fact}\n" in receiver.output()
    [line] = receiver.file.read_text().splitlines()
    kept = json.loads(line)
    assert kept["body"].encode() == message.body
    assert kept["headers"]["webhook-id"] == message.message_id
    assert "of the webhook" not in line
    assert receiver.held() == "shipment WH/OUT/00058  done\n"


def test_a_forged_message_is_refused(start):
    receiver = start()
    answer = receiver.send(encoded(example("order.created")), new_secret())
    assert answer.response_code == 401
    assert answer.response_body == "No matching signature found"
    receiver.wait_for("refused: No matching signature found")
    assert receiver.kept() == []


def test_a_repeated_message_is_kept_once(start):
    receiver = start()
    message = encoded(example("order.created"))
    assert [receiver.send(message).response_code for _time in "12"] == [200, 200]
    receiver.wait_for("was here before")
    receiver.stop()
    again = start()
    assert again.send(message).response_code == 200
    again.wait_for("was here before")
    assert again.kept() == [message.message_id]


def test_it_fails_as_told(start):
    receiver = start("--answer=503", "--retry-after=7", "--times=1")
    message = encoded(example("order.created"))
    answer = receiver.send(message)
    assert (answer.response_code, answer.retry_after) == (503, 7)
    assert receiver.kept() == []
    assert receiver.send(replace(message, attempt=2)).response_code == 200
    receiver.wait_for("attempt 2 answered with 200")
    assert receiver.kept() == [message.message_id]


def test_it_is_gone(start):
    receiver = start("--answer=410")
    for _time in range(2):
        assert receiver.send(encoded(example("order.created"))).response_code == 410


def test_it_is_late(start):
    receiver = start("--delay=2")
    answer = receiver.send(encoded(example("order.created")), timeout=1)
    assert answer.failure == "timeout"
    assert len(receiver.kept()) == 1


def test_a_compressed_message(start, tmp_path):
    receiver = start()
    message = encoded(example("order.created"))
    assert post(receiver, message, gzip.compress(message.body)) == 200
    assert receiver.kept() == [message.message_id]
    assert post(receiver, message, gzip.compress(message.body)[:2] + b"none") == 413
    assert post(receiver, message, message.body) == 200
    assert post(receiver, message, gzip.compress(message.body)[:-9]) == 413
    assert post(receiver, message, gzip.compress(bytes(7_000_000))) == 413


def post(receiver, message, packed):
    timestamp = int(time.time())
    headers = {
        "webhook-id": message.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(
            [SECRET], message.message_id, timestamp, message.body
        ),
        "content-encoding": "gzip",
    }
    return requests.post(
        receiver.url,
        data=packed,
        headers=headers,
        verify=str(receiver.file.parent / "receiver-cert.pem"),
        timeout=30,
    ).status_code


def test_behind_a_proxy(start):
    receiver = start("--http")
    answer = requests.post(receiver.url.replace("https", "http"), timeout=30)
    assert (answer.status_code, answer.text) == (401, "Missing required headers")


def test_a_secret_in_a_file(start, tmp_path):
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    receiver = start(f"--secret-file={file}", NSHIFT_WEBHOOK_SECRET="")
    assert receiver.send(encoded(example("order.created"))).response_code == 200


def test_without_a_secret(tmp_path):
    ran = subprocess.run(
        COMMAND,
        cwd=tmp_path,
        env=command.clean_environment(NSHIFT_WEBHOOK_SECRET=""),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("There is no secret, whsec_...: set NSHIFT_WEBHOOK_")


def test_a_taken_port_is_told_in_one_line(start, tmp_path):
    port = re.search(r":(\d+)/", start().url)[1]
    ran = subprocess.run(
        [*COMMAND, f"--port={port}"],
        cwd=tmp_path,
        env=command.clean_environment(NSHIFT_WEBHOOK_SECRET=SECRET),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == f"{port}: Address already in use\n"


def test_it_is_installed_by_pip(tmp_path):
    source = tmp_path / "receiver"
    shutil.copytree(FOLDER, source, ignore=shutil.ignore_patterns("__pycache__"))
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-build-isolation"]
    subprocess.run([*pip, "--no-deps", "--target", target, source], check=True)
    shown = subprocess.run(
        [sys.executable, target / "bin" / "nshift-webhooks-receiver", "--help"],
        env=command.clean_environment(PYTHONPATH=str(target)),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "--retry-after" in shown.stdout


def changes(*numbers):
    """Return updates of one order, with these numbers."""
    return [
        {
            "id": f"msg_{number}",
            "type": "order.updated",
            "data": {"order": {"id": 1, "name": str(number)}, "sequence": number},
        }
        for number in numbers
    ]


def test_the_picture():
    picture = Picture()
    for message in changes(1, 3, 2):
        picture.apply(message)
    assert picture.held() == {("order", 1): {"id": 1, "name": "3"}}
    [gone, tested, later] = changes(4, 0, 3)
    picture.apply(gone | {"type": "order.deleted"})
    tested["data"] |= {"order": {"id": 2}, "test": True}
    picture.apply(tested)
    picture.apply(later)
    assert picture.held() == {}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_every_message_can_be_described(file: Path):
    message = json.loads(file.read_text(encoding="utf-8"))
    head, *facts = describe(message)
    assert head.startswith(f"{message['type']}  ")
    assert len(facts) > 3


def test_a_message_without_the_record():
    [message] = changes(1)
    head, *_facts, state = describe(message)
    assert head == "order.updated  1  (order 1, sequence 1)"
    assert state == "    state    not in this message: read it in Odoo"


def test_what_somebody_typed_does_not_reach_the_terminal():
    [message] = changes(1)
    message["data"]["order"]["name"] = "\x1b[31mred\nsecond line"
    assert describe(message)[0].startswith("order.updated   [31mred second line  (")
