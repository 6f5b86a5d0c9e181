"""How one job serves many webhooks, with what is in the database made up."""

import queue
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import pytest
from delivery import dispatcher
from delivery.dispatcher import Dispatcher
from delivery.health import Health
from delivery.lane import Lane, Parcel
from delivery.sender import Answer, Endpoint, Message

from ..store_contract import EVENTS, StoreContract

ENDPOINT = Endpoint("https://example.com/", ("whsec_",))


class Store:
    """Webhooks whose events are numbers; the thousands say to which one they belong."""

    def __init__(self, send, **due):
        self.send = send
        self.due = defaultdict(list, due)
        self.lanes = []
        self.announced = []
        self.recorded = []
        self.locked = set()
        self.parallel = 4
        self.rate = None

    def open_lanes(self, held, room):
        opened = [
            Lane(id_, self) for id_ in self.due if self.due[id_] and id_ not in held
        ][:room]
        self.locked.update(lane.webhook_id for lane in opened)
        self.lanes += opened
        return opened

    def close_lane(self, lane):
        self.locked.remove(lane.webhook_id)

    def leave_alone(self, webhook_id):
        self.due[webhook_id].clear()

    def close(self):
        """As a sender."""

    def refill(self, lane):
        lane.direct(ENDPOINT, self.parallel, self.rate, Health())
        new = [id_ for id_ in self.due[lane.webhook_id] if id_ not in lane.in_hand]
        lane.add([Parcel(id_, Message(str(id_), b"")) for id_ in new])

    def announce(self, parcels):
        self.announced += [
            parcel.event_id for taken in parcels.values() for parcel in taken
        ]

    def record(self, answers):
        for lane, event_id, answer in answers:
            self.recorded.append((event_id, answer.failure))
            if event_id in self.due[lane.webhook_id]:
                self.due[lane.webhook_id].remove(event_id)
        return ()


def accept(endpoint, message):
    return Answer(response_code=200)


class TestStore(StoreContract):
    """The store above is like the real one."""

    @pytest.fixture
    def job(self):
        due = {"one": list(range(EVENTS)), "two": list(range(1000, 1000 + EVENTS))}
        return Store(accept, **due), Answer(response_code=200)


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


def test_answer_that_is_not_recorded_yet_counts():
    """What is read again of the database meanwhile knows nothing of it."""
    sent, answers = [], queue.SimpleQueue()

    class Sender:
        def send(self, endpoint, message):
            sent.append(message.message_id)
            return Answer(response_code=410, failure="status")

    lane = Lane(1, Sender())
    lane.share(threads=1, room=1000, room_for_one=1000)
    with ThreadPoolExecutor() as pool:
        lane.direct(ENDPOINT, 1, None, Health())
        lane.add([Parcel(id_, Message(str(id_), b"")) for id_ in range(2)])
        lane.start(lane.take(), pool, answers)
        answers.get(timeout=20)
        lane.direct(ENDPOINT, 1, None, Health())
        lane.start(lane.take(), pool, answers)
    assert sent == ["0"]
    lane.recorded(0)
    lane.direct(ENDPOINT, 1, None, Health())
    assert not lane.health.backoff_until


def test_paused_webhook():
    """Nothing more is sent for a webhook whose answers say so."""

    class Pausing(Store):
        def record(self, answers):
            super().record(answers)
            self.due["one"].clear()
            return ["one"]

    store = Pausing(accept, one=list(range(500)))
    store.parallel = 1
    Dispatcher(store).run()
    assert 1 <= len(store.recorded) <= 2
    assert not store.locked


def test_pace_of_the_next_job():
    """A webhook is kept until another job may begin a request at once."""
    store = Store(accept, one=[1, 2])
    store.rate = 4
    started = time.monotonic()
    Dispatcher(store).run()
    assert len(store.recorded) == 2
    assert time.monotonic() - started >= 2 / store.rate


def test_failure_of_one_lane():
    """What cannot be fetched for one webhook is left, and others are served on."""
    release = threading.Event()

    def send(endpoint, message):
        release.wait(10)
        return Answer(response_code=200)

    class Failing(Store):
        def refill(self, lane):
            if lane.webhook_id == "one" and lane.in_hand:
                self.due["two"].append(1000)
                release.set()
                raise MemoryError("broken")
            super().refill(lane)

    store = Failing(send, one=[1, 2])
    Dispatcher(store).run()
    assert sorted(store.recorded) == [(1, None), (2, None), (1000, None)]
    assert not store.locked


def test_failure_of_the_store():
    """What is under way is recorded also when the job has to end."""

    class Failing(Store):
        def open_lanes(self, held, room):
            if held:
                raise ValueError("broken")
            return super().open_lanes(held, room)

    def send(endpoint, message):
        time.sleep(0.2)
        return Answer(response_code=200)

    store = Failing(send, one=[1, 2])
    with pytest.raises(ValueError, match="broken"):
        Dispatcher(store).run()
    assert sorted(store.recorded) == [(1, None), (2, None)]
    assert not store.locked


def test_announced_before_sent():
    """Whatever kills the process while it sends has been written down."""
    sent_unannounced = []

    def send(endpoint, message):
        if int(message.message_id) not in store.announced:
            sent_unannounced.append(message.message_id)
        return Answer(response_code=200)

    store = Store(send, one=list(range(300)), two=list(range(1000, 1300)))
    Dispatcher(store).run()
    assert len(store.recorded) == 600
    assert not sent_unannounced


def test_announced_not_much_earlier():
    """No more than is soon begun: all of that counts as tried when the process dies."""
    begun = []
    most_ahead = 0

    def send(endpoint, message):
        nonlocal most_ahead
        begun.append(message.message_id)
        most_ahead = max(most_ahead, len(store.announced) - len(begun))
        time.sleep(0.05)
        return Answer(response_code=200)

    store = Store(send, one=list(range(60)))
    Dispatcher(store).run()
    assert len(store.recorded) == 60
    # four at a time, of which each takes longer than a look
    assert most_ahead <= 4 * 4


def test_slow_endpoints_have_a_share(monkeypatch):
    """Webhooks that could use all threads leave one for each that comes later."""
    monkeypatch.setattr(dispatcher, "SHARED_THREADS", 20)
    monkeypatch.setattr(dispatcher, "MAX_LANES", 30)
    finish = threading.Event()
    under_way = Counter()
    lock = threading.Lock()

    def send(endpoint, message):
        number = int(message.message_id)
        if number == 99_000:
            finish.set()
            return Answer(response_code=200)
        with lock:
            under_way[number // 1000] += 1
            if sum(under_way.values()) == 10:
                store.due["late"].append(99_000)
        assert finish.wait(20), "the late one is kept waiting"
        return Answer(response_code=200)

    slow = {f"slow {n}": list(range(n * 1000, n * 1000 + 16)) for n in range(10)}
    store = Store(send, **slow)
    store.parallel = 16
    Dispatcher(store).run()
    assert len(store.recorded) == 161


class SizedStore(Store):
    """Messages have a size."""

    most = 0

    def size_of(self, webhook_id):
        return 400 if webhook_id == "large" else 10

    def refill(self, lane):
        lane.direct(ENDPOINT, self.parallel, self.rate, Health())
        size = self.size_of(lane.webhook_id)
        for id_ in self.due[lane.webhook_id]:
            free = lane.room if lane.in_hand else max(lane.room, lane.room_for_one)
            if id_ not in lane.in_hand and size <= free:
                lane.add([Parcel(id_, Message(str(id_), b"x" * size))])
                lane.room -= size
                self.most = max(self.most, sum(each.size for each in self.lanes))


def accept_slowly(endpoint, message):
    time.sleep(0.02)
    return Answer(response_code=200)


def test_memory_has_a_share(monkeypatch):
    """Large messages do not come into memory all at once, and small ones pass them."""
    monkeypatch.setattr(dispatcher, "SHARED_BYTES", 1000)
    monkeypatch.setattr(dispatcher, "OWN_BYTES", 100)
    store = SizedStore(
        accept_slowly, large=list(range(20)), small=list(range(1000, 1020))
    )
    Dispatcher(store).run()
    assert len(store.recorded) == 40
    assert store.most <= 1100


def test_memory_of_latecomers(monkeypatch):
    """Webhooks that come one after the other find what the earlier ones have left."""
    monkeypatch.setattr(dispatcher, "SHARED_BYTES", 1000)
    monkeypatch.setattr(dispatcher, "OWN_BYTES", 100)

    class LateStore(SizedStore):
        def size_of(self, webhook_id):
            return 300

        def open_lanes(self, held, room):
            return super().open_lanes(held, 1)

    def accept_later(endpoint, message):
        # than the next ones come
        time.sleep(0.3)
        return Answer(response_code=200)

    store = LateStore(accept_later, a=[1, 2, 3], b=[4, 5, 6], c=[7, 8, 9])
    Dispatcher(store).run()
    assert len(store.recorded) == 9
    assert store.most <= 1000


def test_no_further_thread(monkeypatch):
    """Where the system refuses threads, those that there are do the work."""
    real = threading.Thread.start
    started = []

    def start(thread):
        if thread.name.startswith("nshift_webhooks"):
            if started:
                raise RuntimeError("can't start new thread")
            started.append(thread)
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    store = Store(accept, one=list(range(50)), two=list(range(1000, 1050)))
    Dispatcher(store).run()
    assert len(store.recorded) == 100


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


def test_a_server_that_is_to_end_begins_nothing_more():
    """What is under way is waited for, and recorded."""
    begun = []

    def send(endpoint, message):
        begun.append(message.message_id)
        time.sleep(0.2)
        return Answer(response_code=200)

    store = Store(send, one=list(range(100)))
    Dispatcher(store, is_stopping=lambda: len(begun) > 4).run()
    assert 4 < len(begun) < 20
    assert sorted(store.recorded) == sorted((int(id_), None) for id_ in begun)
    assert not store.locked


def test_while_a_slow_endpoint_is_waited_for_others_are_served(monkeypatch):
    """Also after the job's time, which ends when the slow one has answered."""
    monkeypatch.setattr(dispatcher, "SLOW_S", 0.1)
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


def test_a_quick_endpoint_is_no_reason_to_go_on():
    """After the job's time, however much becomes due while its last answer comes."""
    begun = []

    def send(endpoint, message):
        begun.append(message.message_id)
        time.sleep(0.3)
        store.due["two"].append(1000)
        time.sleep(0.2)
        return Answer(response_code=200)

    store = Store(send, one=[1])
    Dispatcher(store, duration=0.1).run()
    assert begun == ["1"]
    assert store.recorded == [(1, None)]


def test_even_for_a_slow_endpoint_a_job_does_not_go_on_for_ever(monkeypatch):
    monkeypatch.setattr(dispatcher, "SLOW_S", 0.05)
    monkeypatch.setattr(dispatcher, "EXTENSION_S", 0.3)

    def send(endpoint, message):
        time.sleep(0.2)
        return Answer(response_code=200)

    store = Store(send, **{f"webhook {number}": [number] for number in range(50)})
    served = iter(list(store.due.items()))
    store.due.clear()

    def open_lanes(held, room):
        # always another slow one
        webhook, due = next(served)
        store.due[webhook] = due
        return Store.open_lanes(store, held, room)

    store.open_lanes = open_lanes
    Dispatcher(store, duration=0.2).run()
    assert 0 < len(store.recorded) < 50
