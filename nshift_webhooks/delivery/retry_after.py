"""The pause for which an endpoint asks by the header ``Retry-After``.

Source: RFC 9110, section 10.2.3.
"""

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: Most seconds that are waited, whatever the endpoint asks for.
LONGEST_RETRY_AFTER_S = 24 * 60 * 60
#: Longest date in characters, with some to spare.
LONGEST_DATE = 50


def retry_after(value, now=None):
    """Return the seconds to wait, None if the header is missing or malformed.

    :param value: number of seconds, or a date in one of HTTP's three formats; None for
        no header
    :param datetime now: the current time with a time zone, by default the clock's
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        # int() refuses texts of some thousand digits
        return min(int(value.lstrip("0")[:9] or 0), LONGEST_RETRY_AFTER_S)
    if len(value) > LONGEST_DATE:
        return None
    try:
        moment = parsedate_to_datetime(value)
        moment = moment.replace(tzinfo=moment.tzinfo or timezone.utc)
        delay = moment - (now or datetime.now(timezone.utc))
    # some malformed dates raise other errors, such as years of many digits
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None
    return min(max(0, round(delay.total_seconds())), LONGEST_RETRY_AFTER_S)
