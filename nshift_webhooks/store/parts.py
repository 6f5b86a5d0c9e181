"""The parts of the log of events that have indexes of their own.

PostgreSQL takes a partial index only for a query that says what the index says. So the
indexes and the queries on them have these words from one place.
"""

import re

from odoo.tools import SQL

#: Received, with its message.
RECEIVED = "state = 'delivered' AND is_wiped IS NOT TRUE"
#: Received, and its message is wiped.
WIPED = "state = 'delivered' AND is_wiped"
#: Not received, or not yet.
NOT_RECEIVED = "state <> 'delivered'"
#: Not received, and nothing is sent any more.
ENDED = "state IN ('failed', 'cancelled', 'superseded')"
#: Since when an event is in the last of these.
ENDED_AT = "GREATEST(happened_at, last_attempt_at, cancelled_at)"
#: All events, each in one of these. Their latest attempts are in an index each.
ALL = (NOT_RECEIVED, RECEIVED, WIPED)


def all_of(table):
    """Return the SQL of each of ``ALL``, for a query that may know other tables.

    :param str table: the name or alias of the events
    """
    return [SQL(re.sub(r"\b(state|is_wiped)\b", rf"{table}.\1", part)) for part in ALL]
