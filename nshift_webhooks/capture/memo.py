"""Parts of payloads that are built once for a settlement; plain Python."""

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
    """

    def __init__(self, changed, env):
        self.cr = env.cr
        self.looking_back = False
        self._changed = changed
        self._env = env
        self._after = {}
        self._before = {}
        self._asked = {False: {}, True: {}}

    @contextmanager
    def past(self):
        """Build states before for the length of a ``with`` block."""
        self.looking_back = True
        try:
            yield
        finally:
            self.looking_back = False

    def made(self, key):
        """Return where a part is kept: a dict by key.

        :param key: the Part, the record's id and the language
        """
        if self.looking_back and not (key in self._after and self._is_unchanged(*key)):
            return self._before
        return self._after

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

    def _is_unchanged(self, part, id_, _lang):
        model, *models = part.models
        changed = self._changed
        return id_ not in changed.get(model, ()) and not any(
            changed.get(name) for name in models
        )


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
