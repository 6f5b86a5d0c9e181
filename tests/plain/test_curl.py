"""The command that sends a message by curl, run by a real shell and received."""

import json
import os
import subprocess
import time

import pytest
from delivery.curl import LONGEST_BODY, check_destination, curl_command
from delivery.request import attempt_headers
from delivery.sender import Message
from delivery.signature import new_private_key, new_secret, sign
from delivery.url import UrlError

from dev import certificate
from dev.receiver import Receiver

PATH = "/hook?a={b}&c=[1]'\";$(touch%20x)"
#: What a shell, a terminal or curl could take for something else.
NASTY = (
    "{}",
    "@not-a-file",
    'it\'s "quoted" `id` $(id) $HOME \\n \\x41 !! !$ %s *',
    "a\tb\nc\r\nd\n",
    "\x01\x1b[31m\x7f\x85\xa0\u200b\u2028\u2029\ufeff\ufffd e\u0301",
    "Ærø 🚢 中文",
    "".join(map(chr, range(1, 256))),
    "'",
    "\\",
    "\x7f'a\\b!c\x7fabc",
)


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as receiver:
        yield receiver


def run(command, folder):
    """Run a command as somebody does who pastes it into a shell."""
    trust = {"CURL_CA_BUNDLE": str(certificate.ensure().certificate)}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-s"],
        input=command.encode(),
        cwd=folder,
        env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **trust},
        capture_output=True,
        timeout=60,
    )


def command_for(receiver, body, secret, path=PATH):
    """Make the command of a message; return it and when it was signed."""
    receiver.register(path, secret)
    timestamp = int(time.time())
    signature = sign((secret, new_private_key()), "msg_1", timestamp, body)
    headers = attempt_headers(Message("msg_1", body, 3), timestamp, signature)
    return curl_command(receiver.url(path), headers, body, "msg_1.json")


def send(receiver, body, secret, folder):
    """Run the command of a message; return what the receiver gets."""
    command = command_for(receiver, body, secret)
    assert secret not in command
    before = len(receiver.requests())
    done = run(command, folder)
    [request] = receiver.wait_for(before + 1)[before:]
    assert b"HTTP/1.1 " in done.stdout, done.stderr
    return request


@pytest.mark.parametrize("text", NASTY)
def test_every_byte_arrives(receiver, tmp_path, text):
    assert send(receiver, text.encode(), new_secret(), tmp_path).body == text.encode()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", NASTY)
def test_the_signature_is_right(receiver, tmp_path, text):
    """By the library that receivers use, which takes nothing but JSON."""
    body = json.dumps({text: text}, ensure_ascii=False).encode()
    request = send(receiver, body + b" \r\n\t\n", new_secret(), tmp_path)
    assert (request.fault, request.message) == (None, {text: text})
    assert request.message_id == "msg_1"
    assert request.headers["webhook-attempt"] == "3"
    assert request.headers["content-type"] == "application/json"


def test_a_long_message_is_read_from_a_file(receiver, tmp_path):
    body, secret = json.dumps("\x7f\n@" * 500_000).encode(), new_secret()
    assert len(command_for(receiver, body, secret)) < 2000
    (tmp_path / "msg_1.json").write_bytes(body)
    request = send(receiver, body, secret, tmp_path)
    assert (request.fault, request.body) == (None, body)


def test_the_longest_command_runs(receiver, tmp_path):
    body = b'"%s"' % (b"\x7f" * (LONGEST_BODY - 2))
    assert send(receiver, body, new_secret(), tmp_path).fault is None


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "http://localhost:8000/hook",
        "http://localhost",
        "http://127.0.0.1?x=1",
        "http://[::1]:80/",
    ],
)
def test_where_it_may_go(url):
    check_destination(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "http://localhost.example.com/",
        "http://localhost@example.com/",
        "http://127.0.0.1.example.com/",
        "file:///etc/passwd",
        "https://user:password@example.com/",
        "https://example.com/\nx",
        "http://localhost/\n",
        "-o/tmp/x",
        "",
        None,
    ],
)
def test_where_it_may_not_go(url):
    with pytest.raises(UrlError):
        check_destination(url)
