"""Payloads are read column by column, from the present where the past lacks it."""

import pytest
from capture.memo import memo_of, memorizing
from capture.reading import part, row, values_of


class Field:
    column_type = "text"
    # read by the ORM's own means
    company_dependent = True

    def __init__(self, name, comodel_name=None):
        self.name = name
        self.comodel_name = comodel_name

    def _get_cache(self, env):
        return env.values.setdefault(self.name, {})


class Stored:
    """Records as the ORM has them, whose fetches are counted."""

    _name = "thing"
    _table_query = None
    _fields = {name: Field(name) for name in ("name", "state")} | {
        name: Field(name, "thing") for name in ("owner", "others", "nobody")
    }

    def __init__(self, env, *ids):
        self.env = env
        self._ids = self._prefetch_ids = ids or (1,)

    def __iter__(self):
        return (
            type(self)(self.env, id_).with_prefetch(self._prefetch_ids)
            for id_ in self._ids
        )

    @property
    def id(self):
        (id_,) = self._ids
        return id_

    def browse(self, ids):
        return type(self)(self.env, *([ids] if isinstance(ids, int) else ids))

    def with_context(self, **context):
        return self

    def with_env(self, env):
        return self

    def with_prefetch(self, ids):
        self._prefetch_ids = ids
        return self

    def _as_query(self, ordered):
        return None

    def _fetch_query(self, query, fields):
        self.env.fetched.append([field.name for field in fields])
        for field in fields:
            for id_ in self._ids:
                field._get_cache(self.env).setdefault(id_, f"{field.name} stored")


class Cached:
    def __init__(self, cr=None, **values):
        self.cr = cr
        self.context = {}
        self.values = {name: {1: value} for name, value in values.items()}
        self.fetched = []
        self.counted = 0

    def __call__(self, context):
        return self

    def __getitem__(self, model):
        return Stored(self)

    def count(self):
        """Count the parts that are built."""
        self.counted += 1
        return self.counted


@part("thing", "name")
def shown(found):
    return {"name": found["name"], "built": found.record.env.count()}


@part("thing", "name")
def called(found):
    return found["name"]


def test_row_reads_what_is_missing():
    env = Cached(state="draft")
    found = row(Stored(env), ["name", "state"])
    assert found == {"name": "name stored", "state": "draft"}
    assert env.fetched == [["name"]]
    row(Stored(env), ["name", "state"])
    assert len(env.fetched) == 1


def test_row_of_what_is_gone():
    class Gone(Stored):
        def _fetch_query(self, query, fields):
            """Find nothing."""

    with pytest.raises(LookupError):
        row(Gone(Cached()), ["name"])


def test_a_field_of_a_module_that_is_not_installed_is_none():
    env = Cached(name="one")
    assert row(Stored(env), ["name", "?colour"]) == {"name": "one", "colour": None}
    env.values["state"] = {1: "draft"}
    assert row(Stored(env), ["?state", "name"]) == {"name": "one", "state": "draft"}


def test_a_name_that_is_wrong():
    with pytest.raises(KeyError, match="nmae"):
        row(Stored(Cached()), ["nmae"])


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
            found = row(Stored(past), ["name", "state"])
        assert found == {"name": "old", "state": "sale"}
        assert past.fetched == []
        # what is now is never taken from the past
        assert row(Stored(now), ["name"]) == {"name": "new"}


def owned(env):
    """Return the row of a thing that refers to another, and lists two."""
    env.values |= {"owner": {1: 2}, "others": {1: (4, 3)}, "nobody": {1: None}}
    return row(Stored(env), ["owner", "others", "nobody"])


def test_a_part_is_built_once():
    env = Cached(object(), name="one")
    with memorizing({}, env):
        first = shown.of(Stored(env))
        assert first == {"name": "one", "built": 1}
        # each payload has a dict of its own
        first["mine"] = True
        assert shown.of(Stored(env)) == {"name": "one", "built": 1}
        assert shown.of(None) is None


def test_a_part_of_what_is_referred_to():
    env = Cached(object())
    with memorizing({}, env):
        found = owned(env)
        assert called.at(found, "owner") == "name stored"
        assert shown.at(found, "owner") == {"name": "name stored", "built": 1}
        assert shown.at(found, "nobody") is None


def test_parts_of_a_list_are_in_the_order_of_ids():
    env = Cached(object())
    with memorizing({}, env):
        found = owned(env)
        env.values["name"] = {3: "three", 4: "four"}
        assert called.each(found, "others") == ["three", "four"]
        # known by now: nothing is asked of the records
        env.values.pop("name")
        assert called.each(found, "others") == ["three", "four"]


def test_what_did_not_change_is_not_built_for_the_past():
    now, past = Cached(cr := object(), name="now"), Cached(cr, name="past")
    with memorizing({"thing": {2}}, now) as memo:
        shown.of(Stored(now))
        now.values["name"][2] = past.values["name"][2] = "changed"
        shown.of(Stored(now, 2))
        with memo.past():
            assert shown.of(Stored(past))["name"] == "now"
            shown.of(Stored(past, 2))
    assert (now.counted, past.counted) == (2, 1)


def test_columns_of_the_same_name_are_told_apart():
    class Title(Field):
        def _get_cache(self, env):
            return {1: "of an owner"}

    class Owner(Stored):
        _name = "owner"
        _fields = {"name": Title("name")}

    with memorizing({}, env := Cached(object(), name="of a thing")):
        assert row(Stored(env), ["name"])["name"] == "of a thing"
        assert row(Owner(env), ["name"])["name"] == "of an owner"


def test_outside_of_a_settlement_nothing_is_kept():
    assert called.of(Stored(Cached(name="one"))) == "one"
    assert called.of(Stored(Cached(name="two"))) == "two"


def test_nothing_is_kept_for_another_cursor():
    with memorizing({}, Cached(object(), name="mine")):
        assert called.of(Stored(Cached(object(), name="one"))) == "one"
        assert called.of(Stored(Cached(object(), name="two"))) == "two"
    assert memo_of(None) is None
