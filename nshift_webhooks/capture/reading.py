"""How payloads are read: few columns, what is the same only once; plain Python."""

from functools import partial

from .memo import memo_of


class Row(dict):
    """Values of a record's stored fields by name, as the ORM's cache has them.

    A many2one is an id, a list is a tuple of ids, and nothing is None.

    :ivar record: whose values these are
    """

    __slots__ = ("record",)


class Part:
    """A part of a payload: what it shows of one record, a dict or a text.

    It is built once for a settlement, however many payloads show it.

    :param build: makes it of the record's :class:`Row`, and of arguments that are the
        same for all records
    :param str model: name of the record's model
    :param str names: the stored fields of the record that the part shows
    :param models: names of the models, besides the record's own, of which it shows
        something
    :ivar names: the same stored fields, as a set
    """

    def __init__(self, build, model, names, models):
        self.models = (model, *models)
        self.names = frozenset(names.split())
        self._build = build
        self._names = names.split()

    def of(self, record, *args):
        """Return the part for a record, None for no record."""
        if not record:
            return None
        return self._made(record.env, record.id, lambda: record, args)

    def at(self, found, name, *args):
        """Return the part for the record that a row refers to, None if to none.

        :param str name: of the many2one field
        """
        if not (id_ := found[name]):
            return None
        record = found.record
        return self._made(record.env, id_, lambda: record[name], args)

    def each(self, found, name, *args):
        """Return the parts for the records that a row lists, archived ones as well.

        :param str name: of the one2many or many2many field
        :return: ordered by the records' ids
        """
        record = found.record
        records = []

        def listed(id_):
            # read for all, but only if one of them is needed
            if not records:
                records.append(record[name])
            return records[0].browse(id_).with_prefetch(records[0]._prefetch_ids)

        return [
            self._made(record.env, id_, partial(listed, id_), args)
            for id_ in sorted(found[name])
        ]

    def _made(self, env, id_, find, args):
        """:param find: returns the record, which a part that is known does not need"""
        memo = memo_of(env.cr)
        key = self, id_
        made = {} if memo is None else memo.made(key)
        if key in made:
            found = made[key]
        else:
            found = made[key] = self._build(row(find(), self._names), *args)
        # a dict of its own, what is in it shared
        return found.copy() if isinstance(found, dict) else found


def part(model, names, *models):
    """Make a function a :class:`Part`, with these arguments."""
    return lambda build: Part(build, model, names, models)


def row(record, names):
    """Return the :class:`Row` of a record.

    The ORM's own way takes ten times as long: it would read all columns of the table,
    of which a payload shows a few, and make a record of each id.

    :param names: of the fields
    """
    fields = fields_of(record, names)
    env, id_ = record.env, record.id
    for _ in range(2):
        try:
            found = Row({field.name: field._get_cache(env)[id_] for field in fields})
        except KeyError:
            read(record, fields)
        else:
            found.record = record
            return found
    raise LookupError(f"{record} is gone")


def values_of(records, name):
    """Return the different values of a column, without those of records that are gone.

    :param str name: of the field
    """
    field = records._fields[name]
    read(records, [field])
    cache = field._get_cache(records.env)
    return {cache[id_] for id_ in records._ids if id_ in cache}


def fields_of(model, names):
    """Return a model's fields of these names."""
    return [model._fields[name] for name in names]


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
        records = records.browse(records._prefetch_ids)
        records._fetch_query(records._as_query(ordered=False), missing)
