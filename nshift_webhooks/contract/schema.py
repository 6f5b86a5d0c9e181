"""The JSON Schema of messages, made from their declarations.

Source: https://json-schema.org/draft/2020-12
"""

from .message import message
from .thin import thin_message
from .versions import subjects_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Types of events of the addon itself, as in data/nshift_webhook_type.xml.
TYPES = (
    "order.created",
    "order.updated",
    "order.confirmed",
    "order.cancelled",
    "order.deleted",
    "shipment.created",
    "shipment.updated",
    "shipment.done",
    "shipment.cancelled",
    "return.created",
    "return.updated",
    "return.done",
    "return.cancelled",
)


def schema(type_, version):
    """Return the JSON Schema of a whole message.

    For types by other addons, ``data`` may have any further properties.

    :param str type_: type of the event, such as ``order.created``
    :param str version: version of the message
    :raises LookupError: there is no such version
    """
    told = message(type_, version, _subjects(type_, version))
    return _document(told, f"{version}:{type_}", type_)


def thin_schema(type_, version):
    """Return the JSON Schema of a thin message, with a ``link`` in ``data``.

    :param str type_: type of the event, such as ``order.created``
    :param str version: version of the message
    :raises LookupError: there is no such version
    """
    told = thin_message(type_, version, _subjects(type_, version))
    return _document(told, f"{version}:{type_}:thin", f"{type_}, thin")


def _subjects(type_, version):
    """Return the records' Things for a type, none for a type by another addon.

    Another addon's type may begin like the addon's own: ``order.sent``.

    :raises LookupError: there is no such version
    """
    subjects = subjects_of(version)
    return subjects if type_ in TYPES else {}


def _document(told, name, title):
    shared: dict[str, dict] = {}
    whole = told.whole_schema(shared)
    return {
        "$schema": DIALECT,
        # a name and not a URL, since each Odoo publishes the schema under its own
        "$id": f"urn:nshift-webhooks:{name}",
        **whole,
        "title": title,
        "$defs": shared,
    }


def opened(schema):
    """Return a schema that allows further properties in objects.

    Code generated from the schema then accepts properties that are added to messages.
    """
    if isinstance(schema, list):
        return [opened(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: opened(each)
        for name, each in schema.items()
        if name != "additionalProperties" or each is not False
    }
