"""The examples of the README are true: they run here, and are what it shows."""

import base64
import json
import subprocess
import sys
import textwrap
import time

import pytest
from delivery.signature import new_secret, sign
from payload.envelope import new_message_id

from dev import interpreters, node, paths

FOLDER = paths.ROOT / "docs" / "examples"
MESSAGES = paths.ADDON / "contract" / "examples"
SECRET = new_secret()

# Each reads {secret, headers, body} and tells whether the example is satisfied.
PYTHON = """
import base64, json, sys
sys.path.insert(0, {folder!r})
from verify import verify
given = json.load(sys.stdin)
try:
    verify(given["secret"], given["headers"], base64.b64decode(given["body"]))
except ValueError as error:
    sys.exit(str(error))
"""
NODE = """
import {{ readFileSync }} from "node:fs";
import {{ verify }} from {file!r};
const given = JSON.parse(readFileSync(0, "utf8"));
try {{
    verify(given.secret, given.headers, Buffer.from(given.body, "base64"));
}} catch (error) {{
    console.error(error.message);
    process.exit(1);
}}
"""
PHP = """
require {file!r};
$given = json_decode(file_get_contents('php://stdin'), true);
try {{
    verify($given['secret'], $given['headers'], base64_decode($given['body']));
}} catch (RuntimeException $error) {{
    fwrite(STDERR, $error->getMessage());
    exit(1);
}}
"""
#: The file, how to get the interpreter, its options, and the program that it runs.
EXAMPLES = {
    "verify.py": (lambda: sys.executable, ["-B", "-c"], PYTHON),
    "verify.mjs": (node.path, ["--input-type=module", "-e"], NODE),
    "verify.php": (interpreters.PHP.path, ["-r"], PHP),
}
TOO_OLD = "The timestamp is missing, too old or too new."
NO_MATCH = "No signature matches."


@pytest.fixture(params=EXAMPLES)
def verify(request):
    """One of the examples: returns what it complains about, empty if nothing."""
    interpreter, options, harness = EXAMPLES[request.param]
    code = harness.format(folder=str(FOLDER), file=str(FOLDER / request.param))
    command = [interpreter(), *options, code]

    def verify(secret, headers, body):
        given = {
            "secret": secret,
            "headers": headers,
            "body": base64.b64encode(body).decode(),
        }
        ran = subprocess.run(
            command,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        complaint = ran.stderr.strip()
        assert (ran.returncode == 0) == (complaint == ""), complaint
        return complaint

    return verify


@pytest.fixture
def message():
    """A message as it is sent: the headers, and the body."""
    return signed()


def signed(age=0):
    """A message that was signed some seconds ago."""
    message_id = new_message_id()
    body = '{"name":"Größe 5 \U0001f4e6"}'.encode()
    timestamp = int(time.time()) - age
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign([SECRET], message_id, timestamp, body),
    }
    return headers, body


def test_a_genuine_message(verify, message):
    assert verify(SECRET, *message) == ""


def test_a_message_that_is_still_recent(verify):
    assert verify(SECRET, *signed(age=4 * 60)) == ""


def test_a_changed_body(verify, message):
    headers, body = message
    assert verify(SECRET, headers, body + b" ") == NO_MATCH


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_a_changed_header(verify, message, header):
    headers, body = message
    last = headers[header][-1]
    headers[header] = headers[header][:-1] + ("1" if last == "0" else "0")
    assert verify(SECRET, headers, body) == NO_MATCH


@pytest.mark.parametrize("age", [6 * 60, -6 * 60])
def test_an_old_message_or_one_from_the_future(verify, age):
    assert verify(SECRET, *signed(age)) == TOO_OLD


def test_another_secret(verify, message):
    assert verify(new_secret(), *message) == NO_MATCH


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("webhook-id", NO_MATCH),
        ("webhook-timestamp", TOO_OLD),
        ("webhook-signature", NO_MATCH),
    ],
)
def test_a_missing_header(verify, message, header, complaint):
    headers, body = message
    del headers[header]
    assert verify(SECRET, headers, body) == complaint


def test_one_of_several_signatures(verify, message):
    headers, body = message
    right = headers["webhook-signature"]
    other = sign([new_secret()], headers["webhook-id"], int(time.time()), body)
    headers["webhook-signature"] = f"v1a,nonsense {other} {right}"
    assert verify(SECRET, headers, body) == ""
    headers["webhook-signature"] = f"v1a,{right.partition(',')[2]} {other}"
    assert verify(SECRET, headers, body) == NO_MATCH


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("python", "verify.py"),
        ("js", "verify.mjs"),
        ("php", "verify.php"),
        ("json", "order.created.json"),
    ],
)
def test_the_readme_shows_the_example(language, name):
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    folder = MESSAGES if language == "json" else FOLDER
    text = (folder / name).read_text(encoding="utf-8")
    assert f"```{language}\n{text}```\n" in readme


def test_the_readme_shows_what_was_before_an_update():
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    text = (MESSAGES / "order.updated.json").read_text(encoding="utf-8")
    previous = json.loads(text)["data"]["previous"]
    shown = json.dumps({"previous": previous}, indent=2)[2:-2]
    assert f"```json\n{textwrap.dedent(shown).strip()}\n```\n" in readme
