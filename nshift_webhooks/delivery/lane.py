"""What a delivery job has in hand for one webhook."""

import logging
import threading
import time
from collections import deque
from datetime import datetime, timezone
from typing import NamedTuple

from .health import Health
from .sender import Answer, Endpoint, Message

_logger = logging.getLogger(__name__)


class Parcel(NamedTuple):
    """An event on its way.

    :ivar event_id: the event
    :ivar message: what is sent for it
    """

    event_id: int
    message: Message


class Lane:
    """Sends the messages of one webhook, a few at a time.

    Parcels are added, and their answers taken, by one thread; others send.

    :param int webhook_id: the webhook
    :param sender: a Sender, which the lane closes
    """

    def __init__(self, webhook_id, sender):
        self.webhook_id = webhook_id
        self.endpoint = None
        self.parallel = 1
        self.health = Health()
        self.in_hand = set()
        self._sender = sender
        self._waiting = deque()
        self._started = {}
        self._workers = 0
        self._lock = threading.Lock()

    def direct(self, endpoint: Endpoint, parallel, health):
        """Say where to send from now on, and how.

        :param int parallel: how many requests may be under way at a time
        :param Health health: what is known of the endpoint
        """
        with self._lock:
            self.endpoint = endpoint
            self.parallel = parallel
            self.health = health

    @property
    def waiting(self):
        """How many parcels have not been begun to send."""
        return len(self._waiting)

    def slow_since(self, moment):
        """Tell whether a request has been under way from before a moment.

        :param float moment: as of ``time.monotonic``
        """
        with self._lock:
            return any(started < moment for started in self._started.values())

    def add(self, parcels):
        """Take a list of parcels in hand, none of which is in hand already."""
        with self._lock:
            self.in_hand.update(parcel.event_id for parcel in parcels)
            self._waiting.extend(parcels)

    def drop_waiting(self):
        """Let go of what has not been begun to send."""
        with self._lock:
            self.in_hand.difference_update(parcel.event_id for parcel in self._waiting)
            self._waiting.clear()

    def recorded(self, event_id):
        """Let go of a parcel whose answer has been recorded."""
        self.in_hand.discard(event_id)

    def start(self, pool, answers):
        """Have as many threads send as there are parcels for, and are allowed.

        :param pool: an executor
        :param answers: a queue that gets (lane, event's id, Answer) of each
        """
        with self._lock:
            more = min(self.parallel - self._workers, len(self._waiting))
            for _ in range(more):
                self._workers += 1
                pool.submit(self._work, answers)

    def _work(self, answers):
        while parcel := self._next():
            answer = self._send(parcel)
            with self._lock:
                # not only when it is recorded: until then more would be sent
                self.health = self.health.after([answer], _now())
            answers.put((self, parcel.event_id, answer))

    def _next(self):
        """Return the next parcel; the worker ends if there is none for it."""
        with self._lock:
            self._started.pop(threading.get_ident(), None)
            if (
                not self._waiting
                or self._workers > self.parallel
                or self.health.is_paused(_now())
            ):
                self._workers -= 1
                return None
            self._started[threading.get_ident()] = time.monotonic()
            return self._waiting.popleft()

    def _send(self, parcel):
        try:
            return self._sender.send(self.endpoint, parcel.message)
        except Exception as error:
            _logger.exception("Message %s cannot be sent", parcel.message.message_id)
            return Answer(failure="fault", error=f"{type(error).__name__}: {error}")

    def close(self):
        self._sender.close()


def _now():
    return datetime.now(timezone.utc).replace(tzinfo=None)
