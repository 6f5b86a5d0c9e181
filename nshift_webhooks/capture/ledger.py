"""The memory of one database transaction while it is under way."""

from collections import defaultdict
from weakref import WeakKeyDictionary


class Ledger:
    """The records that one transaction has touched.

    All of it is true whatever becomes of the savepoints within the transaction: what
    ``past`` and ``before`` hold was there before any of them; a record in ``touched``
    whose change was rolled back is found unchanged when it is settled; an id in
    ``event_ids`` whose row was rolled back matches nothing.

    :ivar began: the transaction's timestamp
    :ivar past: the ORM's cache of what was committed, None if nobody asks for that
    :ivar before: by (model, id), the record's Snapshot at the start of the
        transaction, None if it did not exist
    :ivar created: (model, id) of the records that this transaction has made
    :ivar under_way: model and data of the ``_create`` calls that have not returned yet,
        in which the ORM keeps the record that it has made of each
    :ivar changed: by model, the ids of what messages show and this transaction changed
    :ivar fresh: the same of what it changed since the last settlement
    :ivar corrected: by model, the ids of what was changed since the last settlement
        and may have to be told of what shows it
    :ivar affected: (model, id) of what is told of in this transaction because of that
    :ivar touched: (model, id) of what may have changed since the last settlement
    :ivar settled: (model, id) of what was settled before
    :ivar event_ids: by (model, id), every event this transaction has written, with the
        webhook that it is for
    :ivar leading: by (model, id), the (model, id) of those whose messages go before
        its own, for a webhook that may be told of both
    :ivar trailing: the same the other way round
    :ivar job_uuids: every delivery job this transaction has queued
    :ivar chosen: the further fields that are told in this transaction, None until
        somebody asks
    :ivar has_changed_webhooks: whether the transaction has changed webhooks itself
    :ivar careful: whether something could not be built, so that from now on what is
        sound is kept apart from what is not
    """

    def __init__(self, began):
        self.began = began
        self.past = None
        self.before = {}
        self.created = set()
        self.under_way = []
        self.changed = defaultdict(set)
        self.fresh = defaultdict(set)
        self.corrected = defaultdict(set)
        self.affected = set()
        self.touched = set()
        self.settled = set()
        self.event_ids = defaultdict(dict)
        self.leading = defaultdict(set)
        self.trailing = defaultdict(set)
        self.job_uuids = []
        self.chosen = None
        self.has_changed_webhooks = False
        self.careful = False

    def note_changed(self, name, ids):
        """Note which records of a model have other values from now on."""
        self.changed[name].update(ids)
        self.fresh[name].update(ids)

    def is_new(self, key):
        """Tell whether a record appears in this transaction.

        :param key: (model, id)
        """
        # what was not looked at yet was there
        return key in self.created or not self.before.get(key, True)

    def was_cart(self, key):
        """Tell whether a record is known to have been a cart of the web shop.

        :param key: (model, id)
        """
        before = self.before.get(key)
        return before is not None and before.is_cart

    def note_leading(self, key, leading):
        """Note whose messages go before those on a record.

        :param key: (model, id)
        :param leading: (model, id) of each
        """
        for each in leading:
            self.leading[key].add(each)
            self.trailing[each].add(key)

    def with_trailing(self, keys):
        """Return records with those whose messages go after theirs.

        :param keys: (model, id) of each
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
        """Return those ids of a model's records that are not of this transaction."""
        if self.under_way:
            self.created.update(
                (model, data["record"].id)
                for model, data_list in self.under_way
                for data in data_list
                if "record" in data
            )
        return [id_ for id_ in ids if id_ and (name, id_) not in self.created]


_ledgers = WeakKeyDictionary()


def ledger_of(cr):
    """Return the :class:`Ledger` of a cursor's current transaction."""
    ledger = _ledgers.get(cr)
    # Savepoints empty the cursor's own places to keep things in, so a ledger lives
    # beside the cursor and is told apart from its predecessor by its timestamp.
    if ledger is None or ledger.began != cr.now():
        ledger = _ledgers[cr] = Ledger(cr.now())
    return ledger


def has_ledger(cr):
    """Tell whether something is remembered about a cursor's current transaction.

    Unlike :func:`ledger_of` it usually needs no query for the transaction's timestamp.
    """
    return cr in _ledgers and _ledgers[cr].began == cr.now()
