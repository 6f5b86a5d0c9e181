"""The fields that conditions on orders and shipments ask for; plain Python."""

from datetime import date, datetime

from .secret import is_secret

#: Fields whose values can be compared, and are the same for everybody.
TYPES = frozenset(
    (
        "boolean",
        "char",
        "date",
        "datetime",
        "float",
        "integer",
        "many2many",
        "many2one",
        "monetary",
        "one2many",
        "selection",
        "text",
    )
)
RELATIONS = ("many2one", "one2many", "many2many")
#: Columns that change with each write, of which nothing is told.
NOT_TOLD = ("write_date", "write_uid")


class Unusable(Exception):
    """A condition of which it cannot be told when a record comes to meet it.

    :param str reason: ``missing``, ``secret``, ``computed``, ``kind``, ``company``,
        ``language``, ``name``, ``relative``, ``number`` or ``operator``
    :param field: the field, or its name where there is none
    """

    def __init__(self, reason, field):
        super().__init__(reason, field)
        self.reason = reason
        self.field = field


def deciding_paths(models, model, domain):
    """Return the fields on which it depends whether a record meets a condition.

    :param models: Odoo's models by name
    :param model: the record's
    :param domain: the condition, Odoo's Domain
    :return: a set of paths from the record, each of stored fields only
    :raises Unusable: see there
    """
    paths = set()
    for condition in domain.iter_conditions():
        steps, field, last_model = _follow(models, model, condition.field_expr)
        if condition.operator in ("any", "not any"):
            if field.type not in RELATIONS:
                raise Unusable("operator", field)
            inner = type(domain).AND([condition.value])
            paths |= {
                ".".join([*steps, path])
                for path in deciding_paths(models, last_model, inner)
            }
        else:
            _check_value(field, condition.operator, condition.value)
        paths.add(".".join(steps))
    return paths


def models_on(models, model, paths):
    """Return (model, field) of each step of some paths.

    :param paths: from :func:`deciding_paths`
    """
    found = set()
    for path in paths:
        at = model
        for name in path.split("."):
            field = at._fields[name]
            found.add((at._name, name))
            at = models[field.comodel_name] if field.type in RELATIONS else None
    return found


def _follow(models, model, expression):
    """Return the stored fields that a path leads through, its last one, and the model
    that this refers to, if it does.
    """
    steps, field = [], None
    for name in expression.split("."):
        if model is None:
            raise Unusable("missing", name)
        field = model._fields.get(name)
        if field is None:
            raise Unusable("missing", name)
        steps += _stored(models, model, field)
        model = models[field.comodel_name] if field.type in RELATIONS else None
    return steps, field, model


def _stored(models, model, field):
    """Return the names of the stored fields that a field's value is read of."""
    # which orders are told would say the secret, letter by letter
    if is_secret(field):
        raise Unusable("secret", field)
    if field.type not in TYPES or field.name in NOT_TOLD:
        raise Unusable("kind", field)
    if field.company_dependent:
        raise Unusable("company", field)
    if field.store:
        if field.type == "one2many":
            inverse = models[field.comodel_name]._fields.get(field.inverse_name)
            # a list of what refers to records of any model, such as messages
            if inverse is None or inverse.type != "many2one":
                raise Unusable("kind", field)
        if getattr(field, "translate", False):
            raise Unusable("language", field)
        return [field.name]
    if not field.related:
        raise Unusable("computed", field)
    steps = []
    for name in field.related.split("."):
        step = model._fields[name]
        steps += _stored(models, model, step)
        model = models[step.comodel_name] if step.type in RELATIONS else None
    return steps


def _check_value(field, operator, value):
    """Refuse a value that a field cannot be compared with for good."""
    values = value if isinstance(value, (list, tuple, set, frozenset)) else [value]
    if operator in ("child_of", "parent_of", "any!", "not any!"):
        raise Unusable("operator", field)
    if field.type in RELATIONS and (
        operator.endswith("like") or any(isinstance(each, str) for each in values)
    ):
        raise Unusable("name", field)
    if field.type in ("date", "datetime"):
        for each in values:
            if each and not _is_moment(each):
                raise Unusable("relative", field)
    if field.type in ("integer", "float", "monetary") and not all(
        each is False or isinstance(each, (int, float)) for each in values
    ):
        raise Unusable("number", field)


def _is_moment(value):
    if isinstance(value, date):
        return True
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return False
    return True
