"""A circuit breaker: the health of an endpoint.

*Refused* and *down* are two things. An endpoint that refuses a message works; one that
cannot be reached, or fails, is down. From some answers nobody can tell: 404 may mean an
order that the receiving system does not know, or a wrong URL.
"""

import random
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from .backoff import JITTER, seconds_after

#: After so many failures in a row, an endpoint is tried with one message at a time.
MANY_FAILURES = 5
#: After so many unclear answers in a row, an endpoint is tried with one message now
#: and then, until it accepts or refuses one.
MANY_UNCLEAR = 3
#: Status codes that say that the endpoint cannot take any message at the moment.
BUSY = {429, 502, 503, 504}
#: Says that there will never be an endpoint at this address again.
GONE = 410
#: Of the status codes from 400 to 499, which else judge the message, those that judge
#: the endpoint: it wants another proxy, was too slow, or is not ready yet.
DOWN = {407, 408, 425, 429, GONE}
#: Those that can mean either: who sends, where to, or what is sent.
UNCLEAR = {401, 403, 404, 405, 415, 421, 426}
#: Seconds of the first backoff, and of the longest: each is twice the one before.
FIRST_BACKOFF_S = 5
LONGEST_BACKOFF_S = 15 * 60
#: Seconds between two messages to an endpoint that is in doubt.
DOUBT_S = 5
#: For so long after a doubt, new messages go before those that wait, which may be those
#: that are refused.
NEW_FIRST_FOR = timedelta(minutes=1)
#: An endpoint is given up that has failed for so long, counting only time in which it
#: was tried, with so many attempts, on so many days, without a success.
LONGEST_FAILURE = timedelta(days=5)
FEWEST_ATTEMPTS = 10
FEWEST_DAYS = 4
#: Numbers are not counted beyond this: they are kept in the database.
HIGHEST_COUNT = 1_000_000


class Verdict(Enum):
    """An answer's verdict on the endpoint."""

    WORKS = "works"
    DOWN = "down"
    UNCLEAR = "unclear"
    #: The fault is ours.
    NONE = "none"


def verdict_of(answer):
    """Return what an answer says of the endpoint.

    :param answer: the sender's Answer
    """
    code = answer.response_code
    if not answer.failure:
        return Verdict.WORKS
    if answer.failure == "fault":
        return Verdict.NONE
    if answer.failure != "status" or code in DOWN or not 400 <= code < 500:
        return Verdict.DOWN
    return Verdict.UNCLEAR if code in UNCLEAR else Verdict.WORKS


class Health(NamedTuple):
    """An endpoint's health. Times are naive UTC, in whole seconds.

    :ivar failures: how many attempts in a row have found it down
    :ivar backoffs: how many backoffs in a row have been made
    :ivar backoff_until: None if the endpoint is not left alone
    :ivar failing_since: None if the last answer was that of an endpoint that works
    :ivar unclear: how many answers in a row were unclear
    :ivar doubted_at: when the latest answer came that left the endpoint in doubt
    :ivar failed_at: when the latest failure was
    :ivar failed_days: on how many days it has failed since ``failing_since``
    :ivar failing_s: for how many seconds, counting only time in which it was tried
    """

    failures: int = 0
    backoffs: int = 0
    backoff_until: datetime | None = None
    failing_since: datetime | None = None
    unclear: int = 0
    doubted_at: datetime | None = None
    failed_at: datetime | None = None
    failed_days: int = 0
    failing_s: int = 0

    @property
    def suspect(self):
        """Whether one message is to be tried before all the others."""
        return (
            self.backoffs > 0
            or self.failures >= MANY_FAILURES
            or self.unclear >= MANY_UNCLEAR
        )

    def is_backing_off(self, now):
        return bool(self.backoff_until and self.backoff_until > now)

    def is_new_first(self, now):
        """Tell whether new messages are to go before those that wait."""
        if not self.doubted_at:
            return False
        return timedelta(0) <= now - self.doubted_at < NEW_FIRST_FOR

    def after(self, answers, now, put_off=timedelta(0)):
        """Return the endpoint's health after it has been sent something.

        :param answers: each Answer, in the order they came
        :param datetime now: naive UTC
        :param timedelta put_off: how long these attempts had been put off, at the most:
            longer gaps between failures are time in which nothing was tried
        """
        health = self
        asked_for = busy = 0
        for answer in answers:
            verdict = verdict_of(answer)
            if verdict is Verdict.WORKS:
                health = Health(doubted_at=health.doubted_at)
                asked_for = busy = 0
            elif verdict is not Verdict.NONE:
                health = health._failed(verdict, now.replace(microsecond=0), put_off)
                busy = busy or answer.response_code in BUSY | {GONE}
                asked_for = max(asked_for, busy and answer.retry_after or 0)
        if health.failed_at is None or health == self:
            return health
        if busy or health.failures >= MANY_FAILURES:
            health = health._backed_off(now, asked_for)
        if health.unclear >= MANY_UNCLEAR:
            health = health._doubted(now)
        return health

    def _failed(self, verdict, now, put_off):
        """Return the health after one more failure."""
        is_new_day = not self.failed_at or now.date() != self.failed_at.date()
        tried_for = timedelta(seconds=(1 + JITTER) * LONGEST_BACKOFF_S) + put_off
        gap = min(now - (self.failed_at or now), tried_for)
        is_down = verdict is Verdict.DOWN
        unclear = min(self.unclear + (not is_down), HIGHEST_COUNT)
        return self._replace(
            failures=min(self.failures + is_down, HIGHEST_COUNT),
            unclear=unclear,
            doubted_at=now if unclear >= MANY_UNCLEAR else self.doubted_at,
            failing_since=self.failing_since or now,
            failed_at=now,
            failed_days=min(self.failed_days + is_new_day, HIGHEST_COUNT),
            failing_s=min(
                self.failing_s + max(0, round(gap.total_seconds())), HIGHEST_COUNT
            ),
        )

    def _backed_off(self, now, asked_for):
        """Return the health of an endpoint that is left alone.

        :param int asked_for: seconds for which the endpoint asks to be
        """
        wait, backoffs = asked_for, self.backoffs
        # of several requests at a time, all may fail for one reason
        if not self.is_backing_off(now):
            backoff = min(FIRST_BACKOFF_S * 2 ** min(backoffs, 20), LONGEST_BACKOFF_S)
            wait = max(wait, backoff * (1 + JITTER * random.random()))  # noqa: S311 - no secret
            backoffs = min(backoffs + 1, HIGHEST_COUNT)
        until = max(self.backoff_until or now, seconds_after(now, wait))
        return self._replace(backoffs=backoffs, backoff_until=until)

    def _doubted(self, now):
        """Return the health of an endpoint that is asked seldom, until it is clear."""
        until = max(self.backoff_until or now, seconds_after(now, DOUBT_S))
        return self._replace(backoff_until=until)

    def stop_reason(self, answers):
        """Return why an endpoint is to be given up: ``gone``, ``failing`` or None.

        :param answers: what this health comes from, see :meth:`after`
        """
        if any(answer.response_code == GONE for answer in answers):
            return "gone"
        if (
            self.failing_s >= LONGEST_FAILURE.total_seconds()
            and self.failures + self.unclear >= FEWEST_ATTEMPTS
            and self.failed_days >= FEWEST_DAYS
        ):
            return "failing"
        return None
