"""The parts of the events' log that have indexes of their own.

PostgreSQL uses a partial index only for queries that repeat its condition. The indexes
and their queries therefore take the condition from here.
"""

import re

from odoo.tools import SQL

#: Events that were received, with their message.
RECEIVED = "state = 'delivered' AND is_wiped IS NOT TRUE"
#: Events that were received, whose message is wiped.
WIPED = "state = 'delivered' AND is_wiped"
#: Events that were not received, or not yet.
NOT_RECEIVED = "state <> 'delivered'"
#: Events that were not received, and are not sent any more.
ENDED = "state IN ('failed', 'cancelled', 'superseded')"
#: The time from which on an event is in ``ENDED``.
ENDED_AT = "GREATEST(happened_at, last_attempt_at, cancelled_at)"
#: Conditions of which each event meets one. Each has an index on the latest attempt.
ALL = (NOT_RECEIVED, RECEIVED, WIPED)


def all_of(table):
    """Return ``ALL`` as SQL conditions, for queries with several tables.

    :param str table: name or alias of the events' table
    """
    return [SQL(re.sub(r"\b(state|is_wiped)\b", rf"{table}.\1", part)) for part in ALL]
