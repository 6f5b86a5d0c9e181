"""The former values in an update, as ``payload/previous.py`` builds them."""

from dataclasses import replace

from .kinds import AnyKind, ByKey, ListOf, Thing

#: Ids as keys of an object.
IDS = "^[0-9]+$"


def earlier(thing: Thing) -> Thing:
    """Return the Thing for the former values of the properties that differ.

    :param thing: Thing of the record, such as an order
    """
    return Thing(
        f"earlier_{thing.name}",
        f"The earlier values of just those properties of the {thing.title.lower()} "
        "that differ. A property with an object is given whole. Lists of objects with "
        "an `id` are given by that.",
        tuple(
            replace(each, kind=_earlier_kind(each.kind), is_optional=True)
            for each in thing.properties
        ),
    )


def _earlier_kind(kind: AnyKind) -> AnyKind:
    if isinstance(kind, ListOf) and isinstance(kind.item, Thing) and "id" in kind.item:
        return ByKey(_earlier_item(kind.item), IDS, is_null_possible=True)
    return kind


def _earlier_item(thing: Thing) -> Thing:
    """Return the Thing for the former values of a list's item."""
    return Thing(
        f"earlier_{thing.name}",
        f"What was of the {thing.title.lower()} with this id: the earlier values of "
        "those properties that differ; all of them of what is gone.",
        tuple(replace(each, is_optional=True) for each in thing.properties),
    )
