"""Parts of payloads are built once, and never shared if something of them changed."""

import pytest
from capture import memo
from capture.memo import Memo


class Record:
    _name = "line"

    def __init__(self, id_, name, value="as ever"):
        self.id = id_
        self._name = name
        self.value = value

    def part(self, memo, *models):
        return memo.part(build, models, self, ())


def build(record):
    return {"value": record.value}


class Env:
    cr = None


BEFORE, AFTER = Record(1, "line", "before"), Record(1, "line", "after")


def test_built_once():
    found = Memo({}, Env)
    first = AFTER.part(found)
    assert Record(1, "line", "later").part(found) == first == {"value": "after"}
    first["mine"] = True
    assert AFTER.part(found) == {"value": "after"}


@pytest.mark.parametrize(
    ("changed", "shared"),
    [
        ({}, True),
        ({"line": {2}}, True),
        ({"line": {1}}, False),
        ({"product": {7}}, False),
        ({"product": set()}, True),
        ({"contact": {1}}, True),
    ],
)
def test_shared_with_the_state_before(changed, shared):
    found = Memo(changed, Env)
    AFTER.part(found, "product")
    expected = "after" if shared else "before"
    with found.past():
        assert BEFORE.part(found, "product") == {"value": expected}
    # and the other way round it is not
    assert AFTER.part(found, "product") == {"value": "after"}


def test_what_was_only_before():
    found = Memo({"line": {1}}, Env)
    with found.past():
        assert BEFORE.part(found) == {"value": "before"}
    assert AFTER.part(found) == {"value": "after"}


def test_other_models_have_their_own():
    found = Memo({}, Env)
    AFTER.part(found)
    assert Record(1, "term", "30 days").part(found) == {"value": "30 days"}


def test_other_functions_have_their_own():
    found = Memo({}, Env)
    AFTER.part(found)
    assert found.part(lambda record: {"id": record.id}, (), AFTER, ()) == {"id": 1}


class Field:
    def __init__(self, name):
        self.name = name

    def _get_cache(self, env):
        return env.values.setdefault(self.name, {})


class Stored:
    """A record as the ORM has it, whose fetches are counted."""

    _name = "thing"
    _fields = {"name": Field("name"), "state": Field("state")}

    def __init__(self, env, id_=1):
        self.env, self.id = env, id_
        self._ids = self._prefetch_ids = (id_,)

    def browse(self, ids):
        return self

    def _as_query(self, ordered):
        return None

    def _fetch_query(self, query, fields):
        self.env.fetched.append([field.name for field in fields])
        for field in fields:
            field._get_cache(self.env).setdefault(self.id, f"{field.name} stored")


class Cached(Env):
    def __init__(self, cr=None, **values):
        self.cr = cr
        self.values = {name: {1: value} for name, value in values.items()}
        self.fetched = []


@memo.part("name")
def shown(record, found):
    return found


def test_row_reads_what_is_missing():
    env = Cached(state="draft")
    row = memo.row(Stored(env), "name state")
    assert row == {"name": "name stored", "state": "draft"}
    assert env.fetched == [["name"]]
    memo.row(Stored(env), "name state")
    assert len(env.fetched) == 1


def test_row_of_what_is_gone():
    class Gone(Stored):
        def _fetch_query(self, query, fields):
            """Find nothing."""

    with pytest.raises(LookupError):
        memo.row(Gone(Cached()), "name")


def test_what_the_past_lacks_is_as_it_is_now():
    cr = object()
    now, past = Cached(cr, name="new", state="sale"), Cached(cr, name="old")
    with memo.memorizing({}, now) as found:
        with found.past():
            row = memo.row(Stored(past), "name state")
        assert row == {"name": "old", "state": "sale"}
        assert past.fetched == []
        # what is now is never taken from the past
        assert memo.row(Stored(now), "name") == {"name": "new"}


def test_outside_of_a_settlement_nothing_is_kept():
    assert shown(Stored(Cached(name="one"))) == {"name": "one"}
    assert shown(Stored(Cached(name="two"))) == {"name": "two"}
    assert shown(None) is None


def test_nothing_is_kept_for_another_cursor():
    with memo.memorizing({}, Cached(object(), name="mine")):
        assert shown(Stored(Cached(object(), name="one"))) == {"name": "one"}
        assert shown(Stored(Cached(object(), name="two"))) == {"name": "two"}
    assert memo.memo_of(None) is None
