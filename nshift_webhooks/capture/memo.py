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
        self._envs = {}
        # by language, part and the record's id
        self._after = defaultdict(lambda: defaultdict(dict))
        self._before = {}
        self._asked = {False: {}, True: {}}

    @contextmanager
    def past(self):
        """Build states before for the length of a ``with`` block."""
        self.looking_back = True
        # there may be more of the present by now
        self._before = {}
        try:
            yield
        finally:
            self.looking_back = False

    def shelves(self, lang):
        """Return what is made of parts: by part, a dict by the record's id.

        :param lang: code of the language in which names are shown
        """
        after = self._after[lang]
        if not self.looking_back:
            return after
        if lang not in self._before:
            self._before[lang] = _Before(after, self._changed, self.chosen)
        return self._before[lang]

    def in_all_languages(self, env):
        """Return the same environment, but one in which names are read in each."""
        return self._env_with(env, "prefetch_langs", True)

    def in_language(self, env, lang):
        """Return the same environment, but one in which names are shown in a language.

        :param lang: its code
        """
        return self._env_with(env, "lang", lang)

    def _env_with(self, env, name, value):
        key = env, name, value
        if key not in self._envs:
            self._envs[key] = env(context={**env.context, name: value})
        return self._envs[key]

    def asked(self, ask, record):
        """Return what a function asks the database for all records of a model at once.

        :param ask: the function, called with the record and those read with it
        """
        asked = ask, record._name
        found = self._asked[self.looking_back].setdefault(asked, {})
        if record.id not in found:
            found |= ask(record.browse(record._prefetch_ids))
        return found

    def take_over(self, records, fields):
        """Give the past what the present has: what the past has not got is the same.

        :param records: in the past, in all languages
        """
        for field in fields:
            now, past = field._get_cache(self._env), field._get_cache(records.env)
            for id_ in records._ids:
                if id_ in now and id_ not in past:
                    value = now[id_]
                    # of a translated field a dict, which the ORM changes in place
                    past[id_] = value.copy() if isinstance(value, dict) else value


class _Before(dict):
    """Parts that are built for the states before; those that have not changed are taken
    from the states after.

    :param after: what is made for the states after
    :param changed: see :class:`Memo`
    :param chosen: likewise
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
