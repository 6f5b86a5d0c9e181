"""The state of all webhooks at one moment, for monitoring."""

from typing import NamedTuple

#: Classes of answers by the first digit of their codes; ``none`` is for no answer.
CLASSES = ("2xx", "3xx", "4xx", "5xx", "other", "none")


class Totals(NamedTuple):
    """Totals of a webhook's messages since the webhook was created. They only rise.

    :ivar delivered: number of times that messages were received
    :ivar failed: number of messages that were given up
    :ivar attempts: number of attempts for each of the ``CLASSES``
    :ivar durations: number of answers in each step of ``histogram.py``
    :ivar duration_ms: sum of the durations of these answers
    """

    delivered: int
    failed: int
    attempts: list
    durations: list
    duration_ms: int


class Webhook(NamedTuple):
    """The state of one webhook.

    :ivar health: the value on the overview
    :ivar waiting: number of waiting messages, at most one more than are counted
    :ivar oldest_waiting_s: seconds since the oldest waiting event happened, None if
        none waits
    """

    id: int
    name: str
    health: str
    waiting: int
    oldest_waiting_s: float | None
    totals: Totals


class State(NamedTuple):
    """The state of all webhooks.

    :ivar version: version of the addon
    :ivar steps_ms: the longest duration in each step of ``histogram.py`` but the last
    :ivar reasons: reasons for being overdue: texts by code; empty if nothing is overdue
    :ivar runner_seen: whether a job runner works for the database
    :ivar schedule_ran_at: last run of the scheduled action of each minute, in seconds
        since 1970; None if there was none
    :ivar webhooks: a Webhook for each active webhook, up to a limit
    :ivar left_out: number of active webhooks beyond the limit
    """

    version: str
    steps_ms: list
    reasons: dict
    runner_seen: bool
    schedule_ran_at: int | None
    webhooks: list
    left_out: int


def class_of(response_code):
    """Return the index in ``CLASSES`` of an answer.

    :param response_code: HTTP status code; None or 0 if there was no answer
    """
    if not response_code:
        return CLASSES.index("none")
    name = f"{response_code // 100}xx"
    return CLASSES.index(name if name in CLASSES else "other")
