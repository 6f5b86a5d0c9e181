"""A circuit breaker: the health of an endpoint.

*Refused* and *down* are different. An endpoint that refuses a message works; an
endpoint that cannot be reached, or fails, is down. Some answers are unclear: 404 may
mean an order that the receiving system does not know, or a wrong URL.
"""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import Enum
from typing import NamedTuple

from .backoff import JITTER, seconds_after
from .sender import Answer

#: Number of failures without a success after which an endpoint gets one message at a
#: time.
MANY_FAILURES = 5
#: Number of unclear answers without a success after which an endpoint gets one message
#: now and then, until it accepts or refuses a message.
MANY_UNCLEAR = 3
#: Status codes of an endpoint that can take no message at the moment.
BUSY = {429, 502, 503, 504}
#: Status code of an address at which there will be no endpoint any more.
GONE = 410
#: Status codes from 400 to 499 that judge the endpoint and not the message: it requires
#: another proxy, was too slow, or is not ready yet.
DOWN = {407, 408, 425, 429, GONE}
#: Status codes that may judge the endpoint or the message: the sender, URL or content.
UNCLEAR = {401, 403, 404, 405, 415, 421, 426}
#: Seconds of the first and the longest backoff: each is twice as long as the last.
FIRST_BACKOFF_S = 5
LONGEST_BACKOFF_S = 15 * 60
#: Seconds between two messages to an endpoint that is in doubt.
DOUBT_S = 5
#: Time after a doubt in which new messages go before waiting messages, since those may
#: be the messages that the endpoint refuses.
NEW_FIRST_FOR = timedelta(minutes=1)
#: An endpoint is given up after so much time of failures, counting only time in which
#: messages were tried, so many attempts and so many days, without a success.
LONGEST_FAILURE = timedelta(days=5)
FEWEST_ATTEMPTS = 10
FEWEST_DAYS = 4
#: Limit of all counts, since they are stored in the database as integers.
HIGHEST_COUNT = 1_000_000


class Verdict(Enum):
    """The meaning of an answer for the endpoint."""

    WORKS = "works"
    DOWN = "down"
    UNCLEAR = "unclear"
    #: The fault is the addon's, so the answer means nothing.
    NONE = "none"


def verdict_of(answer: Answer) -> Verdict:
    """Return the meaning of an answer for the endpoint.

    :param answer: the sender's Answer
    :return: a Verdict
    """
    code = answer.response_code or 0
    if not answer.failure:
        return Verdict.WORKS
    if answer.failure == "fault":
        return Verdict.NONE
    if answer.failure != "status" or code in DOWN or not 400 <= code < 500:
        return Verdict.DOWN
    return Verdict.UNCLEAR if code in UNCLEAR else Verdict.WORKS


class Health(NamedTuple):
    """The health of an endpoint. Times are naive UTC, in whole seconds.

    :ivar failures: number of attempts that found the endpoint down since it last worked
    :ivar backoffs: number of backoffs since the endpoint last worked
    :ivar backoff_until: end of the backoff, None if there has been none
    :ivar failing_since: time of the first failure, None if the last answer was that of
        a working endpoint
    :ivar unclear: number of unclear answers since the endpoint last worked
    :ivar doubted_at: time of the latest answer that left the endpoint in doubt
    :ivar failed_at: time of the latest failure
    :ivar failed_days: number of days with a failure since ``failing_since``
    :ivar failing_s: seconds of failing, counting only time in which messages were tried
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
        """Whether a single message is to be tried before all others."""
        return (
            self.backoffs > 0
            or self.failures >= MANY_FAILURES
            or self.unclear >= MANY_UNCLEAR
        )

    def is_backing_off(self, now: datetime) -> bool:
        return bool(self.backoff_until and self.backoff_until > now)

    def is_new_first(self, now: datetime) -> bool:
        """Tell whether new messages are to go before waiting ones."""
        if not self.doubted_at:
            return False
        return timedelta(0) <= now - self.doubted_at < NEW_FIRST_FOR

    def after(
        self, answers: Iterable[Answer], now: datetime, put_off=timedelta(0)
    ) -> "Health":
        """Return the endpoint's health after some answers.

        :param answers: the Answers in the order of their arrival
        :param datetime now: naive UTC
        :param timedelta put_off: the longest delay before these attempts; the rest of a
            longer gap between failures is time in which nothing was tried
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

    def _failed(self, verdict: Verdict, now: datetime, put_off) -> "Health":
        """Return the health after a further failure."""
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

    def _backed_off(self, now: datetime, asked_for) -> "Health":
        """Return the health with a backoff.

        :param int asked_for: seconds that the endpoint asks for
        """
        wait, backoffs = asked_for, self.backoffs
        # several requests under way may fail for the same reason, which counts once
        if not self.is_backing_off(now):
            backoff = min(FIRST_BACKOFF_S * 2 ** min(backoffs, 20), LONGEST_BACKOFF_S)
            wait = max(wait, backoff * (1 + JITTER * random.random()))  # noqa: S311 - no secret
            backoffs = min(backoffs + 1, HIGHEST_COUNT)
        until = max(self.backoff_until or now, seconds_after(now, wait))
        return self._replace(backoffs=backoffs, backoff_until=until)

    def _doubted(self, now: datetime) -> "Health":
        """Return the health with a short backoff until the endpoint is in no doubt."""
        until = max(self.backoff_until or now, seconds_after(now, DOUBT_S))
        return self._replace(backoff_until=until)

    def stop_reason(self, answers: Iterable[Answer]) -> str | None:
        """Return the reason to give up the endpoint: ``gone``, ``failing`` or None.

        :param answers: the Answers that this health results from, see :meth:`after`
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
