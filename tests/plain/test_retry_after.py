"""The header Retry-After, in all the forms that RFC 9110 knows."""

from datetime import datetime, timezone

import pytest
from delivery.retry_after import LONGEST_RETRY_AFTER, retry_after

NOW = datetime(1994, 11, 6, 8, 48, 37, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("86401", LONGEST_RETRY_AFTER),
        ("9" * 5000, LONGEST_RETRY_AFTER),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 60),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 60),
        ("Sun Nov  6 08:49:37 1994", 60),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER),
        (None, None),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("Sun, 99 Nov 1994 08:49:37 GMT", None),
    ],
)
def test_what_it_says_in_seconds(value, seconds):
    assert retry_after(value, NOW) == seconds
