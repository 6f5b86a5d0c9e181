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
    :ivar created: (model, id) of the records that this transaction has made
    :ivar under_way: the data of the ``_create`` calls that have not returned yet, in
        which the ORM keeps the record that it has made of each
    :ivar touched: (model, id) of what may have changed since the last settlement
        (a dict for its order)
    :ivar event_ids: by (model, id), every event this transaction has written
    :ivar job_uuids: every delivery job this transaction has queued
    :ivar careful: whether something could not be built, so that from now on what is
        sound is kept apart from what is not
    """

    def __init__(self, began):
        self.began = began
        self.before = {}
        self.created = set()
        self.under_way = []
        self.touched = {}
        self.event_ids = defaultdict(list)
        self.job_uuids = []
        self.careful = False

    def note_created(self, keys):
        """Note that the transaction has made records, which were not there before.

        :param keys: (model, id) of each
        """
        self.before.update(dict.fromkeys(keys))
        self.created.update(keys)

    def inserted(self):
        """Return (model, id) of what has been made by creations under way."""
        return {
            (data["record"]._name, data["record"].id)
            for data_list in self.under_way
            for data in data_list
            if "record" in data
        }


_ledgers = WeakKeyDictionary()


def ledger_of(cr):
    """Return the :class:`Ledger` of a cursor's current transaction."""
    ledger = _ledgers.get(cr)
    # Savepoints empty the cursor's own places to keep things in, so a ledger lives
    # beside the cursor and is told apart from its predecessor by its timestamp.
    if ledger is None or ledger.began != cr.now():
        ledger = _ledgers[cr] = Ledger(cr.now())
    return ledger


def knows_records(cr):
    """Tell whether a cursor's current transaction has any records in its ledger.

    Unlike :func:`ledger_of` it usually needs no query for the transaction's timestamp.
    """
    return cr in _ledgers and bool(ledger_of(cr).before)
