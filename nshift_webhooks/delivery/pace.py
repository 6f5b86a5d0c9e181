"""A token bucket: limits the number of requests to an endpoint in a second."""

import time


class Pace:
    """Tells how many requests may begin.

    :param float burst_s: seconds whose requests may begin at once
    """

    def __init__(self, burst_s):
        self._burst_s = burst_s
        self._rate = 0
        self._tokens = 1.0
        self._filled_at = time.monotonic()

    def limit(self, rate):
        """Set how many requests may begin in a second; 0 or None for any number."""
        self._rate = rate or 0

    def allowed(self):
        """Return how many requests may begin now, None for any number."""
        if not self._rate:
            return None
        now = time.monotonic()
        most = max(1, self._rate * self._burst_s)
        self._tokens = min(most, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        return int(self._tokens)

    def note(self, count):
        """Note that a number of requests has begun."""
        self._tokens -= count

    @property
    def is_rested(self):
        """Whether a job that does not know of the latest requests may begin another."""
        return self.allowed() != 0
