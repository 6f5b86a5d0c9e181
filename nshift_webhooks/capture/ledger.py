"""The memory of one database transaction while it is under way."""

from collections import defaultdict
from weakref import WeakKeyDictionary

from .snapshot import Snapshot


class Ledger:
    """The records that one transaction has touched.

    All attributes stay valid when a savepoint within the transaction is rolled back:
    ``past`` and ``before`` hold values from before every savepoint; a record in
    ``touched`` whose change was rolled back is found unchanged when settled; an id in
    ``event_ids`` whose row was rolled back matches no row.

    :ivar began: timestamp of the transaction
    :ivar past: the ORM's cache of committed values, None until asked for
    :ivar before: by (model, id), the record's Snapshot at the start of the
        transaction, None if the record did not exist
    :ivar created: (model, id) of the records that this transaction has created
    :ivar under_way: model and data of the ``_create`` calls that have not returned yet;
        the ORM adds each created record to the data
    :ivar changed: by model, the ids of shown records that this transaction has changed
    :ivar fresh: the part of ``changed`` from after the last settlement
    :ivar corrected: by model, the ids of records changed since the last settlement
        whose change may be a correction, such as a contact's new address
    :ivar affected: (model, id) of the orders and transfers to report in this
        transaction because of corrections
    :ivar touched: (model, id) of the orders and transfers that may have changed since
        the last settlement
    :ivar settled: (model, id) of the orders and transfers of earlier settlements
    :ivar event_ids: by (model, id), the ids of all events that this transaction has
        written, each with the id of its webhook
    :ivar leading: by (model, id), the (model, id) of the records whose messages go
        first, for a webhook that follows both
    :ivar trailing: the inverse of ``leading``
    :ivar job_uuids: the UUIDs of all delivery jobs that this transaction has queued
    :ivar chosen: the further fields of messages, a Chosen of ``payload/custom.py``, the
        same for the whole transaction; None until asked for
    :ivar has_changed_webhooks: whether the transaction has changed webhooks itself
    :ivar careful: whether building has failed once, so that from then on each item is
        built within a savepoint of its own
    """

    def __init__(self, began):
        self.began = began
        self.past = None
        self.before: dict[tuple[str, int], Snapshot | None] = {}
        self.created = set()
        self.under_way = []
        self.changed = defaultdict(set)
        self.fresh = defaultdict(set)
        self.corrected = defaultdict(set)
        self.affected = set()
        self.touched = set()
        self.settled = set()
        self.event_ids: dict[tuple[str, int], dict] = defaultdict(dict)
        self.leading = defaultdict(set)
        self.trailing = defaultdict(set)
        self.job_uuids = []
        self.chosen = None
        self.has_changed_webhooks = False
        self.careful = False

    def note_changed(self, name, ids):
        """Note records of a model whose values differ from now on."""
        self.changed[name].update(ids)
        self.fresh[name].update(ids)

    def is_new(self, key):
        """Tell whether a record was created in this transaction.

        :param key: (model, id)
        """
        # a record without a Snapshot existed before, unless it is in ``created``
        return key in self.created or not self.before.get(key, True)

    def was_cart(self, key: tuple[str, int]) -> bool:
        """Tell whether a record is known to have been a cart at the start.

        :param key: (model, id)
        """
        before = self.before.get(key)
        return before is not None and before.is_cart

    def note_leading(self, key, leading):
        """Note the records whose messages go before those of a record.

        :param key: (model, id)
        :param leading: (model, id) of each of these records
        """
        for each in leading:
            self.leading[key].add(each)
            self.trailing[each].add(key)

    def with_trailing(self, keys):
        """Return records, with all records whose messages go after theirs.

        :param keys: (model, id) of each record
        """
        found = more = set(keys)
        while more:
            more = {
                later
                for key in more
                for later in self.trailing.get(key, ())
                if later not in found
            }
            found = found | more
        return found

    def old(self, name, ids):
        """Return the ids of a model's records that this transaction did not create."""
        if self.under_way:
            self.created.update(
                (model, data["record"].id)
                for model, data_list in self.under_way
                for data in data_list
                if "record" in data
            )
        return [id_ for id_ in ids if id_ and (name, id_) not in self.created]


_ledgers: WeakKeyDictionary[object, Ledger] = WeakKeyDictionary()


def ledger_of(cr) -> Ledger:
    """Return the :class:`Ledger` of a cursor's current transaction."""
    ledger = _ledgers.get(cr)
    # A rollback to a savepoint empties the cursor's own dicts, so the ledger lives
    # beside the cursor. The timestamp tells a ledger from its predecessor's.
    if ledger is None or ledger.began != cr.now():
        ledger = _ledgers[cr] = Ledger(cr.now())
    return ledger


def has_ledger(cr):
    """Tell whether a cursor's current transaction has a :class:`Ledger`.

    Unlike :func:`ledger_of`, this usually needs no query for the timestamp.
    """
    return cr in _ledgers and _ledgers[cr].began == cr.now()
