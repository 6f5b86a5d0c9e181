"""What is remembered about one database transaction while it is under way."""

from collections import defaultdict
from weakref import WeakKeyDictionary


class Ledger:
    """The records that one transaction has touched.

    All of it is true whatever becomes of the savepoints within the transaction:
    ``before`` is what was there before any of them; a record in ``touched`` whose
    change was rolled back is found unchanged when it is settled; an id in
    ``event_ids`` whose row was rolled back matches nothing.

    :ivar began: the transaction's timestamp
    :ivar before: by (model, id), the record's Snapshot at the start of the
        transaction, None if it did not exist
    :ivar touched: (model, id) of what may have changed since the last settlement
        (a dict for its order)
    :ivar event_ids: by (model, id), every event this transaction has written
    """

    def __init__(self, began):
        self.began = began
        self.before = {}
        self.touched = {}
        self.event_ids = defaultdict(list)


_ledgers = WeakKeyDictionary()


def ledger_of(cr):
    """Return the :class:`Ledger` of a cursor's current transaction."""
    ledger = _ledgers.get(cr)
    # Savepoints empty the cursor's own places to keep things in, so a ledger lives
    # beside the cursor and is told apart from its predecessor by its timestamp.
    if ledger is None or ledger.began != cr.now():
        ledger = _ledgers[cr] = Ledger(cr.now())
    return ledger
