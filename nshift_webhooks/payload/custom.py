"""Further fields, which system administrators have chosen to be told."""

from typing import NamedTuple

from ..capture.memo import memo_of
from ..capture.reading import Part, part, row
from .html import plain_text
from .values import day, decimal, per_unit, second, text

WRITERS = {
    "char": text,
    "text": text,
    "html": plain_text,
    "boolean": bool,
    # as Odoo shows it
    "integer": lambda value: value or 0,
    "date": day,
    "datetime": second,
    "selection": text,
}
#: Digits after the point of an amount whose currency is unknown, at the least.
DIGITS = 2


class Further(NamedTuple):
    """A field that messages tell besides.

    :ivar key: the property under which it is told
    :ivar name: the field's
    :ivar columns: the stored fields of the record that are read for it
    :ivar write: makes what is told of the record's Row
    :ivar names: see :func:`~..capture.choosable.name_path`; empty for no relation
    :ivar models: the models that these lead through
    """

    key: str
    name: str
    columns: tuple
    write: callable
    names: tuple = ()
    models: tuple = ()


class Chosen:
    """All fields that messages tell besides.

    :param fields: lists of Further by model
    :ivar names: by model, what leads to the names of what each of its fields refers to,
        by the field's name
    :ivar models: those whose names are told
    """

    def __init__(self, fields):
        self._fields = fields
        self._columns = {
            # one may be gone by the time that it is read
            model: tuple(
                dict.fromkeys(f"?{name}" for each in some for name in each.columns)
            )
            for model, some in fields.items()
        }
        self.names = {
            model: {each.name: each.names for each in some}
            for model, some in fields.items()
        }
        self.models = sorted(
            {name for some in fields.values() for each in some for name in each.models}
        )

    def of(self, record):
        """Return what is told of a record besides: a dict by key."""
        if not (fields := self._fields.get(record._name)):
            return {}
        found = row(record, self._columns[record._name])
        return {each.key: each.write(found) for each in fields}


def custom(found):
    """Return what is told besides of the record of a Row: a dict by key."""
    env = found.record.env
    memo = memo_of(env.cr)
    chosen = memo and memo.chosen
    if not chosen:
        chosen = env["nshift.webhook.field"]._chosen()
        if memo:
            memo.chosen = chosen
    return chosen.of(found.record)


def further(key, field, names, models):
    """Return the Further of a field.

    :param str key: the property under which it is told
    :param field: the ORM's, one without a fault
    :param names: see :func:`~..capture.choosable.name_path`
    :param models: Odoo's models by name
    """
    name = field.name
    if names:
        steps = list(_steps(field.comodel_name, names, models))
        refer = _reference(steps)
        show = refer.each if field.type == "many2many" else refer.at
        return Further(
            key,
            name,
            (name,),
            lambda found: show(found, name),
            names,
            tuple(model for model, _name in steps),
        )
    if field.type == "monetary":
        model = models[field.model_name]
        money = model._fields[field.get_currency_field(model)]
        if money.store:
            columns = name, money.name
            return Further(key, name, columns, lambda found: _amount(found, *columns))
    if field.type in ("float", "monetary"):
        return Further(key, name, (name,), lambda found: _number(found, field))
    write = WRITERS[field.type]
    return Further(key, name, (name,), lambda found: write(found[name]))


def _number(found, field):
    digits = field.type == "float" and field.get_digits(found.record.env)
    if digits:
        return decimal(found[field.name], digits[1])
    return per_unit(found[field.name], DIGITS)


def _amount(found, name, money):
    digits = _digits.at(found, money)
    return decimal(found[name], DIGITS if digits is None else digits)


@part("res.currency", "name decimal_places")
def _digits(found):
    return found["decimal_places"]


def _steps(model, names, models):
    """Yield the model and the name of each field on the way to a name."""
    for name in names:
        yield model, name
        model = models[model]._fields[name].comodel_name


def _reference(steps):
    """Return the Part of a record that a field refers to."""
    name_of = _name_of(steps)
    return _part_of(
        steps, lambda found: {"id": found.record.id, "name": name_of(found)}
    )


def _name_of(steps):
    """Return what makes a name of the Row of the model with which the steps begin."""
    (_model, name), *rest = steps
    if not rest:
        return lambda found: text(found[name])
    above = _part_of(rest, _name_of(rest))
    return lambda found: above.at(found, name)


def _part_of(steps, build):
    (model, name), *rest = steps
    return Part(build, model, name, [model for model, _name in rest])
