"""Sends what is due for many webhooks at once.

One thread fetches what is due and records what came of it; others send. So an endpoint
that is slow keeps nobody waiting but itself, however few jobs may run at a time. What
there is of threads and memory is shared out: each webhook that is served has one thread
of its own and room for some messages, and an equal share of the rest.
"""

import logging
import queue
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from .lane import POLL_INTERVAL_S

_logger = logging.getLogger(__name__)

#: Seconds after which a job makes room for others and queues its successor.
DURATION_S = 30
#: Seconds that it may take longer, so that a slow endpoint's last requests, which it
#: has to wait for, do not keep others waiting.
EXTENSION_S = 15
#: Seconds after which a request is slow.
SLOW_S = 1
#: Seconds that answers may wait for others, to be recorded together.
BATCH_WINDOW_S = 0.03
#: How many answers are recorded together at the most.
MAX_ANSWERS = 200
#: How many webhooks are served at once. Each has a thread of its own.
MAX_LANES = 250
#: How many threads there are besides; they are shared out among the webhooks.
SHARED_THREADS = 250
#: Bytes of messages that may be in memory; they are shared out, too.
SHARED_BYTES = 64 * 1024 * 1024
#: Bytes of messages that each webhook has room for, however many there are, and that
#: none exceeds, however few there are.
OWN_BYTES = 64 * 1024
MOST_BYTES = 32 * 1024 * 1024


class Dispatcher:
    """One delivery job.

    :param store: what has the events, with the methods

        - ``open_lanes(held, room)``: claim further webhooks for which something is
          due, other than those whose ids are given; return a Lane for each
        - ``refill(lane)``: fetch what is due
        - ``announce(parcels)``: write down what is about to be sent, as lists of Parcel
          by the webhook's id
        - ``record(answers)``: write down what came of (lane, event's id, Answer);
          return the ids of webhooks that nothing more is to be sent for now
        - ``leave_alone(webhook_id)``: leave a webhook to a later job
        - ``close_lane(lane)``: let another job have the webhook
    :param float duration: seconds to work for
    :param is_stopping: tells whether the process is to end, so that nothing more is to
        be begun
    """

    def __init__(self, store, duration=None, is_stopping=lambda: False):
        self._store = store
        self._is_stopping = is_stopping
        seconds = DURATION_S if duration is None else duration
        self._ends_at = time.monotonic() + seconds
        self._answers = queue.SimpleQueue()
        self._lanes = {}
        self._finished = set()

    def run(self):
        """Work until nothing is due any more, or for long enough."""
        try:
            # while shares get smaller, threads of the larger ones are still busy
            with ThreadPoolExecutor(
                2 * (MAX_LANES + SHARED_THREADS), "nshift_webhooks"
            ) as pool:
                try:
                    self._work(pool)
                finally:
                    for lane in self._lanes.values():
                        lane.drop_waiting()
        finally:
            # if something failed, requests may have been under way
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
        """Whether to begin anything new.

        After its time a job goes on only while it must wait for a slow endpoint.
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

    def _refill_lane(self, lane, in_memory):
        """Fetch what is due for a lane, as much as its share allows.

        :param int in_memory: bytes of the other lanes' messages
        """
        # earlier webhooks may have more than their share in hand still
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
            # one webhook's trouble is not the others'
            _logger.exception("Webhook %s is left to the next job", lane.webhook_id)
            self._store.leave_alone(lane.webhook_id)
            self._finished.add(lane.webhook_id)
            lane.drop_waiting()

    def _start(self, pool):
        """Have sent what there is a thread for, and write down before that it is."""
        parcels = {}
        for webhook_id, lane in self._lanes.items():
            if next_ones := lane.take():
                parcels[webhook_id] = next_ones
        if parcels:
            self._store.announce(parcels)
        for webhook_id, lane in self._lanes.items():
            # without a further thread, those that there are go on
            with suppress(RuntimeError):
                lane.start(parcels.get(webhook_id, ()), pool, self._answers)

    def _gather(self):
        """Return the answers that have come in, within the time to the next look."""
        answers = []
        last = time.monotonic() + POLL_INTERVAL_S
        in_hand = sum(len(lane.in_hand) for lane in self._lanes.values())
        if not in_hand and not all(lane.is_idle for lane in self._lanes.values()):
            # an endpoint's pace has to be kept
            time.sleep(POLL_INTERVAL_S)
        while len(answers) < MAX_ANSWERS:
            # the last one of all need not wait for others
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

    def _record(self, answers):
        if not answers:
            return
        paused = self._store.record(answers)
        for lane, event_id, _answer in answers:
            lane.recorded(event_id)
        for webhook_id in paused:
            self._lanes[webhook_id].drop_waiting()

    def _close(self, lanes):
        for lane in list(lanes):
            del self._lanes[lane.webhook_id]
            lane.close()
            # from now on another job may have it, so one has to look once more
            self._store.close_lane(lane)
