"""A receiver's position in the list of a webhook's messages.

Messages have a place in the list: a number that is taken before the transaction that
makes the message is committed. So one with a lower place can appear after one with a
higher place was read. A position therefore knows more than a place: which transactions
had ended when it was read, as PostgreSQL says it (``pg_current_snapshot()``). Whatever
has a lower place, and was made by a transaction that had not ended, is read later.

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

    :ivar lowest: all with a lower number had
    :ivar next: none with this number, or a higher one, had
    :ivar running: the numbers between of those that had not
    :ivar unused: no transaction had this number yet, or a higher one. It is not
        ``next``, which follows the highest number of those that had ended: some that
        run may have that number, or a higher one. None: unknown
    """

    lowest: int
    next: int
    running: tuple[int, ...] = ()
    unused: int | None = None

    @classmethod
    def of(cls, text, ahead=None):
        """Read a snapshot.

        :param str text: PostgreSQL's, such as ``10:20:10,14``
        :param int ahead: how far ``unused`` is from the second of these numbers
        """
        lowest, following, running = text.split(":")
        return cls(
            int(lowest),
            int(following),
            tuple(map(int, filter(None, running.split(",")))),
            None if ahead is None else int(following) + ahead,
        )

    def is_over(self, now):
        """Tell whether all that ran then has ended by now.

        :param now: a later Snapshot
        """
        return self.unused is not None and now.lowest >= self.unused


class Position(NamedTuple):
    """A receiver's position in the list.

    :ivar snapshot: what had ended when all up to ``upto`` was read
    :ivar upto: the highest place that was read
    :ivar floor: up to this place, nothing can appear any more
    :ivar late_upto: of what has appeared late, up to which place it was read; None: all
    :ivar late_snapshot: what had ended when the reading of that began
    :ivar last_id: the event with the highest number that was read
    :ivar last_message: its message's ID, by which another database's is known
    :ivar read_at: when ``snapshot`` was taken, in seconds since 1970; 0: unknown
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
        """Return the cursor that stands for this position.

        :param sign: returns the signature of a text, in hexadecimal
        """
        text = json.dumps(self, separators=(",", ":"))
        data = f"{sign(text)}{text}".encode()
        return base64.urlsafe_b64encode(data).decode().rstrip("=")

    @classmethod
    def decode(cls, cursor, sign):
        """Return the position that a cursor stands for.

        :param cursor: whatever a client has sent
        :param sign: see :meth:`encode`
        :raises ValueError: it is none that was made here with the same signature
        """
        if not isinstance(cursor, str):
            raise ValueError("not a text")
        # binascii's errors and those of decoding are ValueErrors
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
