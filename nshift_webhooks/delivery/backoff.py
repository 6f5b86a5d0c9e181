"""The time from a failed attempt to the next."""

import random
from datetime import timedelta

MINUTE = 60
HOUR = 60 * MINUTE

#: Seconds to wait after the first, second, ... failed attempt.
RETRY_DELAYS = (
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
#: Limits of a schedule: the number of delays, and the seconds of a delay.
MOST_DELAYS = 50
LONGEST_DELAY_S = 30 * 24 * HOUR
#: A delay is lengthened by up to this share of itself, so that messages that failed at
#: the same time are retried at different times.
JITTER = 0.2


def parse_delays(text):
    """Read a retry schedule such as ``5, 300, 1800``.

    :param str text: whole seconds, separated by commas
    :return: a tuple of seconds
    :raises ValueError: a delay is no whole number of seconds, below 1 or above 30 days,
        or there are more than 50
    """
    parts = text.split(",")
    if len(parts) > MOST_DELAYS or not all(
        part.strip().isascii() and part.strip().isdigit() and len(part) < 20
        for part in parts
    ):
        raise ValueError("there are too many delays, or one is no whole number")
    delays = tuple(map(int, parts))
    if min(delays) < 1 or max(delays) > LONGEST_DELAY_S:
        raise ValueError("a delay is shorter than one second or longer than 30 days")
    return delays


def seconds_after(moment, seconds):
    """Return a later moment, rounded up to whole seconds.

    The database and queue_job keep moments in whole seconds. Rounded down, a message
    would not be due yet when its job looks for due messages.

    :param datetime moment: naive UTC
    :param float seconds: time to add
    """
    later = moment + timedelta(seconds=seconds, microseconds=999_999)
    return later.replace(microsecond=0)


def retry_delay(failures, delays=RETRY_DELAYS):
    """Return the time to wait before the next attempt, jitter included.

    :param int failures: how many attempts in a row have failed, at least 1
    :param delays: seconds to wait after the first, second, ... failure
    :return: a ``timedelta`` of whole seconds, or None if there is no next attempt
    """
    if failures > len(delays):
        return None
    delay = delays[failures - 1]
    return timedelta(seconds=round(delay * (1 + JITTER * random.random())))  # noqa: S311 - no secret
