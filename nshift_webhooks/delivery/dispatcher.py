"""Sends due messages of many webhooks at once.

One thread fetches due messages and records answers; other threads send. A slow endpoint
therefore delays only its own messages, even if few jobs may run at a time. Threads and
memory are shared out: each webhook being served has a thread of its own, room for some
messages, and an equal share of the rest.
"""

import logging
import queue
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from .lane import POLL_INTERVAL_S, Lane
from .sender import Answer

_logger = logging.getLogger(__name__)

#: Seconds after which a job queues its successor and ends.
DURATION_S = 30
#: Seconds by which a job may exceed its time while it waits for the last requests of a
#: slow endpoint, so that other webhooks need not wait as well.
EXTENSION_S = 15
#: Seconds after which a request counts as slow.
SLOW_S = 1
#: Seconds for which a first answer waits for others, to be recorded together.
BATCH_WINDOW_S = 0.03
#: Most answers that are recorded together.
MAX_ANSWERS = 200
#: Most webhooks that are served at once. Each has a thread of its own.
MAX_LANES = 250
#: Further threads, shared out among the webhooks.
SHARED_THREADS = 250
#: Bytes of messages that may be in memory, shared out among the webhooks.
SHARED_BYTES = 64 * 1024 * 1024
#: Bytes of messages that each webhook may have in memory, however many webhooks there
#: are, and the most, however few.
OWN_BYTES = 64 * 1024
MOST_BYTES = 32 * 1024 * 1024

#: A lane, the id of one of its events, and the answer to that event's request.
Outcome = tuple[Lane, int, Answer]


class Dispatcher:
    """One delivery job.

    :param store: access to the events, with these methods:

        - ``open_lanes(held, room)``: claim further webhooks with due events, except
          those with ids in ``held`` and at most ``room``; return a Lane for each
        - ``refill(lane)``: add due messages to a lane
        - ``announce(parcels)``: write down that messages are about to be sent;
          ``parcels`` are lists of Parcel by webhook id
        - ``record(answers)``: write down answers, a list of (lane, event id, Answer);
          return the ids of webhooks to which no more is to be sent for now
        - ``leave_alone(webhook_id)``: leave a webhook to a later job
        - ``close_lane(lane)``: release a webhook for other jobs
    :param float duration: seconds to work, ``DURATION_S`` by default
    :param is_stopping: function that tells whether the process is about to end, so that
        no more may be begun
    """

    def __init__(self, store, duration=None, is_stopping=lambda: False):
        self._store = store
        self._is_stopping = is_stopping
        seconds = DURATION_S if duration is None else duration
        self._ends_at = time.monotonic() + seconds
        self._answers: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._lanes: dict[int, Lane] = {}
        self._finished = set()

    def run(self):
        """Work until nothing is due, or until the job's time is over."""
        try:
            # twice: when shares get smaller, the threads of larger shares are busy
            with ThreadPoolExecutor(
                2 * (MAX_LANES + SHARED_THREADS), "nshift_webhooks"
            ) as pool:
                try:
                    self._work(pool)
                finally:
                    for lane in self._lanes.values():
                        lane.drop_waiting()
        finally:
            # after a failure, requests may still have been under way
            self._record(self._gather())
            self._close(lane for lane in self._lanes.values() if not lane.in_hand)

    def _work(self, pool):
        self._open_lanes()
        while self._lanes:
            self._refill()
            self._start(pool)
            self._record(self._gather())
            self._close(lane for lane in self._lanes.values() if lane.is_idle)
            self._open_lanes()

    def _open_lanes(self):
        if self._accepting:
            held = self._lanes.keys() | self._finished
            for lane in self._store.open_lanes(held, MAX_LANES - len(self._lanes)):
                self._lanes[lane.webhook_id] = lane

    @property
    def _accepting(self):
        """Whether new messages and webhooks may be begun.

        After its time, a job goes on only while it has to wait for a slow endpoint.
        """
        if self._is_stopping():
            return False
        late = time.monotonic() - self._ends_at
        return late < 0 or (late < EXTENSION_S and any(map(self._is_slow, self._lanes)))

    def _is_slow(self, webhook_id):
        return self._lanes[webhook_id].slow_since(time.monotonic() - SLOW_S)

    def _refill(self):
        accepting = self._accepting
        over = time.monotonic() >= self._ends_at
        in_memory = sum(lane.size for lane in self._lanes.values())
        for webhook_id, lane in self._lanes.items():
            if not accepting or (over and self._is_slow(webhook_id)):
                self._finished.add(webhook_id)
            if webhook_id in self._finished:
                lane.drop_waiting()
            else:
                in_memory -= lane.size
                self._refill_lane(lane, in_memory)
                in_memory += lane.size

    def _refill_lane(self, lane: Lane, in_memory):
        """Add due messages to a lane, within its share of threads and memory.

        :param int in_memory: bytes of the other lanes' messages
        """
        # lanes that were refilled earlier may still exceed their share
        left = min(MOST_BYTES, SHARED_BYTES - in_memory)
        share = max(OWN_BYTES, min(left, SHARED_BYTES // len(self._lanes)))
        lane.share(
            threads=1 + SHARED_THREADS // len(self._lanes),
            room=share - lane.size,
            room_for_one=left - lane.size,
        )
        try:
            self._store.refill(lane)
        except Exception:
            # the failure must not stop the other webhooks
            _logger.exception("Webhook %s is left to the next job", lane.webhook_id)
            self._store.leave_alone(lane.webhook_id)
            self._finished.add(lane.webhook_id)
            lane.drop_waiting()

    def _start(self, pool):
        """Start the next messages, after announcing them in the database."""
        parcels = {}
        for webhook_id, lane in self._lanes.items():
            if next_ones := lane.take():
                parcels[webhook_id] = next_ones
        if parcels:
            self._store.announce(parcels)
        for webhook_id, lane in self._lanes.items():
            # if the system has no further thread, those running send the messages
            with suppress(RuntimeError):
                lane.start(parcels.get(webhook_id, ()), pool, self._answers)

    def _gather(self) -> list[Outcome]:
        """Return the answers that come in before the next poll of the database."""
        answers: list[Outcome] = []
        last = time.monotonic() + POLL_INTERVAL_S
        in_hand = sum(len(lane.in_hand) for lane in self._lanes.values())
        if not in_hand and not all(lane.is_idle for lane in self._lanes.values()):
            # the lanes are waiting because of their endpoints' rate limits
            time.sleep(POLL_INTERVAL_S)
        while len(answers) < MAX_ANSWERS:
            # if all requests are answered, there is nothing to wait for
            if len(answers) == in_hand:
                break
            try:
                answers.append(
                    self._answers.get(timeout=max(0, last - time.monotonic()))
                )
            except queue.Empty:
                break
            if len(answers) == 1:
                last = min(last, time.monotonic() + BATCH_WINDOW_S)
        return answers

    def _record(self, answers: list[Outcome]):
        if not answers:
            return
        paused = self._store.record(answers)
        for lane, event_id, _answer in answers:
            lane.recorded(event_id)
        for webhook_id in paused:
            self._lanes[webhook_id].drop_waiting()

    def _close(self, lanes: Iterable[Lane]):
        for lane in list(lanes):
            del self._lanes[lane.webhook_id]
            lane.close()
            # another job may claim the webhook from now on, so one has to look again
            self._store.close_lane(lane)
