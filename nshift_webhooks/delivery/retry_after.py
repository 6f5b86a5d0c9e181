"""The pause that an endpoint asks for: the header ``Retry-After``.

Source: RFC 9110, section 10.2.3.
"""

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: Seconds that are waited at the most, whatever the endpoint says.
LONGEST_RETRY_AFTER_S = 24 * 60 * 60
#: Characters of a date, with some to spare.
LONGEST_DATE = 50


def retry_after(value, now=None):
    """Return the seconds to wait, None if the header says nothing of the kind.

    :param value: seconds, or a date in one of HTTP's three formats; None for no header
    :param datetime now: with a time zone; by default the present
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        # int() takes no more than some thousand digits
        return min(int(value.lstrip("0")[:9] or 0), LONGEST_RETRY_AFTER_S)
    if len(value) > LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(value)
        moment = moment.replace(tzinfo=moment.tzinfo or timezone.utc)
        delay = moment - (now or datetime.now(timezone.utc))
    # of what is no date some is: a year of many digits, or too few words
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return min(max(0, round(delay.total_seconds())), LONGEST_RETRY_AFTER_S)
