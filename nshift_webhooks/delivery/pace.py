"""A token bucket: the number of requests that an endpoint may be sent in a second."""

import time


class Pace:
    """Says how many requests may be begun.

    :param float burst_s: seconds whose requests may be begun at once
    """

    def __init__(self, burst_s):
        self._burst_s = burst_s
        self._rate = 0
        self._tokens = 1.0
        self._filled_at = time.monotonic()

    def limit(self, rate):
        """Say how many requests may be begun in a second; 0 or None: any number."""
        self._rate = rate or 0

    def allowed(self):
        """Return how many requests may be begun now; None: any number."""
        if not self._rate:
            return None
        now = time.monotonic()
        most = max(1, self._rate * self._burst_s)
        self._tokens = min(most, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        return int(self._tokens)

    def note(self, count):
        """Note that requests have been begun."""
        self._tokens -= count

    @property
    def is_rested(self):
        """Whether somebody who knows nothing of the latest requests may begin one."""
        return self.allowed() != 0
