"""A receiver's position in the list of a webhook's messages.

Each message has a place in the list: a number taken before the commit of the
transaction that makes the message. A message with a lower place can therefore appear
after a receiver has read a message with a higher place. For this reason a position
contains not only a place, but also the transactions that had ended when the list was
read, as PostgreSQL's ``pg_current_snapshot()`` tells them. A message with a lower place
that was made by a transaction still running at the time is read later.

Source: https://www.postgresql.org/docs/current/functions-info.html, "Transaction ID and
Snapshot Information Functions".
"""

import base64
import hmac
import json
from typing import NamedTuple

#: Characters of a signature: HMAC-SHA256 in hexadecimal.
SIGNATURE = 64


class Snapshot(NamedTuple):
    """The transactions that had ended at one moment.

    :ivar lowest: all transactions with a lower number had ended
    :ivar next: no transaction with this or a higher number had ended
    :ivar running: the numbers in between of transactions that had not ended
    :ivar unused: no transaction had been given this or a higher number; None if
        unknown. This differs from ``next``, which follows the highest number of an
        ended transaction: running transactions may have ``next`` or a higher number.
    """

    lowest: int
    next: int
    running: tuple[int, ...] = ()
    unused: int | None = None

    @classmethod
    def of(cls, text, ahead=None):
        """Read a snapshot from PostgreSQL's text.

        :param str text: a ``pg_snapshot`` such as ``10:20:10,14``
        :param int ahead: the distance from the second of these numbers to ``unused``,
            None if unknown
        """
        lowest, following, running = text.split(":")
        return cls(
            int(lowest),
            int(following),
            tuple(map(int, filter(None, running.split(",")))),
            None if ahead is None else int(following) + ahead,
        )

    def is_over(self, now: "Snapshot") -> bool:
        """Tell whether all transactions that ran at this snapshot have since ended.

        :param now: a later Snapshot
        """
        return self.unused is not None and now.lowest >= self.unused


class Position(NamedTuple):
    """A receiver's position in the list of a webhook's messages.

    :ivar snapshot: the transactions that had ended when all messages up to ``upto``
        were read
    :ivar upto: the highest place that was read
    :ivar floor: no message can appear any more up to this place
    :ivar late_upto: the place up to which late messages were read, None if all were
    :ivar late_snapshot: the transactions that had ended when the reading of these late
        messages began
    :ivar last_id: the highest event id that was read
    :ivar last_message: the message ID of this event, which reveals a cursor from
        another state of the database, such as before a restored backup
    :ivar read_at: when ``snapshot`` was taken, in seconds since 1970; 0 if unknown
    """

    snapshot: Snapshot
    upto: int = 0
    floor: int = 0
    late_upto: int | None = None
    late_snapshot: Snapshot | None = None
    last_id: int = 0
    last_message: str = ""
    read_at: int = 0

    def encode(self, sign):
        """Return this position as a cursor: base64url of a signature and JSON.

        :param sign: function that returns a text's HMAC-SHA256 in hexadecimal
        """
        text = json.dumps(self, separators=(",", ":"))
        data = f"{sign(text)}{text}".encode()
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor, sign) -> "Position":
        """Return the position that a cursor encodes.

        :param cursor: the value that a client has sent, of any type
        :param sign: see :meth:`encode`
        :raises ValueError: the cursor was not made by :meth:`encode` with this ``sign``
        """
        if not isinstance(cursor, str):
            raise ValueError("not a text")
        # binascii.Error and UnicodeError are ValueErrors
        data = base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4))
        text = data.decode()
        signature, text = text[:SIGNATURE], text[SIGNATURE:]
        if not hmac.compare_digest(signature.encode(), sign(text).encode()):
            raise ValueError("not signed here")
        snapshot, upto, floor, late_upto, late_snapshot, *last = json.loads(text)
        return cls(
            _snapshot(snapshot), upto, floor, late_upto, _snapshot(late_snapshot), *last
        )


def _snapshot(values):
    if values is None:
        return None
    lowest, following, running, *unused = values
    return Snapshot(lowest, following, tuple(running), *unused)
