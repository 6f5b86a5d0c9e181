"""The labels of a selection's values."""


def labels(records, name):
    """Return a dict from a selection's values to their labels, in the user's language.

    :param records: a recordset of the field's model, which may be empty
    :param str name: name of the selection field
    """
    return dict(records._fields[name]._description_selection(records.env))
