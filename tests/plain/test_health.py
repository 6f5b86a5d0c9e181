"""When an endpoint is left alone, when it is tried again, and when it is given up."""

from datetime import datetime, timedelta

import pytest
from delivery.health import (
    DOUBT_S,
    FEWEST_ATTEMPTS,
    FIRST_BACKOFF_S,
    LONGEST_BACKOFF_S,
    LONGEST_FAILURE,
    MANY_FAILURES,
    MANY_UNCLEAR,
    NEW_FIRST_FOR,
    Health,
)
from delivery.sender import Answer

NOW = datetime(2026, 1, 2, 3, 4, 5)
ACCEPTED = Answer(response_code=200)
UNREACHABLE = Answer(failure="timeout")
HOUR = timedelta(hours=1)


def refused(code=422, retry_after=None):
    return Answer(response_code=code, failure="status", retry_after=retry_after)


def backoff(health, now=NOW):
    return (health.backoff_until - now).total_seconds()


@pytest.mark.parametrize(
    "code", [400, 402, 406, 409, 411, 412, 413, 414, 417, 422, 451]
)
def test_refused_is_not_down(code):
    """However many messages an endpoint refuses, it works."""
    assert Health().after([refused(code)] * 1000, NOW) == Health()


def test_refusals_show_an_endpoint_up():
    """Whoever judges a message has come back."""
    down = Health().after([UNREACHABLE] * MANY_FAILURES, NOW)
    assert down.after([refused()], NOW) == Health()


@pytest.mark.parametrize(
    "answer",
    [UNREACHABLE, Answer(failure="redirect", response_code=301), refused(500)]
    + [Answer(failure=failure) for failure in ("dns", "connection", "url", "address")]
    + [refused(408), refused(501), refused(599), refused(101)],
)
def test_many_failures_are_the_endpoints(answer):
    """Failures in a row make a backoff, a few do not."""
    few = Health().after([answer] * (MANY_FAILURES - 1), NOW)
    assert (few.failures, few.suspect) == (MANY_FAILURES - 1, False)
    assert few.failing_since == NOW
    assert not few.backoff_until
    health = few.after([answer], NOW)
    assert health.suspect
    assert FIRST_BACKOFF_S <= backoff(health) <= FIRST_BACKOFF_S * 1.2 + 1
    assert health.is_backing_off(NOW)
    assert not health.is_backing_off(NOW + timedelta(seconds=FIRST_BACKOFF_S * 2))


def test_fault_of_ours():
    """What goes wrong in here says nothing of the endpoint."""
    down = Health().after([UNREACHABLE] * MANY_FAILURES, NOW)
    later = NOW + HOUR
    assert down.after([Answer(failure="fault")] * 9, later) == down


def test_success_between_failures():
    """It starts the count anew."""
    few = [UNREACHABLE] * (MANY_FAILURES - 1)
    assert not Health().after([*few, ACCEPTED, *few], NOW).backoff_until


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_busy(code):
    """Who says that it is busy is left alone at once."""
    health = Health().after([refused(code)], NOW)
    assert FIRST_BACKOFF_S <= backoff(health) <= FIRST_BACKOFF_S * 1.2 + 1


def test_retry_after():
    """Who is busy says for how long, but not for less than without."""
    assert backoff(Health().after([refused(503, retry_after=60)], NOW)) == 60
    health = Health().after([refused(503, retry_after=0)], NOW)
    assert backoff(health) >= FIRST_BACKOFF_S
    assert not Health().after([refused(500, retry_after=60)], NOW).backoff_until
    assert not Health().after([refused(422, retry_after=60)], NOW).backoff_until


def test_backoffs_grow():
    """Each is twice the one before, up to a limit."""
    health, now = Health(), NOW
    for number in range(10):
        health = health.after([refused(503)], now)
        shortest = min(FIRST_BACKOFF_S * 2**number, LONGEST_BACKOFF_S)
        assert shortest <= backoff(health, now) <= shortest * 1.2 + 1
        now = health.backoff_until


def test_whole_seconds():
    """A backoff ends at a whole second, as jobs begin, and not before its time."""
    now = NOW.replace(microsecond=316_000)
    for answers in [[refused(503)], [refused(404)] * MANY_UNCLEAR]:
        health = Health().after(answers, now)
        assert not health.backoff_until.microsecond
        assert health.backoff_until >= now + timedelta(seconds=FIRST_BACKOFF_S)
        assert not health.is_backing_off(health.backoff_until)


def test_failures_under_way():
    """What was under way when a backoff began does not lengthen it."""
    health = Health().after([refused(503)], NOW)
    after = health.after([refused(503), refused(503)], NOW)
    assert (after.backoffs, after.backoff_until) == (1, health.backoff_until)
    last = health.backoff_until - timedelta(seconds=0.5)
    assert health.after([refused(503)], last).backoff_until == health.backoff_until
    assert backoff(health.after([refused(503, retry_after=600)], NOW)) == 600


@pytest.mark.parametrize("code", [401, 403, 404, 405, 415])
def test_unclear_answers(code):
    """Who may be wrongly set up, or not know some orders, is asked now and then."""
    few = Health().after([refused(code)] * (MANY_UNCLEAR - 1), NOW)
    assert not few.backoff_until
    health = few
    for _ in range(100):
        health = health.after([refused(code)], NOW)
        assert DOUBT_S <= backoff(health) <= DOUBT_S + 1, "it does not grow"
        assert health.suspect
    assert health.after([ACCEPTED], NOW) == Health(doubted_at=NOW)
    assert health.after([refused(422)], NOW) == Health(doubted_at=NOW)


def test_new_messages_first():
    """After a doubt, for a while: those that wait may be those that are refused."""
    health = Health().after([refused(404)] * MANY_UNCLEAR + [ACCEPTED], NOW)
    assert health.is_new_first(NOW)
    assert not health.is_new_first(NOW + NEW_FIRST_FOR)
    assert not health.is_new_first(NOW - HOUR), "the clock was put back"
    assert not Health().after([UNREACHABLE] * 9, NOW).is_new_first(NOW)


def test_gone():
    """Who is gone is given up at once."""
    answers = [refused(410)]
    health = Health().after(answers, NOW)
    assert health.stop_reason(answers) == "gone"
    assert health.is_backing_off(NOW), "nothing more is sent until that is written down"


def fail(health, now, *gaps, answer=UNREACHABLE):
    """Fail after each of the gaps, which had been planned."""
    for gap in gaps:
        now += gap
        health = health.after([answer], now, put_off=gap)
    return health, now


@pytest.mark.parametrize("answer", [UNREACHABLE, refused(401)])
def test_failing_throughout(answer):
    """Five days of failures are enough."""
    health = Health().after([answer], NOW)
    hours = int(LONGEST_FAILURE / HOUR)
    health, now = fail(health, NOW, *[HOUR] * (hours - 1), answer=answer)
    assert not health.stop_reason([answer])
    health, now = fail(health, now, HOUR, answer=answer)
    assert health.stop_reason([answer]) == "failing"


def test_quiet_days_do_not_count():
    """B2: two failures, six days in which nothing was tried, and one more."""
    health = Health().after([UNREACHABLE], NOW)
    health, now = fail(health, NOW, timedelta(seconds=5))
    health = health.after([UNREACHABLE], now + timedelta(days=6))
    assert not health.stop_reason([UNREACHABLE])
    assert health.failing_s == 5 + 1.2 * LONGEST_BACKOFF_S, "the longest it waits"


def test_few_attempts():
    """Ten are needed."""
    health = Health().after([UNREACHABLE], NOW)
    health, now = fail(health, NOW, *[timedelta(days=1)] * (FEWEST_ATTEMPTS - 2))
    assert health.failing_s > LONGEST_FAILURE.total_seconds()
    assert not health.stop_reason([UNREACHABLE])
    health, now = fail(health, now, HOUR)
    assert health.stop_reason([UNREACHABLE]) == "failing"


def test_few_days():
    """Attempts on four different days are needed."""
    health = Health().after([UNREACHABLE] * 20, NOW)
    assert health.failing_s == 0
    health, now = fail(health, NOW, timedelta(days=3), timedelta(days=3))
    assert health.failed_days == 3
    assert not health.stop_reason([UNREACHABLE])
    health, now = fail(health, now, timedelta(days=1))
    assert health.stop_reason([UNREACHABLE]) == "failing"


def test_odoo_off():
    """Attempts that had been planned for earlier do not make up for time off."""
    health, now = Health(), NOW
    for _day in range(30):
        for _attempt in range(3):
            health = health.after([UNREACHABLE], now, put_off=timedelta(minutes=5))
            now += timedelta(minutes=10)
        now += timedelta(hours=20)
    assert not health.stop_reason([UNREACHABLE])


def test_clock_jumps():
    """A clock that is wrong for a while gives nobody up."""
    health = Health().after([UNREACHABLE] * 20, NOW)
    for year in (2027, 2026, 2020, 2026):
        health = health.after([UNREACHABLE], NOW.replace(year=year))
    assert health.failing_s < LONGEST_FAILURE.total_seconds() / 10
    assert not health.stop_reason([UNREACHABLE])


def test_success_forgives():
    """Who succeeds now and then is not given up."""
    health = Health().after([UNREACHABLE], NOW)
    health, now = fail(health, NOW, *[HOUR] * 100)
    health = health.after([ACCEPTED], now)
    health, now = fail(health, now, *[HOUR] * 100)
    assert not health.stop_reason([UNREACHABLE])
