"""The versions of messages, and the conversion of messages to older versions.

Messages are built, and declared, in the newest version. docs/VERSIONS.md lists the
changes that are allowed within a version.
"""

from collections.abc import Callable
from dataclasses import dataclass

from .order import ORDER
from .shipment import RETURN, SHIPMENT

#: The records' Things in the newest version, by the first part of the type.
SUBJECTS = {thing.name: thing for thing in (ORDER, SHIPMENT, RETURN)}


@dataclass(frozen=True)
class Version:
    """A version of messages.

    :ivar name: value of ``api_version`` in messages
    :ivar older_data: function that converts the ``data`` of a message to the previous
        version; called with the type and the data, which it must not change; None for
        the first version
    :ivar older_subjects: function that converts Things such as ``SUBJECTS`` to the
        previous version; None for the first version
    """

    name: str
    older_data: Callable | None = None
    older_subjects: Callable | None = None


#: All published versions, oldest first.
VERSIONS = [Version("1")]


def names():
    """Return the names of all versions, oldest first."""
    return [version.name for version in VERSIONS]


def newest():
    """Return the name of the version for new webhooks."""
    return VERSIONS[-1].name


def data_of(name, type_, data):
    """Return the ``data`` of a message converted to a version.

    :param str name: name of the version
    :param str type_: type of the event, such as ``order.created``
    :param dict data: data in the newest version, which are not changed
    :raises LookupError: there is no such version
    """
    for version in _later_than(name):
        data = version.older_data(type_, data)
    return data


def subjects_of(name):
    """Return the records' Things of a version, by the first part of the type.

    :param str name: name of the version
    :raises LookupError: there is no such version
    """
    subjects = SUBJECTS
    for version in _later_than(name):
        subjects = version.older_subjects(subjects)
    return subjects


def _later_than(name):
    """Return the versions after a version, newest first."""
    if name not in names():
        raise LookupError(f"There is no version {name} of messages.")
    return VERSIONS[: names().index(name) : -1]
