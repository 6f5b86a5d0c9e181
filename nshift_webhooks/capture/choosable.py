"""The fields that an administrator may have messages tell besides; plain Python."""

from .secret import is_secret

#: Types of fields whose values are told as they are, and those that refer to records,
#: of which the names are told.
SIMPLE = frozenset(
    "char text html boolean integer float monetary date datetime selection".split()
)
RELATIONS = frozenset(["many2one", "many2many"])

#: What Odoo writes with each save, whatever has changed, and what every message has.
OWN = frozenset(["id", "write_uid", "write_date"])


def fault_of(field, models):
    """Return why a field cannot be told, None if it can.

    :param field: the ORM's, None where there is none of that name
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
    """Return the fields that lead from what a field refers to, to its stored name.

    :param field: a many2one or many2many
    :param models: Odoo's models by name
    :return: a tuple such as ``("name",)``, or ``("partner_id", "name")`` of users;
        empty where no name is stored that whoever sees a reference may see
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
    """Tell whether a model has a table, and names for all who see a reference to it."""
    return (
        model._auto
        and not (model._abstract or model._transient)
        and not getattr(model, "_nshift_webhook_hides_names", False)
    )
