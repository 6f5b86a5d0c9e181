"""Promises 1 and 2 when processes are killed: what is committed is delivered, and what
is sent twice is sent under the same id.
"""

import threading
import time

import pytest

from dev.receiver import answer

from .waiting import eventually


@pytest.fixture
def kill(shop):
    """Kills the server, which is up again after the test."""
    yield shop.odoo.kill
    if shop.odoo.process is None:
        shop.odoo.start()


def test_the_server_is_killed_while_a_request_is_in_flight(shop, kill):
    arrived = threading.Event()

    def slow(handler):
        arrived.set()
        return answer(200, delay=10)(handler)

    hook = shop.hook(answers=[slow])
    orders = [shop.order() for _number in range(3)]
    assert arrived.wait(60)
    # the others, whichever these are, pass, and are recorded
    eventually(
        lambda: (
            sorted(event["state"] for event in shop.events(hook))
            == ["delivered", "delivered", "pending"]
        )
    )
    kill()
    # queue_job takes a job for dead 10 s after it was handed out, and looks when it
    # starts; later only once a minute
    time.sleep(11)
    shop.odoo.start()
    events = shop.settled(hook, count=3)
    assert [event["res_id"] for event in events] == orders
    assert {event["state"] for event in events} == {"delivered"}
    requests = shop.receiver.wait_for(4, hook.path)
    assert {request.fault for request in requests} == {None}
    bodies = {}
    for request in requests:
        bodies.setdefault(request.message_id, set()).add(request.body)
    assert set(bodies) == {event["message_id"] for event in events}
    assert all(len(versions) == 1 for versions in bodies.values())
    assert len(requests) == 4, "only what was in flight is sent twice"
