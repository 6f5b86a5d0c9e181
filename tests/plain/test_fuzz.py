"""Hostile answers at random: none holds a request up, costs much, or fools it.

``NSHIFT_FUZZ_SECONDS`` says for how long; a failure tells the seed with which
``NSHIFT_FUZZ_SEED`` plays the same answers again.
"""

import logging
import os
import resource
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace

import hypothesis
import pytest
from delivery import sender as sender_module
from delivery.retry_after import LONGEST_RETRY_AFTER_S
from delivery.sender import KEPT_BODY_BYTES, Message
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from .hostile import HostileServer, attacks
from .trust import trusting_sender

SECONDS = float(os.environ.get("NSHIFT_FUZZ_SECONDS", "20"))
#: Seconds that a request may take that is attacked, and one that is not.
TIMEOUT = 0.5
PATIENCE = 10
#: Seconds beyond that, on a machine that is busy with other things.
SLACK = 4
#: Seconds of processor that a request may cost.
MOST_PROCESSOR = 0.5
#: Bytes of the log that a request may cost.
MOST_LOG = 2000
#: Attacks that are played at the same time.
AT_ONCE = 8
#: Kilobytes by which the process may grow, with the servers and what Hypothesis draws:
#: less than the bombs have that can be played at a time.
MOST_GROWTH = AT_ONCE * 30_000
FAILURES = {None, "timeout", "broken", "answer", "redirect", "status"} | {
    "not_https",
    "old_tls",
    "untrusted",
    "expired",
    "misnamed",
    "client_certificate",
    "tls",
}
TOKEN, VALUE = "token-in-the-url", "value-of-a-header"


class Log(logging.Handler):
    """Keeps what is logged at WARNING or above, as it would be written."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.text = ""

    def emit(self, record):
        self.text += self.format(record)


@contextmanager
def logged():
    log = Log()
    logging.getLogger().addHandler(log)
    try:
        yield log
    finally:
        logging.getLogger().removeHandler(log)


@dataclass
class Cost:
    """What a request took: seconds of those that it had, seconds of processor, and
    bytes left to receive.
    """

    seconds: float
    limit: float
    processor: float
    bytes_left: int


@pytest.fixture(scope="module")
def limits():
    """Of each thread: the seconds that its next request may take, and the limits of
    its last one.
    """
    limits, real = threading.local(), sender_module.deadline

    @contextmanager
    def deadline(_seconds, most_bytes):
        with real(limits.seconds, most_bytes) as request:
            limits.request = request
            yield request

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sender_module, "deadline", deadline)
        yield limits


def send(sender, endpoint, message_id, limits, seconds):
    """Send a message within so many seconds; return its answer, and what it took."""
    limits.seconds = seconds
    started, processor = time.monotonic(), time.thread_time()
    answer = sender.send(endpoint, Message(message_id, b'{"name":"order"}'))
    return answer, Cost(
        time.monotonic() - started,
        seconds,
        time.thread_time() - processor,
        limits.request.bytes_left,
    )


def check(answer, cost):
    assert cost.seconds < cost.limit + SLACK, cost
    assert cost.processor < MOST_PROCESSOR, cost
    # one read more may have been under way
    assert cost.bytes_left >= -16384, cost
    code = answer.response_code
    assert code is None or 100 <= code <= 599, answer
    assert answer.failure in FAILURES, answer
    assert (answer.failure is None) == (code is not None and 200 <= code < 300), answer
    assert code is not None or answer.error, answer
    for text in (answer.response_body, answer.error):
        assert text is None or len(text) <= KEPT_BODY_BYTES, answer
        assert text is None or text.translate(dict.fromkeys(b"\r\n\t")).isprintable()
    seconds = answer.retry_after
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER_S, answer


def play(server, attack, limits):
    """Play an attack, and then send a message that gets a proper answer."""
    endpoint = replace(
        server.endpoint,
        url=server.endpoint.url + TOKEN,
        headers=(("X-Api-Key", VALUE),),
    )
    with trusting_sender() as sender:
        server.play(attack)
        answer, cost = send(sender, endpoint, "msg_attacked", limits, TIMEOUT)
        check(answer, cost)
        if attack.end == "endless":
            return
        # what it still sends is received now, not while the next answer is awaited
        server.played.wait(3 * TIMEOUT)
        # a connection may be open until somebody wants to use it
        for seconds in (PATIENCE,) if attack.end == "go on" else (TIMEOUT, PATIENCE):
            next_one, cost = send(sender, endpoint, "msg_next", limits, seconds)
            check(next_one, cost)
            if next_one.response_code:
                break
        assert next_one.response_body == "msg_next", f"{answer} {next_one}"


@pytest.mark.timeout(SECONDS * 2 + 300)
def test_hostile_answers(limits):
    """Each answer stays within the bounds, and is never taken for another's."""
    with ThreadPoolExecutor(AT_ONCE) as pool, ExitStack() as stack:
        servers = [
            stack.enter_context(closing(HostileServer())) for _ in range(AT_ONCE)
        ]

        @settings(
            max_examples=10,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            # it would print all that was sent
            verbosity=Verbosity.quiet,
            suppress_health_check=list(HealthCheck),
        )
        @given(st.data())
        def hold(data):
            some = [data.draw(attacks) for _server in servers]
            with logged() as log:
                playing = [
                    pool.submit(play, server, attack, limits)
                    for server, attack in zip(servers, some, strict=True)
                ]
                for attack, played in zip(some, playing, strict=True):
                    error = played.exception()
                    assert error is None, f"{attack}: {error!r}"
            assert TOKEN not in log.text
            assert VALUE not in log.text
            assert len(log.text) <= MOST_LOG * AT_ONCE

        seed = int(os.environ.get("NSHIFT_FUZZ_SEED", time.time_ns() % 2**32))
        ends_at = time.monotonic() + SECONDS
        grown_from = None
        while time.monotonic() < ends_at:
            print(f"NSHIFT_FUZZ_SEED={seed}")
            hypothesis.seed(seed)(hold)()
            seed += 1
            size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            grown_from = grown_from or size
            assert size - grown_from < MOST_GROWTH
