"""The examples of README and docs/RECEIVER.md are true: they run, and are shown so."""

import base64
import json
import shutil
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from delivery.signature import new_secret, sign
from payload.envelope import new_message_id

from dev import paths
from dev.programs import Program

from . import node

FOLDER = paths.ROOT / "docs" / "examples"
MESSAGES = paths.ADDON / "contract" / "examples"
SECRET = new_secret()
# Without the files in /etc that its packages would be set up with.
PHP_PROGRAM = Program(
    name="php",
    names=("php",),
    packages=("php-cli",),
    binary="usr/bin/php?*",
    hint="Install PHP.",
    start="extension=$(echo '{prefix}'/usr/lib/php/*/ctype.so)\n"
    "exec '{binary}' -n -d extension=\"$extension\"",
)

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
GO = """
package main
import ("encoding/json"; "fmt"; "net/http"; "os")
func main() {
    var given struct { Secret string; Headers map[string]string; Body []byte }
    json.NewDecoder(os.Stdin).Decode(&given)
    headers := http.Header{}
    for name, value := range given.Headers { headers.Set(name, value) }
    if err := Verify(given.Secret, headers, given.Body); err != nil {
        fmt.Fprint(os.Stderr, err)
        os.Exit(1)
    }
}
"""
# It knows no JSON, and reads the same as lines.
JAVA = """
class Harness {
    public static void main(String[] none) throws Exception {
        var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in))
            .lines().toList();
        var headers = new java.util.HashMap<String, String>();
        for (String line : lines.subList(2, lines.size()))
            headers.put(line.split("\t")[0], line.split("\t")[1]);
        try {
            byte[] body = java.util.Base64.getDecoder().decode(lines.get(1));
            Verify.verify(lines.get(0), headers, body);
        } catch (SecurityException error) {
            System.err.print(error.getMessage());
            System.exit(1);
        }
    }
}
"""


def interpreted(name, interpreter, *options, harness):
    def command(_folder):
        code = harness.format(folder=str(FOLDER), file=str(FOLDER / name))
        return [interpreter(), *options, code]

    return command


def compiled(name, compiler, *options, harness, start):
    """By a compiler of this machine's; without one, nothing is tested."""

    def command(folder):
        if not shutil.which(compiler):
            pytest.skip(f"{compiler} is not on this machine")
        example = Path(shutil.copy(FOLDER / name, folder))
        main = example.with_stem("Harness")
        main.write_text(harness)
        built = [compiler, *options, main.name, example.name]
        subprocess.run(built, cwd=folder, check=True, timeout=300)
        return start

    return command


#: How to get the command that reads {secret, headers, body}, by the example's file.
EXAMPLES = {
    "verify.py": interpreted(
        "verify.py", lambda: sys.executable, "-B", "-c", harness=PYTHON
    ),
    "verify.mjs": interpreted(
        "verify.mjs", node.path, "--input-type=module", "-e", harness=NODE
    ),
    "verify.php": interpreted("verify.php", PHP_PROGRAM.path, "-r", harness=PHP),
    "verify.go": compiled(
        "verify.go", "go", "build", "-o", "verify", harness=GO, start=["./verify"]
    ),
    "Verify.java": compiled(
        "Verify.java",
        "javac",
        "-d",
        ".",
        harness=JAVA,
        start=["java", "-XX:TieredStopAtLevel=1", "-cp", ".", "Harness"],
    ),
}
TOO_OLD = "the timestamp is missing, too old or too new"
NO_MATCH = "no signature matches"


@pytest.fixture(scope="module", params=EXAMPLES)
def verify(request, tmp_path_factory):
    """One of the examples: returns what it complains about, empty if nothing."""
    folder = tmp_path_factory.mktemp("example")
    command = EXAMPLES[request.param](folder)

    def verify(secret, headers, body):
        body = base64.b64encode(body).decode()
        given = json.dumps({"secret": secret, "headers": headers, "body": body})
        if request.param == "Verify.java":
            pairs = ["\t".join(pair) for pair in headers.items()]
            given = "\n".join([secret, body, *pairs])
        ran = subprocess.run(
            command,
            cwd=folder,
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        complaint = ran.stderr.strip()
        assert (ran.returncode == 0) == (complaint == ""), complaint
        return complaint.lower().removesuffix(".")

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
    ("page", "language", "name"),
    [
        ("docs/RECEIVER.md", "php", "verify.php"),
        ("docs/RECEIVER.md", "go", "verify.go"),
        ("docs/RECEIVER.md", "java", "Verify.java"),
        ("README.md", "json", "order.created.json"),
    ],
)
def test_the_page_shows_the_example(page, language, name):
    shown = (paths.ROOT / page).read_text(encoding="utf-8")
    folder = MESSAGES if language == "json" else FOLDER
    text = (folder / name).read_text(encoding="utf-8")
    assert f"```{language}\n{text}```\n" in shown


def test_the_readme_shows_what_was_before_an_update():
    readme = (paths.ROOT / "README.md").read_text(encoding="utf-8")
    text = (MESSAGES / "order.updated.json").read_text(encoding="utf-8")
    previous = json.loads(text)["data"]["previous"]
    shown = json.dumps({"previous": previous}, indent=2)[2:-2]
    assert f"```json\n{textwrap.dedent(shown).strip()}\n```\n" in readme
