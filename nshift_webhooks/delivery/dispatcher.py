"""Sends what is due for many webhooks at once.

One thread fetches what is due and records what came of it; others send. So an endpoint
that is slow keeps nobody waiting but itself, however few jobs may run at a time.
"""

import queue
import time
from concurrent.futures import ThreadPoolExecutor

#: Seconds after which a job makes room for others and queues its successor.
DURATION = 30
#: Seconds that it may take longer, so that a slow endpoint's last requests, which it
#: has to wait for, do not keep others waiting.
EXTENSION = 15
#: Seconds after which a request is slow.
SLOW = 1
#: Seconds between two looks for what has become due meanwhile.
LOOK = 0.1
#: Seconds that answers may wait for others, to be recorded together.
LINGER = 0.03
#: How many answers are recorded together at the most.
MOST_ANSWERS = 200
#: As many threads as many slow endpoints may need; most of them wait.
MOST_THREADS = 256


class Dispatcher:
    """One delivery job.

    :param store: what has the events, with the methods

        - ``open_lanes(held)``: claim further webhooks for which something is due,
          other than those whose ids are given; return a Lane for each
        - ``refill(lane)``: fetch what is due
        - ``record(answers)``: write down what came of (lane, event's id, Answer);
          return the ids of webhooks that nothing more is to be sent for now
        - ``close_lane(lane)``: let another job have the webhook
    :param float duration: seconds to work for
    """

    def __init__(self, store, duration=None):
        self._store = store
        self._ends_at = time.monotonic() + (DURATION if duration is None else duration)
        self._answers = queue.SimpleQueue()
        self._lanes = {}
        self._finished = set()

    def run(self):
        """Work until nothing is due any more, or for long enough."""
        try:
            with ThreadPoolExecutor(MOST_THREADS, "nshift_webhooks") as pool:
                try:
                    self._work(pool)
                finally:
                    for lane in self._lanes.values():
                        lane.drop_waiting()
        finally:
            # if something failed, requests may have been under way
            self._record(self._gather())
            self._close_idle_lanes()

    def _work(self, pool):
        self._open_lanes()
        while self._lanes:
            self._feed(pool)
            self._record(self._gather())
            self._close_idle_lanes()
            self._open_lanes()

    def _open_lanes(self):
        if self._accepting:
            for lane in self._store.open_lanes(self._lanes.keys() | self._finished):
                self._lanes[lane.webhook_id] = lane

    @property
    def _accepting(self):
        """Whether to begin anything new.

        After its time a job goes on only while it must wait for a slow endpoint.
        """
        late = time.monotonic() - self._ends_at
        return late < 0 or (late < EXTENSION and any(map(self._is_slow, self._lanes)))

    def _is_slow(self, webhook_id):
        return self._lanes[webhook_id].slow_since(time.monotonic() - SLOW)

    def _feed(self, pool):
        accepting = self._accepting
        over = time.monotonic() >= self._ends_at
        for webhook_id, lane in self._lanes.items():
            if not accepting or (over and self._is_slow(webhook_id)):
                self._finished.add(webhook_id)
            if webhook_id in self._finished:
                lane.drop_waiting()
            else:
                self._store.refill(lane)
                lane.start(pool, self._answers)

    def _gather(self):
        """Return the answers that have come in, within the time to the next look."""
        answers = []
        last = time.monotonic() + LOOK
        while len(answers) < MOST_ANSWERS:
            # the last one of all need not wait for others
            if len(answers) == sum(len(lane.in_hand) for lane in self._lanes.values()):
                break
            try:
                answers.append(
                    self._answers.get(timeout=max(0, last - time.monotonic()))
                )
            except queue.Empty:
                break
            if len(answers) == 1:
                last = min(last, time.monotonic() + LINGER)
        return answers

    def _record(self, answers):
        if not answers:
            return
        paused = self._store.record(answers)
        for lane, event_id, _answer in answers:
            lane.recorded(event_id)
        for webhook_id in paused:
            self._lanes[webhook_id].drop_waiting()

    def _close_idle_lanes(self):
        for webhook_id, lane in list(self._lanes.items()):
            if not lane.in_hand:
                del self._lanes[webhook_id]
                lane.close()
                # from now on another job may have it, so one has to look once more
                self._store.close_lane(lane)
