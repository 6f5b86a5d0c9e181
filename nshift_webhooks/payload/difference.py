"""The values that an update has changed, derived from its message; plain Python.

The message has the new state and, in ``previous``, the former values that differ: see
``previous.py``. Records are not read, so an old message shows the values of the time
when it was sent.
"""

import json
from collections import Counter
from textwrap import shorten
from typing import NamedTuple

#: Most differences that are returned; the others are only counted.
MOST = 200
#: Most characters of a value, and of a step of a path.
LONGEST_VALUE = 200
LONGEST_STEP = 60
#: Properties that people know a line, a package or a customer by, best first.
NAMES = ("name", "product", "description", "sku", "number", "reference")


class Difference(NamedTuple):
    """A value that an update has changed, or a list's item that it added or removed.

    :ivar path: names of properties and of items in lists, from the outside inwards
    :ivar before: the former value as a text or a boolean, or None
    :ivar after: the new value likewise
    :ivar act: ``changed``, ``added`` or ``removed``; for the latter two, the value is
        the item's quantity, if known
    """

    path: tuple
    before: str | bool | None
    after: str | bool | None
    act: str = "changed"


def differences(message: dict) -> tuple[list[Difference], int]:
    """Return the first differences in a message, and the number of further ones.

    :param dict message: the message as sent
    :return: (list of at most ``MOST`` :class:`Difference`, number)
    """
    data = message.get("data")
    data = data if isinstance(data, dict) else {}
    subject = data.get(str(message.get("type")).partition(".")[0])
    old = data.get("previous")
    if not isinstance(subject, dict) or not isinstance(old, dict):
        return [], 0
    found: list[Difference] = []
    more = 0
    for name, before in old.items():
        for each in _compare((_words(name),), before, subject.get(name)):
            if len(found) < MOST:
                found.append(_as_shown(each))
            else:
                more += 1
    return found, more


def _compare(path, old, new):
    """Yield the differences between two values of one property."""
    if isinstance(old, dict) and isinstance(new, list):
        # ``previous`` has the differing items of a list by id
        yield from _compare_items(path, old, {str(_id_of(item)): item for item in new})
    elif isinstance(old, dict) and isinstance(new, dict):
        yield from _compare_properties(path, old, new, old | new)
    elif _have_ids(old, new):
        before, after = (
            {str(item["id"]): item for item in each} for each in (old, new)
        )
        ids = [id_ for id_ in before | after if before.get(id_) != after.get(id_)]
        yield from _compare_items(path, {id_: before.get(id_) for id_ in ids}, after)
    elif _are_alike(old, new):
        for number, (before, after) in enumerate(zip(old, new, strict=True), start=1):
            yield from _compare((*path, str(number)), before, after)
    elif old != new:
        yield Difference(path, old, new)


def _compare_properties(path, old, new, names):
    for name in names:
        if old.get(name) != new.get(name):
            yield from _compare((*path, _words(name)), old.get(name), new.get(name))


def _compare_items(path, old, new):
    """Yield the differences between the items of two lists, such as an order's lines.

    :param dict old: former values of the differing items, by id; None for a new item
    :param dict new: all present items by id
    """
    labels = {id_: _label(new.get(id_) or item) for id_, item in old.items()}
    counts = Counter(labels.values())
    for id_, before in old.items():
        label = labels[id_]
        if label is None or counts[label] > 1:
            label = f"{label} ({id_})" if label else id_
        inside = (*path, label)
        after = new.get(id_)
        if not isinstance(before, dict):
            yield Difference(inside, None, _amount(after), "added")
        elif not isinstance(after, dict):
            yield Difference(inside, _amount(before), None, "removed")
        else:
            yield from _compare_properties(inside, before, after, before)


def _have_ids(*values):
    return all(
        isinstance(value, list) and all(_id_of(item) is not None for item in value)
        for value in values
    )


def _id_of(item):
    return item.get("id") if isinstance(item, dict) else None


def _are_alike(old, new):
    """Tell whether two lists of objects without ids can be compared pairwise."""
    return (
        isinstance(old, list)
        and isinstance(new, list)
        and len(old) == len(new)
        and all(isinstance(item, dict) for item in old + new)
    )


def _words(name):
    """Return a property's name in words."""
    return name.replace("_", " ").strip()


def _label(item):
    """Return the name of an object for people, None if the object has none."""
    if not isinstance(item, dict):
        return None
    for name in NAMES:
        value = item.get(name)
        value = _label(value) if isinstance(value, dict) else value
        if value and isinstance(value, str):
            return value.partition("\n")[0].strip() or None
    return None


def _amount(item):
    """Return the quantity of an item with its unit, None if there is none."""
    if not isinstance(item, dict) or not isinstance(item.get("quantity"), str):
        return None
    return " ".join(filter(None, (item["quantity"], _text(item.get("unit")))))


def _as_shown(difference: Difference) -> Difference:
    return difference._replace(
        path=tuple(
            _visible(shorten(step, LONGEST_STEP, placeholder="…"))
            for step in difference.path
        ),
        before=_value(difference.before),
        after=_value(difference.after),
    )


def _value(value):
    if value is None or isinstance(value, bool):
        return value
    text = _text(value)
    if len(text) > LONGEST_VALUE:
        text = f"{text[:LONGEST_VALUE]}…"
    return _visible(text) or None


def _text(value):
    """Return a value as text: an object's name or properties, a list's items."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        between = "; " if any(isinstance(each, dict) for each in value) else ", "
        return between.join(map(_text, value[:LONGEST_VALUE]))
    if isinstance(value, dict):
        return _label(value) or ", ".join(
            f"{_words(name)} {_text(each)}"
            for name, each in value.items()
            if each not in (None, [], {})
        )
    return "" if value is None else json.dumps(value)


def _visible(text):
    """Return a text without characters that are invisible or change its direction."""
    if text.isprintable():
        return text
    return "".join(
        each
        if each.isprintable()
        else " "
        if each.isspace()
        else "\N{REPLACEMENT CHARACTER}"
        for each in text
    )
