"""An endpoint that answers as fast as it can, in a process of its own."""

import asyncio
import contextlib
import multiprocessing
import os
import ssl
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection

from .. import certificate, ports

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
REFUSAL = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


class Sink:
    """What the measuring process knows of the endpoint.

    :param port: it listens there.
    :param pipe: to the other process.
    """

    def __init__(self, port: int, pipe: Connection):
        self.url = f"https://localhost:{port}/"
        self._pipe = pipe

    def take(self) -> list[tuple[str, float]]:
        """The `webhook-id` of each message that has come in, and when it did.

        Times are as of ``time.monotonic``. What is taken is forgotten.
        """
        self._pipe.send(None)
        return self._pipe.recv()

    def wait_for(self, number: int, seconds: float = 300) -> list[tuple[str, float]]:
        """Take so many messages, oldest first.

        :raises TimeoutError: they do not come.
        """
        taken: list[tuple[str, float]] = []
        end = time.monotonic() + seconds
        while len(taken) < number:
            if time.monotonic() > end:
                raise TimeoutError(f"only {len(taken)} of {number} messages came")
            time.sleep(0.02)
            taken += self.take()
        return taken


@contextlib.contextmanager
def running(delay: float = 0, refused: str | None = None) -> Iterator[Sink]:
    """An endpoint on a free port of this machine.

    :param delay: seconds before each answer.
    :param refused: messages in which this is are refused; None: none are.
    """
    port = ports.free_port()
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(
        target=_serve, args=(port, delay, refused, theirs), daemon=True
    )
    process.start()
    ours.recv()
    try:
        yield Sink(port, ours)
    finally:
        process.kill()
        process.join()


def _serve(port: int, delay: float, refused: str | None, pipe: Connection) -> None:
    # a real endpoint would not be on this machine
    os.nice(19)
    asyncio.run(_main(port, delay, refused, pipe))


async def _main(port: int, delay: float, refused: str | None, pipe: Connection) -> None:
    came: list[tuple[str, float]] = []

    async def serve(reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                headers = dict(
                    line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2]
                )
                body = await reader.readexactly(int(headers["content-length"]))
                came.append((headers.get("webhook-id", ""), time.monotonic()))
                if delay:
                    await asyncio.sleep(delay)
                is_refused = refused is not None and refused.encode() in body
                writer.write(REFUSAL if is_refused else ANSWER)
        writer.close()

    def answer():
        nonlocal came
        pipe.recv()
        pipe.send(came)
        came = []

    files = certificate.ensure()
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(files.certificate, files.key)
    asyncio.get_running_loop().add_reader(pipe.fileno(), answer)
    server = await asyncio.start_server(serve, "127.0.0.1", port, ssl=tls)
    pipe.send(None)
    async with server:
        await server.serve_forever()
