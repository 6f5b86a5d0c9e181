"""The state of all webhooks at one moment, as far as monitoring is told."""

from typing import NamedTuple

#: The classes of answers, by the first digit of their codes, and what has none.
CLASSES = ("2xx", "3xx", "4xx", "5xx", "other", "none")


class Totals(NamedTuple):
    """Totals of a webhook's messages since it was made: they only rise.

    :ivar delivered: how often a message was received
    :ivar failed: how many messages were given up
    :ivar attempts: how many attempts had an answer of each of the ``CLASSES``
    :ivar durations: how many answers are in each step of ``histogram.py``
    :ivar duration_ms: how long all these answers took
    """

    delivered: int
    failed: int
    attempts: list
    durations: list
    duration_ms: int


class Webhook(NamedTuple):
    """The state of one webhook.

    :ivar health: as on the overview
    :ivar waiting: how many messages wait; one more than are counted at the most, if
        there are more
    :ivar oldest_waiting_s: seconds since the oldest of these happened; None: none waits
    """

    id: int
    name: str
    health: str
    waiting: int
    oldest_waiting_s: float | None
    totals: Totals


class State(NamedTuple):
    """The state of all webhooks.

    :ivar version: the addon's
    :ivar steps_ms: the longest duration that is in each step but the last
    :ivar reasons: why something is overdue: texts by their codes; empty if nothing is
    :ivar runner_seen: whether a job runner works for the database
    :ivar schedule_ran_at: when the scheduled action of each minute ran last, in seconds
        since 1970; None: never
    :ivar webhooks: the active ones
    :ivar left_out: how many more of these there are
    """

    version: str
    steps_ms: list
    reasons: dict
    runner_seen: bool
    schedule_ran_at: int | None
    webhooks: list
    left_out: int


def class_of(response_code):
    """Return the place in ``CLASSES`` of an answer's code.

    :param response_code: None or 0: there was no answer
    """
    if not response_code:
        return CLASSES.index("none")
    name = f"{response_code // 100}xx"
    return CLASSES.index(name if name in CLASSES else "other")
