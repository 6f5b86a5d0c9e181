"""Parts of payloads that are built once for a settlement; plain Python."""

from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar

_memo = ContextVar("nshift_webhooks.memo", default=None)


class Memo:
    """The parts of payloads that a settlement has built.

    Most of what a payload shows is what it was: an order's other lines, its addresses,
    the products. Such a part is built for the state after, and serves for the state
    before as well.

    :param changed: ids by model of what the transaction changed
    :param env: in which the states after are built, for all languages at once
    :ivar cr: the cursor
    :ivar looking_back: whether the states before are built
    :ivar columns: where the ORM's caches have what parts are built of, by environment,
        model and names of the fields
    :ivar chosen: the further fields that parts show, None until one of them asks
    """

    def __init__(self, changed, env):
        self.cr = env.cr
        self.looking_back = False
        self.columns = {}
        self.chosen = None
        self._changed = changed
        self._env = env
        self._after = defaultdict(dict)
        self._before = defaultdict(dict)
        self._shared = set()
        self._asked = {False: {}, True: {}}

    @contextmanager
    def past(self):
        """Build states before for the length of a ``with`` block."""
        self.looking_back = True
        # there may be more of the present by now
        self._shared.clear()
        try:
            yield
        finally:
            self.looking_back = False

    def shelf(self, part, lang):
        """Return what is made of a part: a dict by the record's id.

        :param lang: code of the language in which names are shown
        """
        key = part, lang
        if not self.looking_back:
            return self._after[key]
        before = self._before[key]
        if key not in self._shared:
            self._shared.add(key)
            model, *models = part.models
            if self.chosen:
                models += self.chosen.models
            if not any(self._changed.get(name) for name in models):
                changed = self._changed.get(model, ())
                for id_, made in self._after[key].items():
                    if id_ not in changed:
                        before.setdefault(id_, made)
        return before

    def asked(self, ask, record):
        """Return what a function asks the database for all records at once, by id.

        :param ask: the function, called with the record and those read with it
        """
        found = self._asked[self.looking_back].setdefault(ask, {})
        if record.id not in found:
            found |= ask(record.browse(record._prefetch_ids))
        return found

    def take_over(self, records, fields):
        """Give the past what the present has: what the past has not got is the same.

        :param records: in the past
        """
        env = records.with_context(prefetch_langs=True).env
        for field in fields:
            now, past = field._get_cache(self._env), field._get_cache(env)
            for id_ in records._prefetch_ids:
                if id_ in now and id_ not in past:
                    value = now[id_]
                    # of a translated field a dict, which the ORM changes in place
                    past[id_] = value.copy() if isinstance(value, dict) else value


@contextmanager
def memorizing(changed, env):
    """Build what is the same only once for the length of a ``with`` block.

    :param changed: see :class:`Memo`; also the env
    :return: the Memo
    """
    memo = Memo(changed, env)
    token = _memo.set(memo)
    try:
        yield memo
    finally:
        _memo.reset(token)


def memo_of(cr):
    """Return the Memo in use for a cursor, None if there is none."""
    memo = _memo.get()
    return memo if memo is not None and memo.cr is cr else None
