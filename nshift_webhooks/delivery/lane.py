"""The messages of one webhook that a delivery job is sending."""

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timezone
from typing import NamedTuple

from .health import Health
from .pace import Pace
from .sender import Answer, Endpoint, Message

_logger = logging.getLogger(__name__)

#: Seconds between two polls of the database for messages that have become due.
POLL_INTERVAL_S = 0.1


class Parcel(NamedTuple):
    """An event to be sent.

    :ivar event_id: id of the event
    :ivar message: the event's message
    :ivar is_bulk: whether the event goes after all others that are not in bulk
    """

    event_id: int
    message: Message
    is_bulk: bool = False

    @property
    def size(self):
        return len(self.message.body)


class Lane:
    """Sends the messages of one webhook, a few at a time.

    A parcel waits until taken, is then announced, and sent afterwards. One thread adds
    parcels and takes their answers; other threads send.

    :param int webhook_id: id of the webhook
    :param sender: a Sender, which the lane closes
    :ivar in_hand: by event id, the bytes of messages whose answer is not recorded yet
    :ivar size: sum of these bytes
    :ivar room: bytes of further messages that may be added
    :ivar room_for_one: bytes that a single message may have, even beyond ``room``
    """

    def __init__(self, webhook_id, sender):
        self.webhook_id = webhook_id
        self.endpoint: Endpoint | None = None
        self.health = Health()
        self.in_hand = {}
        self.size = 0
        self.room = self.room_for_one = 0
        self._parallel = 1
        self._threads = 1
        self._pace = Pace(POLL_INTERVAL_S)
        self._sender = sender
        self._waiting: deque[Parcel] = deque()
        self._bulk: deque[Parcel] = deque()
        self._announced: deque[Parcel] = deque()
        self._answered = 0
        self._unrecorded: dict[int, Answer] = {}
        self._started = {}
        self._workers = 0
        self._lock = threading.Lock()

    def share(self, threads, room, room_for_one):
        """Set the lane's share of threads and memory.

        :param int threads: number of threads that may send at a time
        :param int room, room_for_one: bytes, see the class
        """
        with self._lock:
            self._threads = threads
            self.room = room
            self.room_for_one = room_for_one

    def direct(self, endpoint: Endpoint, parallel, rate, health: Health):
        """Set the endpoint, its limits and its health.

        :param int parallel: number of requests that may be under way at a time
        :param float rate: requests that may begin in a second; 0 or None for no limit
        :param Health health: the endpoint's health after all recorded answers
        """
        with self._lock:
            self.endpoint = endpoint
            self._parallel = parallel
            self._pace.limit(rate)
            self.health = health.after(self._unrecorded.values(), _now())

    @property
    def waiting(self):
        """Number of parcels that have not been taken yet, without bulk."""
        return len(self._waiting)

    @property
    def bulk_waiting(self):
        """Number of parcels in bulk that have not been taken yet."""
        return len(self._bulk)

    def slow_since(self, moment):
        """Tell whether a request began before a moment and is still under way.

        :param float moment: as of ``time.monotonic``
        """
        with self._lock:
            return any(started < moment for started in self._started.values())

    def add(self, parcels: Iterable[Parcel]):
        """Add parcels that the lane does not have yet."""
        with self._lock:
            for parcel in parcels:
                self.in_hand[parcel.event_id] = parcel.size
                self.size += parcel.size
                (self._bulk if parcel.is_bulk else self._waiting).append(parcel)

    def hurry(self, event_ids):
        """Move parcels from bulk to the others.

        :param event_ids: ids of their events; others are ignored
        """
        with self._lock:
            bulk = list(self._bulk)
            self._bulk.clear()
            for parcel in bulk:
                hurried = parcel.event_id in event_ids
                (self._waiting if hurried else self._bulk).append(parcel)

    def take(self) -> list[Parcel]:
        """Return the parcels to announce and send next.

        There are as many parcels as threads, or for a fast endpoint as many as it
        accepts until the next poll. More would be wrong: if the process is killed, all
        announced messages count as attempted.
        """
        with self._lock:
            enough = max(min(self._parallel, self._threads), 2 * self._answered)
            self._answered = 0
            there = len(self._waiting) + len(self._bulk)
            count = max(0, min(enough - len(self._announced), there))
            allowed = self._pace.allowed()
            if allowed is not None:
                count = min(count, allowed)
                self._pace.note(count)
            return [(self._waiting or self._bulk).popleft() for _number in range(count)]

    @property
    def is_idle(self):
        """Whether another job may have the webhook."""
        return not self.in_hand and self._pace.is_rested

    def drop_waiting(self):
        """Drop the parcels whose sending has not begun."""
        with self._lock:
            for parcel in [*self._waiting, *self._bulk, *self._announced]:
                self.recorded(parcel.event_id)
            self._waiting.clear()
            self._bulk.clear()
            self._announced.clear()

    def recorded(self, event_id):
        """Drop a parcel whose answer has been recorded."""
        self.size -= self.in_hand.pop(event_id)
        self._unrecorded.pop(event_id, None)

    def start(self, parcels, pool, answers):
        """Send announced parcels, with as many threads as the limits allow.

        :param parcels: parcels from :meth:`take`
        :param pool: an executor of threads
        :param answers: a queue, which gets a (lane, event id, Answer) for each parcel
        :raises RuntimeError: the system has no further thread
        """
        with self._lock:
            self._announced.extend(parcels)
            allowed = min(self._parallel, self._threads)
            for _ in range(min(allowed - self._workers, len(self._announced))):
                # the pool runs this later if submit fails for want of a thread
                self._workers += 1
                pool.submit(self._work, answers)

    def _work(self, answers):
        while parcel := self._next():
            answer = self._send(parcel)
            with self._lock:
                self._answered += 1
                self._unrecorded[parcel.event_id] = answer
                # at once: before the recording, other workers would send on
                self.health = self.health.after([answer], _now())
            answers.put((self, parcel.event_id, answer))

    def _next(self) -> Parcel | None:
        """Return the next parcel; None if the worker has to end."""
        with self._lock:
            self._started.pop(threading.get_ident(), None)
            if (
                not self._announced
                or self._workers > min(self._parallel, self._threads)
                or self.health.is_backing_off(_now())
            ):
                self._workers -= 1
                return None
            self._started[threading.get_ident()] = time.monotonic()
            return self._announced.popleft()

    def _send(self, parcel: Parcel) -> Answer:
        try:
            return self._sender.send(self.endpoint, parcel.message)
        except Exception as error:
            # without an answer, the job would wait for ever
            kind = type(error).__name__
            _logger.error(
                "Message %s cannot be sent: %s", parcel.message.message_id, kind
            )
            return Answer(failure="fault", error=kind)

    def close(self):
        self._sender.close()


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None)
