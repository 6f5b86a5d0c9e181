"""How long an endpoint wants to be left alone: the header ``Retry-After``.

Source: RFC 9110, section 10.2.3.
"""

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

#: Seconds that are waited at the most, whatever the endpoint says.
LONGEST_RETRY_AFTER = 24 * 60 * 60


def retry_after(value, now=None):
    """Return the seconds to wait, None if the header says nothing of the kind.

    :param value: seconds, or a date in one of HTTP's three formats; None for no header
    :param datetime now: with a time zone; by default the present
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        seconds = int(value[:9])
    else:
        try:
            moment = parsedate_to_datetime(value)
        except ValueError:
            return None
        moment = moment.replace(tzinfo=moment.tzinfo or timezone.utc)
        delay = moment - (now or datetime.now(timezone.utc))
        seconds = max(0, round(delay.total_seconds()))
    return min(seconds, LONGEST_RETRY_AFTER)
