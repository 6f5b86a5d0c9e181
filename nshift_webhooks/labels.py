"""The labels of a selection's values."""


def labels(records, name):
    """Return the labels of a selection by value, in the user's language.

    :param records: of the model that has the field, or none of them
    :param str name: the field's
    """
    return dict(records._fields[name]._description_selection(records.env))
