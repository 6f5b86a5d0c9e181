"""Whether an endpoint is fit to be sent anything: a circuit breaker."""

import random
from datetime import datetime, timedelta
from typing import NamedTuple

#: After so many failures in a row, an endpoint is tried with one message at a time.
MANY_FAILURES = 5
#: What these status codes say is true of the endpoint, not of the message only.
BUSY = {429, 502, 503, 504}
#: Says that there will never be an endpoint at this address again.
GONE = 410
#: An endpoint that has failed for so long, without a success, is given up.
LONGEST_FAILURE = timedelta(days=5)
#: Numbers are not counted beyond this: they are kept in the database.
HIGHEST_COUNT = 1_000_000
#: Seconds of the first pause, and of the longest: each is twice the one before.
FIRST_PAUSE = 5
LONGEST_PAUSE = 15 * 60
#: A pause is lengthened by up to this share of itself.
JITTER = 0.2


class Health(NamedTuple):
    """What is known of an endpoint.

    :ivar failures: how many attempts in a row have failed
    :ivar pauses: how many pauses in a row have been made
    :ivar paused_until: naive UTC, None if the endpoint is not left alone
    :ivar failing_since: naive UTC, None if the last attempt was a success
    """

    failures: int = 0
    pauses: int = 0
    paused_until: datetime | None = None
    failing_since: datetime | None = None

    @property
    def suspect(self):
        """Whether one message is to be tried before all the others."""
        return self.pauses > 0 or self.failures >= MANY_FAILURES

    def is_paused(self, now):
        return bool(self.paused_until and self.paused_until > now)

    def after(self, answers, now):
        """Return the endpoint's health after it has been sent something.

        :param answers: each Answer, in the order they came
        :param datetime now: naive UTC
        """
        failures, pauses, until, since = self
        asked_for = busy = 0
        for answer in answers:
            if answer.failure:
                failures = min(failures + 1, HIGHEST_COUNT)
                since = since or now
                busy = busy or answer.response_code in BUSY | {GONE}
                asked_for = max(asked_for, busy and answer.retry_after or 0)
            else:
                failures = pauses = asked_for = busy = 0
                until = since = None
        if busy or failures >= MANY_FAILURES:
            wait = asked_for
            # of several requests at a time, all may fail for one reason
            if not (until and until > now):
                pause = min(FIRST_PAUSE * 2 ** min(pauses, 20), LONGEST_PAUSE)
                wait = max(wait, pause * (1 + JITTER * random.random()))  # noqa: S311 - no secret
                pauses = min(pauses + 1, HIGHEST_COUNT)
            until = max(until or now, now + timedelta(seconds=wait))
        return Health(failures, pauses, until, since)

    def verdict(self, answers, now):
        """Return why an endpoint is to be given up: ``gone``, ``failing`` or None.

        :param answers: what this health comes from, see :meth:`after`
        """
        if any(answer.response_code == GONE for answer in answers):
            return "gone"
        if self.failing_since and now - self.failing_since >= LONGEST_FAILURE:
            return "failing"
        return None
