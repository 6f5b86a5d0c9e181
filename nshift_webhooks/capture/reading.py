"""How payloads are read: few columns, what is the same only once; plain Python."""

from .columns import read_columns
from .memo import memo_of


class Row(dict):
    """Values of a record's stored fields by name, as the ORM's cache has them.

    A many2one is an id, a list is a tuple of ids, and nothing is None. So is a field of
    a module that is not installed.

    :ivar record: whose values these are
    """

    __slots__ = ("record",)


class Part:
    """A part of a payload: what it shows of one record, a dict or a text.

    It is built once for a settlement, however many payloads show it.

    :param build: makes it of the record's :class:`Row`, and of arguments that are the
        same for all records
    :param str model: name of the record's model
    :param str names: the stored fields of the record that the part shows; one of a
        module that may not be installed has a ``?`` in front
    :param models: names of the models, besides the record's own, of which it shows
        something
    :ivar names: the same stored fields
    """

    def __init__(self, build, model, names, models):
        self.models = (model, *models)
        self.names = tuple(names.split())
        self._build = build

    def of(self, record, *args):
        """Return the part for a record, None for no record."""
        if not record:
            return None
        shelf = _shelf(record.env, self)
        made = shelf.get(record.id, shelf)
        if made is shelf:
            made = self._make(shelf, record, args)
        return _own(made)

    def at(self, found, name, *args):
        """Return the part for the record that a row refers to, None if to none.

        :param str name: of the many2one field
        """
        if not (id_ := found[name]):
            return None
        record = found.record
        shelf = _shelf(record.env, self)
        made = shelf.get(id_, shelf)
        if made is shelf:
            made = self._make(shelf, record[name], args)
        return _own(made)

    def each(self, found, name, *args):
        """Return the parts for the records that a row lists, archived ones as well.

        :param str name: of the one2many or many2many field
        :return: ordered by the records' ids
        """
        if not (ids := found[name]):
            return []
        record = found.record
        shelf = _shelf(record.env, self)
        # read for all, but only if one of them is needed
        if any(id_ not in shelf for id_ in ids):
            listed = record[name]
            for id_ in ids:
                if id_ not in shelf:
                    one = listed.browse(id_).with_prefetch(listed._prefetch_ids)
                    self._make(shelf, one, args)
        return [_own(shelf[id_]) for id_ in sorted(ids)]

    def _make(self, shelf, record, args):
        made = shelf[record.id] = self._build(row(record, self.names), *args)
        return made


def _shelf(env, part):
    """Return the parts that are made already, by the record's id."""
    memo = memo_of(env.cr)
    return {} if memo is None else memo.shelf(part, env.context.get("lang"))


def _own(made):
    """Return a dict of the caller's own, what is in it shared."""
    return made.copy() if isinstance(made, dict) else made


def part(model, names, *models):
    """Make a function a :class:`Part`, with these arguments."""
    return lambda build: Part(build, model, names, models)


def row(record, names):
    """Return the :class:`Row` of a record.

    The ORM's own way takes ten times as long: it would read all columns of the table,
    of which a payload shows a few, and make a record of each id.

    :param names: of the fields, see :class:`Part`
    """
    env, id_ = record.env, record.id
    memo = memo_of(env.cr)
    key = env, record._name, tuple(names)
    columns = memo and memo.columns.get(key)
    for _ in range(2):
        if not columns:
            columns = _columns(record, names)
        try:
            found = Row({name: values[id_] for name, values in columns})
        except KeyError:
            read(record, fields_of(record, names))
            columns = None
        else:
            if memo:
                memo.columns[key] = columns
            found.record = record
            return found
    raise LookupError(f"{record} is gone")


class _Absent:
    """The column of a field that there is not."""

    def __getitem__(self, _id):
        return None


_ABSENT = _Absent()


def _columns(model, names):
    """Return (name, values by id) of each field, as the ORM's cache has them."""
    fields = {field.name: field for field in fields_of(model, names)}
    env = model.env
    return [
        (name, fields[name]._get_cache(env) if name in fields else _ABSENT)
        for name in (name.removeprefix("?") for name in names)
    ]


def values_of(records, name):
    """Return the different values of a column, without those of records that are gone.

    :param str name: of the field
    """
    field = records._fields[name]
    read(records, [field])
    cache = field._get_cache(records.env)
    return {cache[id_] for id_ in records._ids if id_ in cache}


def fields_of(model, names):
    """Return a model's fields of these names, those that there are.

    :param names: see :class:`Part`
    :raises KeyError: there is no such field, though it is of no optional module
    """
    fields = model._fields
    return [
        fields[name.removeprefix("?")]
        for name in names
        if name[0] != "?" or name[1:] in fields
    ]


def read(records, fields):
    """Have stored fields of records, and of all that are read with them, in memory."""
    memo = memo_of(records.env.cr)
    if memo and memo.looking_back:
        memo.take_over(records, fields)
    missing = [
        field
        for field in fields
        for cache in [field._get_cache(records.env)]
        if any(id_ not in cache for id_ in records._ids)
    ]
    if missing:
        # in all languages: the past is read now, and may be shown in another one later
        records = records.browse(records._prefetch_ids)
        records = records.with_context(prefetch_langs=True)
        columns = [field for field in missing if field.column_type]
        if columns:
            read_columns(records, columns)
        if lists := [field for field in missing if not field.column_type]:
            records._fetch_query(records._as_query(ordered=False), lists)
