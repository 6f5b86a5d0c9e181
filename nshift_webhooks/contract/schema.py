"""The JSON Schema of messages, made of their declarations.

Source: https://json-schema.org/draft/2020-12.
"""

from .message import message
from .thin import thin_message
from .versions import subjects_of

DIALECT = "https://json-schema.org/draft/2020-12/schema"
#: Types of events that the addon has itself, as in data/nshift_webhook_type.xml.
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

    Of a type that is another addon's, ``data`` is open: what it tells is its own.

    :param str type_: such as ``order.created``
    :param str version: of the message
    :raises LookupError: there is no such version
    """
    told = message(type_, version, _subjects(type_, version))
    return _document(told, f"{version}:{type_}", type_)


def thin_schema(type_, version):
    """Return the JSON Schema of a thin message, which has a ``link`` in its ``data``.

    :param str type_: such as ``order.created``
    :param str version: of the message
    :raises LookupError: there is no such version
    """
    told = thin_message(type_, version, _subjects(type_, version))
    return _document(told, f"{version}:{type_}:thin", f"{type_}, thin")


def _subjects(type_, version):
    """Return what a type of the addon's tells; nothing of another addon's, which may be
    of the same subjects: order.sent.
    """
    subjects = subjects_of(version)
    return subjects if type_ in TYPES else {}


def _document(told, name, title):
    shared = {}
    whole = told.whole_schema(shared)
    return {
        "$schema": DIALECT,
        # a name, not an address: each Odoo has it at its own
        "$id": f"urn:nshift-webhooks:{name}",
        **whole,
        "title": title,
        "$defs": shared,
    }


def opened(schema):
    """Return a schema that lets objects have further properties.

    What is made of it, such as a receiver's types, accepts what is added to messages.
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
