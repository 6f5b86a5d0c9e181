"""The values that an update has changed, as its own message tells; plain Python.

The message has the new state and, in ``previous``, what was other before: see
``previous.py``. Nothing else is asked, so that an old message tells what it told when
it was sent.
"""

import json
from collections import Counter
from textwrap import shorten
from typing import NamedTuple

#: How many differences are returned; the others are counted.
MOST = 200
#: Characters of a value, and of a step of a path, at the most.
LONGEST_VALUE = 200
LONGEST_STEP = 60
#: Properties by which people know a line, a package or a customer, the best first.
NAMES = ("name", "product", "description", "sku", "number", "reference")


class Difference(NamedTuple):
    """One value that an update has changed, or one line that came or went.

    :ivar path: names of properties, and of what is in lists, from the outside inwards
    :ivar before: a text, a boolean, or None for nothing
    :ivar after: the same
    :ivar act: ``changed``, ``added`` or ``removed``; of the latter two the values only
        say how much it is, where that is known
    """

    path: tuple
    before: str | bool | None
    after: str | bool | None
    act: str = "changed"


def differences(message):
    """Return the first differences that a message tells of, and how many follow.

    :param dict message: as it was sent
    :return: a list of at most ``MOST`` :class:`Difference`, and a number
    """
    data = message.get("data")
    data = data if isinstance(data, dict) else {}
    subject = data.get(str(message.get("type")).partition(".")[0])
    old = data.get("previous")
    if not isinstance(subject, dict) or not isinstance(old, dict):
        return [], 0
    found, more = [], 0
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
        # as ``previous`` gives lists: what differs, by id
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
    """Yield the differences between what is in two lists, such as an order's lines.

    :param dict old: what differs by id; None for what is new
    :param dict new: all there is by id
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
    """Tell whether two lists of objects without ids can be compared one by one."""
    return (
        isinstance(old, list)
        and isinstance(new, list)
        and len(old) == len(new)
        and all(isinstance(item, dict) for item in old + new)
    )


def _words(name):
    """Return a property's name as people would write it."""
    return name.replace("_", " ").strip()


def _label(item):
    """Return what people call an object, None if there is no name for it."""
    if not isinstance(item, dict):
        return None
    for name in NAMES:
        value = item.get(name)
        value = _label(value) if isinstance(value, dict) else value
        if value and isinstance(value, str):
            return value.partition("\n")[0].strip() or None
    return None


def _amount(item):
    """Return how much of something there is, None where that is not told."""
    if not isinstance(item, dict) or not isinstance(item.get("quantity"), str):
        return None
    return " ".join(filter(None, (item["quantity"], _text(item.get("unit")))))


def _as_shown(difference):
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
    """Return a value as a text: an object's name or what it has, a list's items."""
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
    """Return a text without what cannot be seen, or turns it round."""
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
