"""The former values of a payload; plain Python."""


def previous(before, after):
    """Return the former values of the properties that differ.

    The former value of a property is given whole, None if there was no such property.
    Exception: a list of objects with an ``id``, such as an order's lines, is given as a
    dict of the differing objects by id. A changed object has the former values of its
    differing properties, a removed object is given whole, and a new object is None.

    :param dict before: the former order or shipment
    :param dict after: the present order or shipment
    """
    changes = {}
    for name in before | after:
        old, new = before.get(name), after.get(name)
        if old != new:
            changes[name] = _previous_items(old, new) if _are_items(old, new) else old
    return changes


def _are_items(*values):
    return all(
        isinstance(value, list)
        and all(isinstance(item, dict) and "id" in item for item in value)
        for value in values
    )


def _previous_items(before, after):
    old = {item["id"]: item for item in before}
    new = {item["id"]: item for item in after}
    return {
        str(id_): _previous_item(old.get(id_), new.get(id_))
        for id_ in old | new
        if old.get(id_) != new.get(id_)
    }


def _previous_item(old, new):
    if not (old and new):
        return old
    return {name: old.get(name) for name in old | new if old.get(name) != new.get(name)}
