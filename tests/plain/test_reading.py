"""Payloads are read column by column, from the present where the past lacks it."""

import pytest
from capture.memo import memo_of, memorizing
from capture.reading import part, row, values_of


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


class Cached:
    def __init__(self, cr=None, **values):
        self.cr = cr
        self.values = {name: {1: value} for name, value in values.items()}
        self.fetched = []


@part("name")
def shown(record, found):
    return found


def test_row_reads_what_is_missing():
    env = Cached(state="draft")
    found = row(Stored(env), "name state")
    assert found == {"name": "name stored", "state": "draft"}
    assert env.fetched == [["name"]]
    row(Stored(env), "name state")
    assert len(env.fetched) == 1


def test_row_of_what_is_gone():
    class Gone(Stored):
        def _fetch_query(self, query, fields):
            """Find nothing."""

    with pytest.raises(LookupError):
        row(Gone(Cached()), "name")


def test_values_of_what_is_gone_are_left_out():
    class Two(Stored):
        def _fetch_query(self, query, fields):
            """Find nothing."""

    two = Two(Cached(name="one"))
    two._ids = (1, 2)
    assert values_of(two, "name") == {"one"}


def test_what_the_past_lacks_is_as_it_is_now():
    cr = object()
    now, past = Cached(cr, name="new", state="sale"), Cached(cr, name="old")
    with memorizing({}, now) as memo:
        with memo.past():
            found = row(Stored(past), "name state")
        assert found == {"name": "old", "state": "sale"}
        assert past.fetched == []
        # what is now is never taken from the past
        assert row(Stored(now), "name") == {"name": "new"}


def test_outside_of_a_settlement_nothing_is_kept():
    assert shown(Stored(Cached(name="one"))) == {"name": "one"}
    assert shown(Stored(Cached(name="two"))) == {"name": "two"}
    assert shown(None) is None


def test_nothing_is_kept_for_another_cursor():
    with memorizing({}, Cached(object(), name="mine")):
        assert shown(Stored(Cached(object(), name="one"))) == {"name": "one"}
        assert shown(Stored(Cached(object(), name="two"))) == {"name": "two"}
    assert memo_of(None) is None
