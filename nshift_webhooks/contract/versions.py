"""The versions of messages, and how a message of one becomes one of an older version.

Messages are built, and declared, in the newest version. docs/VERSIONS.md has what may
change within a version.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .order import ORDER
from .shipment import RETURN, SHIPMENT

#: What is told, in the newest version, by the first part of the type.
SUBJECTS = {thing.name: thing for thing in (ORDER, SHIPMENT, RETURN)}


@dataclass(frozen=True)
class Version:
    """A version of messages.

    :ivar name: as messages have it in ``api_version``
    :ivar older_data: returns the ``data`` of a message of this version as the version
        before has it; called with the type and the data, of which it changes nothing;
        None of the first version
    :ivar older_subjects: returns what the version before tells, as of ``SUBJECTS``;
        called with what this one tells
    """

    name: str
    older_data: Callable | None = None
    older_subjects: Callable | None = None


#: All that are published, the oldest first.
VERSIONS = [Version("1")]


def names():
    """Return the names of all versions, the oldest first."""
    return [version.name for version in VERSIONS]


def newest():
    """Return the name of the version that new webhooks have."""
    return VERSIONS[-1].name


def data_of(name, type_, data):
    """Return the ``data`` of a message as a version has it.

    :param str name: the version's
    :param str type_: the event's type, such as ``order.created``
    :param dict data: in the newest version; it is left as it is
    :raises LookupError: there is no such version
    """
    for version in _later_than(name):
        data = version.older_data(type_, data)
    return data


def subjects_of(name):
    """Return the Things that a version tells, by the first part of the type.

    :param str name: the version's
    :raises LookupError: there is no such version
    """
    subjects = SUBJECTS
    for version in _later_than(name):
        subjects = version.older_subjects(subjects)
    return subjects


def _later_than(name):
    """Return the versions that were published after one, the newest first."""
    if name not in names():
        raise LookupError(f"There is no version {name} of messages.")
    return VERSIONS[: names().index(name) : -1]
