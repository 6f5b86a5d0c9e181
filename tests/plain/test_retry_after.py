"""The header Retry-After, in all the forms that RFC 9110 knows."""

from datetime import datetime, timezone

import pytest
from delivery.retry_after import LONGEST_RETRY_AFTER_S, retry_after
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(1994, 11, 6, 8, 48, 37, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("86401", LONGEST_RETRY_AFTER_S),
        ("9" * 5000, LONGEST_RETRY_AFTER_S),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 60),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 60),
        ("Sun Nov  6 08:49:37 1994", 60),
        ("Sun, 06 Nov 1994 08:00:00 GMT", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_RETRY_AFTER_S),
        ("0000000000120", 120),
        ("00000000000000", 0),
        ("Fri, 31 Dec " + "9" * 20 + " 23:59:59 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", LONGEST_RETRY_AFTER_S),
        ("Mon, 01 Jan 0100 00:00:00 +2359", 0),
        ("Sun, 06 Nov 1994 08:49:37 +" + "9" * 20, None),
        ("1 1 1 1", None),
        ("Sun, 06 Nov 1994 08:49:37 GMT" + "x" * 30_000, None),
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


#: What dates are made of.
WORDS = (
    "Sun, 06 Nov 1994 08:49:37 GMT +0000 -9999 99 : , - 99999999999 . 0 1 Z (".split()
)


@given(
    st.one_of(
        st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join), st.from_regex(r"\d+")
    )
)
def test_any_value(value):
    """It says how long, or nothing."""
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER_S
    assert retry_after(value) is None or seconds is not None
