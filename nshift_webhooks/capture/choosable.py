"""The fields that an administrator may add to messages; plain Python."""

from .secret import is_secret

#: Types of fields that messages show by value, and by the referred records' names.
SIMPLE = frozenset(
    "char text html boolean integer float monetary date datetime selection".split()
)
RELATIONS = frozenset(["many2one", "many2many"])

#: Fields that each message has, or that Odoo writes with each save.
OWN = frozenset(["id", "write_uid", "write_date"])


def fault_of(field, models):
    """Return why messages cannot show a field, None if they can.

    :param field: a field of the ORM, None if there is no field of this name
    :param models: Odoo's models by name
    :return: a code: ``gone``, ``own``, ``secret``, ``groups``, ``inherited``, ``type``,
        ``stored``, ``company`` or ``unnamed``
    """
    if field is None:
        return "gone"
    faults = {
        "own": field.name in OWN,
        "secret": is_secret(field),
        "groups": bool(field.groups),
        "inherited": bool(field.inherited),
        "type": field.type not in SIMPLE | RELATIONS,
        "stored": not field.store,
        "company": field.company_dependent,
        "unnamed": field.type in RELATIONS and not name_path(field, models),
    }
    return next((fault for fault, is_so in faults.items() if is_so), None)


def name_path(field, models):
    """Return the path from the records that a field refers to, to their stored name.

    :param field: a many2one or many2many
    :param models: Odoo's models by name
    :return: a tuple such as ``("name",)``, or ``("partner_id", "name")`` for users;
        empty if the name is not stored, or hidden from some who see the reference
    """
    path, model = [], models.get(field.comodel_name)
    name = model and model._rec_name
    while name and _keeps_names(model):
        named = model._fields[name]
        if named.groups or is_secret(named):
            break
        path.append(name)
        if named.store and named.type in ("char", "text"):
            return () if named.company_dependent else tuple(path)
        if not named.inherited:
            break
        path[-1], name = named.related.split(".")
        model = models.get(model._fields[path[-1]].comodel_name)
    return ()


def _keeps_names(model):
    """Tell whether a model has a table, and names for all who see its records' ids."""
    return (
        model._auto
        and not (model._abstract or model._transient)
        and not getattr(model, "_nshift_webhook_hides_names", False)
    )
