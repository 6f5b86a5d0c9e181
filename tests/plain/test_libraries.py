"""What the addon delivers is verified by the libraries that receivers use."""

import base64
import json
import subprocess

import pytest
import standardwebhooks
import svix.webhooks
from delivery.sender import Endpoint, Message
from delivery.signature import new_private_key, new_secret
from payload.envelope import new_message_id

from dev.receiver import Receiver

from . import node
from .trust import trusting_sender

#: Reads {library, secret, headers, body}, and prints what the library makes of it.
NODE = """
import { readFileSync } from "node:fs";
const given = JSON.parse(readFileSync(0, "utf8"));
const { Webhook } = await import(given.library);
try {
    const body = Buffer.from(given.body, "base64");
    new Webhook(given.secret).verify(body, given.headers);
} catch (error) {
    console.log(error.message);
}
"""


def by_node(library):
    def fault(secret, headers, body):
        given = {
            "library": library,
            "secret": secret,
            "headers": headers,
            "body": base64.b64encode(body).decode(),
        }
        return subprocess.run(
            [node.path(), "--input-type=module", "-e", NODE],
            input=json.dumps(given),
            cwd=node.libraries().parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout.strip()

    return fault


def by_python(library):
    def fault(secret, headers, body):
        try:
            library.Webhook(secret).verify(body, headers)
        except standardwebhooks.WebhookVerificationError as error:
            return str(error)
        return ""

    return fault


LIBRARIES = {
    "python standardwebhooks": by_python(standardwebhooks),
    "python svix": by_python(svix.webhooks),
    "node standardwebhooks": by_node("standardwebhooks"),
    "node svix": by_node("svix"),
}


@pytest.fixture(params=LIBRARIES)
def fault(request):
    """What a library complains about, empty if nothing."""
    return LIBRARIES[request.param]


@pytest.fixture(scope="module")
def deliver():
    """Have the addon deliver a message; returns the request as it arrived."""
    with Receiver() as receiver, trusting_sender() as sender:

        def deliver(*keys):
            path = f"/{new_message_id()}"
            receiver.register(path, keys[0], verifies=False)
            message = Message(new_message_id(), '{"name":"Größe 5 📦"}'.encode())
            sender.send(Endpoint(receiver.url(path), keys), message)
            [request] = receiver.wait_for(1, path)
            return request

        yield deliver


def test_a_delivery(fault, deliver):
    secret = new_secret()
    request = deliver(secret)
    assert fault(secret, request.headers, request.body) == ""


def test_another_secret(fault, deliver):
    request = deliver(new_secret())
    assert "matching" in fault(new_secret(), request.headers, request.body)


def test_a_changed_body(fault, deliver):
    secret = new_secret()
    request = deliver(secret)
    assert "matching" in fault(secret, request.headers, request.body + b" ")


def test_each_secret_while_one_is_replaced(fault, deliver):
    secrets = new_secret(), new_secret()
    request = deliver(*secrets, new_private_key())
    for secret in secrets:
        assert fault(secret, request.headers, request.body) == ""
