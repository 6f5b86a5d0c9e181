from datetime import timedelta

import pytest
from delivery.backoff import JITTER, RETRY_DELAYS, parse_delays, retry_delay


def test_the_schedule_is_the_published_one():
    minute, hour = 60, 3600
    assert RETRY_DELAYS == (
        5,
        5 * minute,
        30 * minute,
        2 * hour,
        5 * hour,
        10 * hour,
        14 * hour,
        20 * hour,
        24 * hour,
    )


@pytest.mark.parametrize("failures", range(1, 10))
def test_each_delay_has_jitter(failures):
    delay = RETRY_DELAYS[failures - 1]
    found = {retry_delay(failures) for _ in range(200)}
    assert min(found) >= timedelta(seconds=delay)
    assert max(found) <= timedelta(seconds=round(delay * (1 + JITTER)))
    assert len(found) > 1


def test_after_the_last_delay_there_is_no_more():
    assert retry_delay(10) is None
    assert retry_delay(2, (1,)) is None


@pytest.mark.parametrize(
    ("text", "delays"),
    [
        ("1,2,3", (1, 2, 3)),
        (" 1, 2 ,3 ", (1, 2, 3)),
        (",".join(["1"] * 50), (1,) * 50),
        ("2592000", (30 * 24 * 3600,)),
    ],
)
def test_a_schedule_is_read(text, delays):
    assert parse_delays(text) == delays


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,,2",
        "0",
        "-5",
        "1.5",
        "one",
        "1;2",
        "1,2,",
        "2592001",
        "1" + "0" * 5000,
        "²",
        ",".join(["1"] * 51),
    ],
)
def test_a_wrong_schedule_is_refused(text):
    with pytest.raises(ValueError, match=r"whole number|shorter than"):
        parse_delays(text)
