"""How payloads are read: few columns, what is the same only once; plain Python."""

from functools import wraps

from .memo import memo_of


def part(names, *models):
    """Have a function's dicts built once for a settlement, None for no record.

    The function is called with the record and its :func:`row`.

    :param str names: the stored fields of the record that it shows
    :param models: names of the models, besides the record's own, of which it shows
        something
    """

    def decorate(build):
        @wraps(build)
        def reading(record, *args):
            return build(record, row(record, names), *args)

        @wraps(build)
        def built(record, *args):
            if not record:
                return None
            memo = memo_of(record.env.cr)
            if memo is None:
                return reading(record, *args)
            return memo.part(reading, models, record, args)

        return built

    return decorate


def row(record, names):
    """Return values of a record's stored fields, as the database has them.

    The ORM's own way takes ten times as long: it would read all columns of the table,
    of which a payload shows a few, and make a record of each id.

    :param str names: of the fields, separated by spaces
    :return: by name; None where there is nothing
    """
    fields = fields_of(record, names.split())
    env, id_ = record.env, record.id
    for _ in range(2):
        try:
            return {field.name: field._get_cache(env)[id_] for field in fields}
        except KeyError:
            read(record, fields)
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
