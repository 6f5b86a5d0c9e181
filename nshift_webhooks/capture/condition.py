"""The fields that webhooks' conditions depend on; plain Python."""

from datetime import date, datetime

from .secret import is_secret

#: Types of fields whose values can be compared, and are the same for all users.
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
#: Columns that change with each write, and that messages do not follow.
NOT_TOLD = ("write_date", "write_uid")


class Unusable(Exception):
    """A condition for which it cannot be told when a record begins to meet it.

    :param str reason: ``missing``, ``secret``, ``computed``, ``kind``, ``company``,
        ``language``, ``name``, ``relative``, ``number`` or ``operator``
    :param field: the field, or its name if there is no such field
    """

    def __init__(self, reason, field):
        super().__init__(reason, field)
        self.reason = reason
        self.field = field


def deciding_paths(models, model, domain):
    """Return the fields that decide whether a record meets a condition.

    :param models: Odoo's models by name
    :param model: model of the record
    :param domain: the condition, Odoo's Domain
    :return: a set of dotted paths from the record, of stored fields only
    :raises Unusable: the values of a field cannot be followed or compared
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
    """Return a set of (model name, field name) for all steps of some paths.

    :param paths: paths from :func:`deciding_paths`
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
    """Return the stored fields on a path, the last field, and the model that the last
    field refers to, None if the last field refers to no model.

    :raises Unusable: a field is missing, or cannot be followed
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
    """Return the names of the stored fields that a field's value comes from.

    :raises Unusable: there are none, or messages must not depend on the field
    """
    # a condition on a secret would reveal the secret, letter by letter
    if is_secret(field):
        raise Unusable("secret", field)
    if field.type not in TYPES or field.name in NOT_TOLD:
        raise Unusable("kind", field)
    if field.company_dependent:
        raise Unusable("company", field)
    if field.store:
        if field.type == "one2many":
            inverse = models[field.comodel_name]._fields.get(field.inverse_name)
            # a list that refers to records of any model, such as chatter messages
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
    """Refuse comparisons that depend on more than the stored fields.

    :raises Unusable: the result would also depend on a hierarchy, a language or the
        current time, or the field cannot be compared with the value
    """
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
