"""The messages of one webhook that a delivery job has in hand."""

import logging
import threading
import time
from collections import deque
from datetime import datetime, timezone
from typing import NamedTuple

from .health import Health
from .pace import Pace
from .sender import Answer, Endpoint, Message

_logger = logging.getLogger(__name__)

#: Seconds between two looks for what has become due meanwhile.
POLL_INTERVAL_S = 0.1


class Parcel(NamedTuple):
    """An event on its way.

    :ivar event_id: the event
    :ivar message: what is sent for it
    :ivar is_bulk: whether it waits for everything else
    """

    event_id: int
    message: Message
    is_bulk: bool = False

    @property
    def size(self):
        return len(self.message.body)


class Lane:
    """Sends the messages of one webhook, a few at a time.

    A parcel waits until it is taken, is then announced, and is sent after that.
    Parcels are added, and their answers taken, by one thread; others send.

    :param int webhook_id: the webhook
    :param sender: a Sender, which the lane closes
    :ivar in_hand: bytes of the messages whose outcome is not recorded yet, by event id
    :ivar size: the sum of these bytes
    :ivar room: bytes of messages that may be added
    :ivar room_for_one: bytes that a single message may have if it has no room else
    """

    def __init__(self, webhook_id, sender):
        self.webhook_id = webhook_id
        self.endpoint = None
        self.health = Health()
        self.in_hand = {}
        self.size = 0
        self.room = self.room_for_one = 0
        self._parallel = 1
        self._threads = 1
        self._pace = Pace(POLL_INTERVAL_S)
        self._sender = sender
        self._waiting = deque()
        self._bulk = deque()
        self._announced = deque()
        self._answered = 0
        self._unrecorded = {}
        self._started = {}
        self._workers = 0
        self._lock = threading.Lock()

    def share(self, threads, room, room_for_one):
        """Say what this lane may use of what there is.

        :param int threads: how many of them may send at a time
        :param int room: see the class
        :param int room_for_one: see the class
        """
        with self._lock:
            self._threads = threads
            self.room = room
            self.room_for_one = room_for_one

    def direct(self, endpoint: Endpoint, parallel, rate, health):
        """Say where to send from now on, and how.

        :param int parallel: how many requests may be under way at a time
        :param float rate: how many may be begun in a second; 0 or None: any number
        :param Health health: what recorded answers say of the endpoint
        """
        with self._lock:
            self.endpoint = endpoint
            self._parallel = parallel
            self._pace.limit(rate)
            self.health = health.after(self._unrecorded.values(), _now())

    @property
    def waiting(self):
        """How many parcels have not been taken yet, without those in bulk."""
        return len(self._waiting)

    @property
    def bulk_waiting(self):
        """How many of those in bulk have not been taken yet."""
        return len(self._bulk)

    def slow_since(self, moment):
        """Tell whether a request has been under way from before a moment.

        :param float moment: as of ``time.monotonic``
        """
        with self._lock:
            return any(started < moment for started in self._started.values())

    def add(self, parcels):
        """Take a list of parcels in hand, none of which is in hand already."""
        with self._lock:
            for parcel in parcels:
                self.in_hand[parcel.event_id] = parcel.size
                self.size += parcel.size
                (self._bulk if parcel.is_bulk else self._waiting).append(parcel)

    def hurry(self, event_ids):
        """Have parcels that are waiting in bulk taken with the others."""
        with self._lock:
            bulk = list(self._bulk)
            self._bulk.clear()
            for parcel in bulk:
                hurried = parcel.event_id in event_ids
                (self._waiting if hurried else self._bulk).append(parcel)

    def take(self):
        """Return the parcels that are to be announced, and sent, next.

        As many as there are threads for, and for a fast endpoint as many as it takes
        until the next look. Not more: when the process is killed, all that is announced
        counts as tried.
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
        """Let go of what has not been begun to send."""
        with self._lock:
            for parcel in [*self._waiting, *self._bulk, *self._announced]:
                self.recorded(parcel.event_id)
            self._waiting.clear()
            self._bulk.clear()
            self._announced.clear()

    def recorded(self, event_id):
        """Let go of a parcel whose answer has been recorded."""
        self.size -= self.in_hand.pop(event_id)
        self._unrecorded.pop(event_id, None)

    def start(self, parcels, pool, answers):
        """Send parcels that have been announced, with as many threads as are allowed.

        :param parcels: from :meth:`take`
        :param pool: an executor
        :param answers: a queue that gets (lane, event's id, Answer) of each
        :raises RuntimeError: the system has no further thread
        """
        with self._lock:
            self._announced.extend(parcels)
            allowed = min(self._parallel, self._threads)
            for _ in range(min(allowed - self._workers, len(self._announced))):
                # also if it raises, the pool keeps this for its next free thread
                self._workers += 1
                pool.submit(self._work, answers)

    def _work(self, answers):
        while parcel := self._next():
            answer = self._send(parcel)
            with self._lock:
                self._answered += 1
                self._unrecorded[parcel.event_id] = answer
                # not only when it is recorded: until then more would be sent
                self.health = self.health.after([answer], _now())
            answers.put((self, parcel.event_id, answer))

    def _next(self):
        """Return the next parcel; the worker ends if there is none for it."""
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

    def _send(self, parcel):
        try:
            return self._sender.send(self.endpoint, parcel.message)
        except Exception as error:
            # a worker that ends without an answer would have the job wait for ever
            kind = type(error).__name__
            _logger.error(
                "Message %s cannot be sent: %s", parcel.message.message_id, kind
            )
            return Answer(failure="fault", error=kind)

    def close(self):
        self._sender.close()


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None)
