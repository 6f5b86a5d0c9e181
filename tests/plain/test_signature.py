import base64
import itertools
import json
import random
import secrets
import shutil
import subprocess
from datetime import datetime, timezone

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from delivery.signature import (
    check_secret,
    new_private_key,
    new_secret,
    public_key,
    sign,
)
from standardwebhooks import Webhook, WebhookVerificationError

from dev import paths

#: The official library for JavaScript, as the registry has it.
LIBRARY = "standardwebhooks@1.0.0"
VERIFY = """
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const { Webhook } = createRequire(process.argv[1])("standardwebhooks");
const { secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
try {
    new Webhook(secret).verify(body, headers);
} catch (error) {
    console.error(error.message);
    process.exit(1);
}
"""


@pytest.fixture(scope="module")
def javascript_verify():
    """The official library's verdict: what it complains about, empty if nothing."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    folder = paths.ENV_DIR / "npm"
    if not (folder / "node_modules" / "standardwebhooks").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        install = ["npm", "install", "--ignore-scripts", "--no-audit", LIBRARY]
        ran = subprocess.run(
            install, cwd=folder, capture_output=True, text=True, timeout=120
        )
        if ran.returncode:
            pytest.skip(f"npm cannot install it: {ran.stderr[-200:]}")
    command = ["node", "--input-type=module", "-e", VERIFY, str(folder / "index.js")]

    def verify(secret, headers, body):
        given = {"secret": secret, "headers": headers, "body": body}
        ran = subprocess.run(
            command,
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=60,
        )
        return ran.stderr.strip()

    return verify


def headers_for(keys, body, message_id="msg_1", now=None):
    now = now or int(datetime.now(timezone.utc).timestamp())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(now),
        "webhook-signature": sign(keys, message_id, now, body),
    }


def test_the_example_of_the_specification():
    """The vector that the specification's own libraries are tested with."""
    assert (
        sign(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize(
    "body", [b"{}", '{"name":"Ærø 🚢"}'.encode(), b"", b"\x00\xff"]
)
def test_the_official_library_signs_the_same(body):
    secret, message_id = new_secret(), "msg_1"
    now = datetime.now(timezone.utc)
    signature = sign([secret], message_id, int(now.timestamp()), body)
    if body.isascii() or body.startswith(b"{"):
        official = Webhook(secret).sign(message_id, now, body.decode())
        assert signature == official


def test_what_was_changed_is_refused():
    secret, now = new_secret(), int(datetime.now(timezone.utc).timestamp())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign([secret], "msg_1", now, b'{"a":1}'),
    }
    assert Webhook(secret).verify(b'{"a":1}', headers) == {"a": 1}
    for changed, body in (
        ({}, b'{"a":2}'),
        ({"webhook-id": "msg_2"}, b'{"a":1}'),
        ({"webhook-timestamp": str(now - 1)}, b'{"a":1}'),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(b'{"a":1}', headers)


def test_a_secret_has_as_many_bytes_as_the_specification_asks_for():
    """Between 24 and 64 random bytes, base64, behind ``whsec_``."""
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        prefix, _, key = secret.partition("_")
        assert prefix == "whsec"
        assert 24 <= len(base64.b64decode(key, validate=True)) <= 64


def test_a_key_pair_signs_too_and_the_public_key_verifies():
    """Scheme v1a: Ed25519 over the same content, ``whsk_`` and ``whpk_`` keys."""
    secret, private = new_secret(), new_private_key()
    body = b'{"a":1}'
    headers = headers_for([secret, private], body)
    symmetric, asymmetric = headers["webhook-signature"].split(" ")
    assert symmetric.startswith("v1,")
    version, signature = asymmetric.split(",")
    assert version == "v1a"
    prefix, _, encoded = public_key(private).partition("_")
    assert prefix == "whpk"
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded, validate=True))
    signed = f"msg_1.{headers['webhook-timestamp']}.".encode() + body
    key.verify(base64.b64decode(signature, validate=True), signed)
    with pytest.raises(InvalidSignature):
        key.verify(base64.b64decode(signature), signed + b" ")
    assert len(base64.b64decode(private.removeprefix("whsk_"), validate=True)) == 32


def test_the_key_pair_of_the_specification_of_ed25519():
    """RFC 8032, section 7.1, test 1: the public key of a private one."""
    seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    expected = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    private = "whsk_" + base64.b64encode(bytes.fromhex(seed)).decode()
    encoded = public_key(private).removeprefix("whpk_")
    assert base64.b64decode(encoded).hex() == expected


def test_while_a_secret_is_replaced_both_verify():
    old, new = new_secret(), new_secret()
    headers = headers_for([new, old], b'{"a":1}')
    for secret in (old, new):
        assert Webhook(secret).verify(b'{"a":1}', headers) == {"a": 1}


def test_the_official_library_for_javascript(javascript_verify):
    old, new, private = new_secret(), new_secret(), new_private_key()
    body = '{"name":"Ærø 🚢"}'
    headers = headers_for([new, private, old], body.encode())
    for secret in (old, new):
        assert javascript_verify(secret, headers, body) == ""
    assert javascript_verify(new_secret(), headers, body)
    assert javascript_verify(new, headers, body + " ")


def encoded(key):
    return "whsec_" + base64.b64encode(bytes(key)).decode()


def test_proper_secrets():
    """No random secret is refused, of whatever length."""
    check_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    for number in range(1000):
        check_secret(new_secret())
        check_secret(encoded(secrets.token_bytes(24 + number % 41)))


FEW_STEPS = random.Random(3).choices(range(10, 131, 12), k=40)
"""Eleven different ones."""


def with_steps(steps):
    """Return a secret by the differences between its bytes."""
    return encoded(number % 256 for number in itertools.accumulate(steps, initial=0))


def test_least_random_secret():
    """The bytes of a secret have twelve differences, however often each."""
    with pytest.raises(ValueError, match="random"):
        check_secret(with_steps(FEW_STEPS))
    check_secret(with_steps([200, *FEW_STEPS]))


@pytest.mark.parametrize(
    "secret",
    [
        None,
        False,
        5,
        b"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa-_",
        "whsec_ÄfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        encoded(range(0, 230, 10)),
        encoded(random.Random(0).randbytes(65)),
        encoded(24),
        encoded(b"ab" * 16),
        encoded(b"password" * 4),
        encoded(range(24)),
        encoded(range(64)),
        encoded(range(200, 8, -8)),
        encoded(number * 7 % 256 for number in range(32)),
    ],
)
def test_refused_secrets(secret):
    """Malformed, too short or long, or such as somebody could guess."""
    with pytest.raises(ValueError) as caught:
        check_secret(secret)
    assert not secret or str(secret) not in str(caught.value)
    assert caught.value.__cause__ is None
