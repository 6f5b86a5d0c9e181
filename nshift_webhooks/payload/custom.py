"""Further fields, which system administrators have added to messages."""

from collections.abc import Callable
from typing import NamedTuple

from ..capture.memo import memo_of
from ..capture.reading import Part, part, row
from .html import plain_text
from .values import day, decimal, per_unit, second, text

WRITERS: dict[str, Callable] = {
    "char": text,
    "text": text,
    "html": plain_text,
    "boolean": bool,
    # Odoo stores an empty integer as NULL, and shows 0
    "integer": lambda value: value or 0,
    "date": day,
    "datetime": second,
    "selection": text,
}
#: Least number of digits after the point, for amounts without a known currency.
DIGITS = 2


class Further(NamedTuple):
    """A field that a system administrator has added to messages.

    :ivar key: the property of messages with the field's value
    :ivar name: name of the field
    :ivar columns: names of the record's stored fields that the value comes from
    :ivar write: function that makes the value from the record's Row
    :ivar names: path to the name of the referred record, see
        :func:`~..capture.choosable.name_path`; empty if the field refers to no record
    :ivar models: names of the models on this path
    """

    key: str
    name: str
    columns: tuple
    write: Callable
    names: tuple = ()
    models: tuple = ()


class Chosen:
    """All fields that administrators have added to messages.

    :param fields: lists of Further by model
    :ivar names: by model, the path to the referred record's name by field name
    :ivar models: names of the models on these paths
    """

    def __init__(self, fields):
        self._fields = fields
        self._columns = {
            # a field may be removed before it is read
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
        """Return the added values of a record, a dict by property."""
        if not (fields := self._fields.get(record._name)):
            return {}
        found = row(record, self._columns[record._name])
        return {each.key: each.write(found) for each in fields}


def custom(found):
    """Return the added values for a Row's record, a dict by property."""
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

    :param str key: the property of messages for the field's value
    :param field: a field of the ORM, which ``fault_of`` accepts
    :param names: path from :func:`~..capture.choosable.name_path`
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
    """Yield (model, field name) for each step of a path to a name."""
    for name in names:
        yield model, name
        model = models[model]._fields[name].comodel_name


def _reference(steps):
    """Return the Part for a referred record: a dict of id and name."""
    name_of = _name_of(steps)
    return _part_of(
        steps, lambda found: {"id": found.record.id, "name": name_of(found)}
    )


def _name_of(steps):
    """Return a function from a Row of the first step's model to the name."""
    (_model, name), *rest = steps
    if not rest:
        return lambda found: text(found[name])
    above = _part_of(rest, _name_of(rest))
    return lambda found: above.at(found, name)


def _part_of(steps, build):
    (model, name), *rest = steps
    return Part(build, model, name, [model for model, _name in rest])
