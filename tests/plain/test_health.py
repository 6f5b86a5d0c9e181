"""When an endpoint is left alone, and when it is tried again."""

from datetime import datetime, timedelta

import pytest
from delivery.health import (
    FIRST_PAUSE,
    JITTER,
    LONGEST_FAILURE,
    LONGEST_PAUSE,
    MANY_FAILURES,
    Health,
)
from delivery.sender import Answer

NOW = datetime(2026, 1, 2, 3, 4, 5)
ACCEPTED = Answer(response_code=200)
REFUSED = Answer(response_code=400, failure="status")
UNREACHABLE = Answer(failure="timeout")


def busy(code=503, retry_after=None):
    return Answer(response_code=code, failure="status", retry_after=retry_after)


def pause(health):
    return (health.backoff_until - NOW).total_seconds()


def test_a_few_failures_are_the_messages_own():
    health = Health().after([REFUSED] * (MANY_FAILURES - 1), NOW)
    assert health == Health(failures=MANY_FAILURES - 1, failing_since=NOW)
    assert not health.suspect


@pytest.mark.parametrize("answer", [REFUSED, UNREACHABLE])
def test_many_failures_in_a_row_are_the_endpoints(answer):
    health = Health().after([answer] * MANY_FAILURES, NOW)
    assert health.suspect
    assert FIRST_PAUSE <= pause(health) <= FIRST_PAUSE * (1 + JITTER)
    assert health.is_backing_off(NOW)
    assert not health.is_backing_off(NOW + timedelta(seconds=FIRST_PAUSE * 2))


def test_a_success_in_between_starts_the_count_anew():
    few = [REFUSED] * (MANY_FAILURES - 1)
    assert not Health().after([*few, ACCEPTED, *few], NOW).backoff_until


@pytest.mark.parametrize("code", [429, 502, 503, 504])
def test_who_is_busy_is_left_alone_at_once(code):
    health = Health().after([busy(code)], NOW)
    assert FIRST_PAUSE <= pause(health) <= FIRST_PAUSE * (1 + JITTER)


@pytest.mark.parametrize("code", [400, 404, 500, 501])
def test_what_is_wrong_with_one_message_pauses_nothing(code):
    assert not Health().after([busy(code)], NOW).backoff_until


def test_who_says_how_long_is_left_alone_for_so_long():
    assert pause(Health().after([busy(retry_after=60)], NOW)) == 60
    # but never less than without
    assert pause(Health().after([busy(retry_after=0)], NOW)) >= FIRST_PAUSE


def test_only_who_is_busy_says_how_long():
    assert not Health().after([busy(500, retry_after=60)], NOW).backoff_until


def test_each_pause_is_twice_the_one_before_up_to_a_limit():
    health, pauses = Health(), []
    for _ in range(10):
        health = Health(health.failures, health.pauses).after([busy()], NOW)
        pauses.append(pause(health))
    for number, seconds in enumerate(pauses):
        shortest = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
        assert shortest <= seconds <= shortest * (1 + JITTER)


def test_what_was_under_way_does_not_lengthen_the_pause():
    health = Health().after([busy()], NOW)
    assert health.after([busy(), busy()], NOW) == health._replace(
        failures=health.failures + 2
    )
    assert pause(health.after([busy(retry_after=600)], NOW)) == 600


def test_a_success_makes_all_well():
    health = Health().after([busy()] * 9, NOW)
    assert health.after([ACCEPTED], NOW) == Health()


def test_who_is_gone_is_given_up_at_once():
    answers = [Answer(response_code=410, failure="status")]
    health = Health().after(answers, NOW)
    assert health.verdict(answers, NOW) == "gone"
    assert health.is_backing_off(NOW), "nothing more is sent until that is written down"


def test_who_fails_for_days_is_given_up():
    health = Health().after([UNREACHABLE], NOW)
    later = NOW + LONGEST_FAILURE - timedelta(seconds=1)
    health = health.after([UNREACHABLE], later)
    assert health.verdict([UNREACHABLE], later) is None
    later += timedelta(seconds=1)
    health = health.after([UNREACHABLE], later)
    assert health.verdict([UNREACHABLE], later) == "failing"


def test_who_succeeds_now_and_then_is_not():
    health = Health().after([UNREACHABLE, ACCEPTED], NOW)
    later = NOW + LONGEST_FAILURE
    health = health.after([UNREACHABLE], later)
    assert health.failing_since == later
    assert health.verdict([UNREACHABLE], later) is None
