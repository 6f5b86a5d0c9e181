"""Parts of payloads, built once for each settlement; plain Python."""

from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar

_memo: ContextVar["Memo | None"] = ContextVar("nshift_webhooks.memo", default=None)


class Memo:
    """The parts of payloads that a settlement has built.

    Most parts of a payload are the same before and after a change: an order's other
    lines, the addresses, the products. Such a part is built for the state after, and
    reused for the state before.

    :param changed: by model, the ids of the records that the transaction changed
    :param env: environment for the states after, with names in all languages
    :ivar cr: the cursor
    :ivar looking_back: whether states before are being built
    :ivar columns: the ORM's caches of the fields that parts show, by environment, model
        and names of the fields
    :ivar chosen: the further fields of messages, a Chosen of ``payload/custom.py``;
        None until a part asks for them
    """

    def __init__(self, changed, env):
        self.cr = env.cr
        self.looking_back = False
        self.columns = {}
        self.chosen = None
        self._changed = changed
        self._env = env
        self._envs = {}
        # by language, by part, by id of the record
        self._after: dict[str, dict] = defaultdict(lambda: defaultdict(dict))
        self._before = {}
        self._asked: dict[bool, dict] = {False: {}, True: {}}

    @contextmanager
    def past(self):
        """Build states before within a ``with`` block."""
        self.looking_back = True
        # more parts of the states after may have been built since the last time
        self._before = {}
        try:
            yield
        finally:
            self.looking_back = False

    def shelves(self, lang):
        """Return the parts that are built: by part, a dict by record id.

        :param lang: code of the language of names
        """
        after = self._after[lang]
        if not self.looking_back:
            return after
        if lang not in self._before:
            self._before[lang] = _Before(after, self._changed, self.chosen)
        return self._before[lang]

    def in_all_languages(self, env):
        """Return an environment that reads names in all languages at once."""
        return self._env_with(env, "prefetch_langs", True)

    def in_language(self, env, lang):
        """Return an environment that shows names in one language.

        :param lang: code of the language
        """
        return self._env_with(env, "lang", lang)

    def _env_with(self, env, name, value):
        key = env, name, value
        if key not in self._envs:
            self._envs[key] = env(context={**env.context, name: value})
        return self._envs[key]

    def asked(self, ask, record):
        """Return the result of a query for all records that are prefetched together.

        :param ask: the function that runs the query, called with these records; returns
            a dict by record id
        """
        asked = ask, record._name
        found = self._asked[self.looking_back].setdefault(asked, {})
        if record.id not in found:
            found |= ask(record.browse(record._prefetch_ids))
        return found

    def take_over(self, records, fields):
        """Copy values to the cache of the past where it has none.

        Values that the past has not kept have not changed.

        :param records: records in the environment of the past, in all languages
        """
        for field in fields:
            now, past = field._get_cache(self._env), field._get_cache(records.env)
            for id_ in records._ids:
                if id_ in now and id_ not in past:
                    value = now[id_]
                    # a translated field's value is a dict, changed in place by the ORM
                    past[id_] = value.copy() if isinstance(value, dict) else value


class _Before(dict):
    """Parts for the states before; parts of unchanged records are taken from the states
    after.

    :param after: the parts built for the states after
    :param changed, chosen: see :class:`Memo`
    """

    def __init__(self, after, changed, chosen):
        super().__init__()
        self._after = after
        self._changed = changed
        self._further = chosen.models if chosen else ()

    def __missing__(self, part):
        shelf = self[part] = {}
        model, *models = part.models
        if not any(self._changed.get(name) for name in (*models, *self._further)):
            changed = self._changed.get(model, ())
            for id_, made in self._after[part].items():
                if id_ not in changed:
                    shelf[id_] = made
        return shelf


@contextmanager
def memorizing(changed, env):
    """Build each part once within a ``with`` block.

    :param changed, env: see :class:`Memo`
    :return: the Memo
    """
    memo = Memo(changed, env)
    token = _memo.set(memo)
    try:
        yield memo
    finally:
        _memo.reset(token)


def memo_of(cr) -> Memo | None:
    """Return the Memo in use for a cursor, None if there is none."""
    memo = _memo.get()
    return memo if memo is not None and memo.cr is cr else None
