"""Compressed requests: what receivers get, and verify, behind what they are built on.

Frameworks differ: Express unpacks a request, and leaves ``Content-Encoding`` as it is;
FastAPI, and most others, hand on what has come. So receivers look at the first two
bytes, which no JSON has, and not at the header.
"""

import json
import subprocess
import threading
import time
import zlib

import pytest
import uvicorn
from delivery.compression import COMPRESS_FROM_BYTES, content_of
from delivery.sender import Endpoint, Message
from delivery.signature import new_secret
from fastapi import FastAPI, HTTPException, Request
from standardwebhooks import Webhook, WebhookVerificationError

from dev import certificate, ports
from dev.receiver import Receiver

from . import node

MOST_BYTES = 5_000_000
SMALL = json.dumps({"name": "Ærø 🚢"}).encode()
LARGE = json.dumps({"lines": [{"id": n, "name": "Ærø"} for n in range(9000)]}).encode()

EXPRESS = """
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";
const require = createRequire(process.argv[2]);
const express = require("express");
const { Webhook } = require("standardwebhooks");
const [, , , port, cert, key, secret, inflate] = process.argv;
const app = express();
const raw = express.raw({
    type: "application/json", limit: "5mb", inflate: inflate === "yes",
});
app.post("/", raw, (request, response) => {
    let body = request.body;
    if (body[0] === 0x1f && body[1] === 0x8b) {
        body = gunzipSync(body, { maxOutputLength: 5_000_000 });
    }
    try {
        new Webhook(secret).verify(body, request.headers);
    } catch (error) {
        return response.status(401).send(error.message);
    }
    response.send(`${body.length} ${request.headers["content-encoding"]}`);
});
createServer({ cert: readFileSync(cert), key: readFileSync(key) }, app).listen(
    Number(port), "127.0.0.1", () => console.log("ready"),
);
"""


@pytest.fixture(scope="module")
def secret():
    return new_secret()


@pytest.fixture
def fastapi(secret):
    app = FastAPI()

    @app.post("/")
    async def receive(request: Request):
        body = await request.body()
        if body.startswith(b"\x1f\x8b"):
            body = zlib.decompressobj(31).decompress(body, MOST_BYTES)
        try:
            Webhook(secret).verify(body, dict(request.headers))
        except WebhookVerificationError as error:
            raise HTTPException(401, str(error)) from error
        return f"{len(body)} {request.headers.get('content-encoding')}"

    files, port = certificate.ensure(), ports.free_port()
    config = uvicorn.Config(
        app,
        port=port,
        log_level="error",
        ssl_certfile=str(files.certificate),
        ssl_keyfile=str(files.key),
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"https://localhost:{port}/"
    server.should_exit = True
    thread.join()


@pytest.fixture(params=["yes", "no"], ids=["unpacks", "does not unpack"])
def express(request, secret, tmp_path):
    """What Express does by itself, and what it does with ``inflate: false``."""
    script = tmp_path / "receiver.mjs"
    script.write_text(EXPRESS)
    files, port = certificate.ensure(), ports.free_port()
    modules = node.libraries() / "package.json"
    arguments = [modules, port, files.certificate, files.key, secret, request.param]
    program = subprocess.Popen(
        [node.path(), script, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout.readline() == "ready\n"
    yield f"https://localhost:{port}/", request.param
    program.kill()
    program.wait()
    program.stdout.close()


def test_content():
    """Only what is large, and only for whom it was asked; the same bytes each time."""
    assert content_of(LARGE, False) == (LARGE, (("Content-Length", len(LARGE)),))
    small = b"x" * (COMPRESS_FROM_BYTES - 1)
    assert content_of(small, True)[0] == small
    packed, headers = content_of(LARGE, True)
    assert headers == (("Content-Encoding", "gzip"), ("Content-Length", len(packed)))
    assert zlib.decompress(packed, 31) == LARGE
    assert content_of(LARGE, True)[0] == packed
    assert len(content_of(small + b"x", True)[0]) < COMPRESS_FROM_BYTES


@pytest.mark.parametrize("compresses", [True, False])
def test_receiver(sender, secret, compresses):
    """The signature is that of the message before it is compressed."""
    with Receiver() as receiver:
        receiver.register("/", secret)
        endpoint = Endpoint(receiver.url("/"), (secret,), compresses=compresses)
        for body in (LARGE, SMALL):
            answer = sender.send(endpoint, Message("msg_1", body))
            assert answer.response_code == 200, answer
        large, small = receiver.wait_for(2)
    assert (large.body, small.body) == (LARGE, SMALL)
    assert (large.fault, small.fault) == (None, None)
    assert large.headers.get("content-encoding") == ("gzip" if compresses else None)
    size = int(large.headers["content-length"])
    assert (size < len(LARGE) / 5) == compresses
    assert "content-encoding" not in small.headers


def test_fastapi(sender, secret, fastapi):
    endpoint = Endpoint(fastapi, (secret,), compresses=True)
    answer = sender.send(endpoint, Message("msg_1", LARGE))
    assert answer.response_body == f'"{len(LARGE)} gzip"'
    answer = sender.send(endpoint, Message("msg_1", SMALL))
    assert answer.response_body == f'"{len(SMALL)} None"'


def test_express(sender, secret, express):
    """The header is there whether Express has unpacked the body or not."""
    url, inflates = express
    endpoint = Endpoint(url, (secret,), compresses=True)
    answer = sender.send(endpoint, Message("msg_1", LARGE))
    if inflates == "yes":
        assert answer.response_body == f"{len(LARGE)} gzip"
    else:
        # it refuses what is compressed, if it may not unpack it
        assert answer.response_code == 415
