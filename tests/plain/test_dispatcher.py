"""How one job serves many webhooks, with what is in the database made up."""

import threading
import time
from collections import defaultdict

import pytest
from delivery import dispatcher
from delivery.dispatcher import Dispatcher
from delivery.health import Health
from delivery.lane import Lane, Parcel
from delivery.sender import Answer, Endpoint, Message

ENDPOINT = Endpoint("https://example.com/", ("whsec_",))


class Store:
    """Webhooks whose events are numbers; the thousands say to which one they belong."""

    def __init__(self, send, **due):
        self.send = send
        self.due = defaultdict(list, due)
        self.lanes = []
        self.recorded = []
        self.locked = set()
        self.parallel = 4

    def open_lanes(self, held):
        opened = [
            Lane(id_, self) for id_ in self.due if self.due[id_] and id_ not in held
        ]
        self.locked.update(lane.webhook_id for lane in opened)
        self.lanes += opened
        return opened

    def close_lane(self, lane):
        self.locked.remove(lane.webhook_id)

    def close(self):
        """As a sender."""

    def refill(self, lane):
        lane.direct(ENDPOINT, self.parallel, Health())
        new = [id_ for id_ in self.due[lane.webhook_id] if id_ not in lane.in_hand]
        lane.add([Parcel(id_, Message(str(id_), b"")) for id_ in new])

    def record(self, answers):
        for lane, event_id, answer in answers:
            self.recorded.append((event_id, answer.failure))
            self.due[lane.webhook_id].remove(event_id)
        return ()


def accept(endpoint, message):
    return Answer(response_code=200)


def test_all_that_is_due_is_sent_and_recorded_once():
    store = Store(accept, one=list(range(500)), two=list(range(1000, 1100)))
    Dispatcher(store).run()
    assert sorted(store.recorded) == [
        (id_, None) for id_ in [*range(500), *range(1000, 1100)]
    ]
    assert not store.locked


def test_what_becomes_due_meanwhile_is_sent_too():
    def send(endpoint, message):
        if message.message_id == "1":
            store.due["two"].append(1000)
        return Answer(response_code=200)

    store = Store(send, one=[1])
    Dispatcher(store).run()
    assert store.recorded == [(1, None), (1000, None)]


def test_what_cannot_be_sent_is_an_answer_and_no_end(caplog):
    def send(endpoint, message):
        if message.message_id == "1":
            raise ValueError("broken")
        return Answer(response_code=200)

    store = Store(send, one=[1, 2])
    Dispatcher(store).run()
    assert sorted(store.recorded) == [(1, "fault"), (2, None)]
    assert "Message 1 cannot be sent" in caplog.text


def test_answers_are_recorded_also_when_something_fails_meanwhile():
    release = threading.Event()

    def send(endpoint, message):
        release.wait(10)
        return Answer(response_code=200)

    class Failing(Store):
        def refill(self, lane):
            if lane.in_hand:
                release.set()
                raise ValueError("broken")
            super().refill(lane)

    store = Failing(send, one=[1, 2])
    with pytest.raises(ValueError, match="broken"):
        Dispatcher(store).run()
    assert sorted(store.recorded) == [(1, None), (2, None)]
    assert not store.locked


def test_after_its_time_a_job_begins_nothing_more():
    started = []

    def send(endpoint, message):
        started.append(message.message_id)
        time.sleep(0.05)
        return Answer(response_code=200)

    store = Store(send, one=list(range(1000)))
    Dispatcher(store, duration=0.3).run()
    assert 0 < len(started) < 1000
    assert len(store.recorded) == len(started)


def test_while_a_slow_endpoint_is_waited_for_others_are_served(monkeypatch):
    """Also after the job's time, which ends when the slow one has answered."""
    monkeypatch.setattr(dispatcher, "SLOW", 0.1)
    begun = []

    def send(endpoint, message):
        begun.append(message.message_id)
        if message.message_id == "1":
            # longer than the job's time, and until another one has been served
            time.sleep(0.5)
            store.due["two"].append(1000)
            end = time.monotonic() + 10
            while "1000" not in begun and time.monotonic() < end:
                time.sleep(0.01)
        return Answer(response_code=200)

    store = Store(send, one=[1])
    store.parallel = 1
    store.due["one"].append(2)
    Dispatcher(store, duration=0.2).run()
    # what the slow one has not begun is left to the next job
    assert begun == ["1", "1000"]
    assert sorted(store.recorded) == [(1, None), (1000, None)]


def test_even_for_a_slow_endpoint_a_job_does_not_go_on_for_ever(monkeypatch):
    monkeypatch.setattr(dispatcher, "SLOW", 0.05)
    monkeypatch.setattr(dispatcher, "EXTENSION", 0.3)

    def send(endpoint, message):
        time.sleep(0.2)
        return Answer(response_code=200)

    store = Store(send, **{f"webhook {number}": [number] for number in range(50)})
    served = iter(list(store.due.items()))
    store.due.clear()

    def open_lanes(held):
        # always another slow one
        webhook, due = next(served)
        store.due[webhook] = due
        return Store.open_lanes(store, held)

    store.open_lanes = open_lanes
    Dispatcher(store, duration=0.2).run()
    assert 0 < len(store.recorded) < 50
