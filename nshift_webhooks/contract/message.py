"""The message around the record, as ``payload/envelope.py`` and
``_nshift_webhook_data`` build it.
"""

from dataclasses import replace

from .kinds import COUNT, MOMENT, TEXT, TRUE, Kind, Property, Thing, one_of
from .previous import earlier

#: Reasons of messages when a webhook begins or ceases to follow a record.
MATCHES, NO_LONGER_MATCHES = "matches", "no longer matches"
DELETED, CURRENT_STATE = "deleted", "current state"

#: Possible reasons of a message, by the last part of its type.
REASONS = {
    "created": ("created", MATCHES),
    "updated": ("updated", CURRENT_STATE),
    "confirmed": ("confirmed",),
    "done": ("done",),
    "cancelled": ("cancelled",),
    "deleted": (DELETED, NO_LONGER_MATCHES),
}
#: Possible reasons by the whole type, where these differ.
REASONS_OF_TYPES = {
    "shipment.cancelled": ("cancelled", DELETED, NO_LONGER_MATCHES),
    "return.cancelled": ("cancelled", DELETED, NO_LONGER_MATCHES),
}

#: Placeholder: the properties of each type's ``data`` are declared below.
_OBJECT = Kind("object", "object")

MESSAGE_ID = Property(
    "id",
    TEXT,
    "of the event, the same on every attempt: an idempotency key",
)
TYPE = Property(
    "type",
    TEXT,
    "what happened. One change may be of several types, each a message of its own: "
    "created, updated, what has become of the record, deleted, in this order",
)
TIMESTAMP = Property(
    "timestamp",
    MOMENT,
    "when the transaction began in which it happened. Two that ran at once may be "
    "committed the other way round: only `sequence` orders the messages on one record",
)
API_VERSION = Property(
    "api_version",
    TEXT,
    "the version of what is described here: the webhook's own, which never changes",
)
ENVELOPE = (MESSAGE_ID, TYPE, TIMESTAMP, API_VERSION)
DATA = Property("data", _OBJECT, "what is told")
#: Meaning of the property of the record, such as ``order``.
SUBJECT = "the record, as the transaction leaves it; after a deletion as it was"
PREVIOUS = Property(
    "previous",
    _OBJECT,
    "the earlier values of just those properties that differ, as they were committed "
    "before. Those of orders, lines, packages and payments by their ids: what changed "
    "of each, all of what is gone, `null` for what is new",
    "nobody knows it any more",
)
REASON = Property(
    "reason",
    TEXT,
    "why it is sent. Mostly the last part of the type. In `*.created`, `matches`: it "
    "was there, and comes to be followed by the webhook (its company, channels, "
    "conditions). In `order.deleted`, `shipment.cancelled` and `return.cancelled`, "
    "`no longer matches`: it is still there, and not followed any more; `deleted`: it "
    "is gone; `current state` in `*.updated`: nothing has happened to it, somebody had "
    "its state sent (see below)",
)
SEQUENCE = Property(
    "sequence",
    COUNT,
    "rises with each change of that record that is told. Skip a message with a lower "
    "one than you have seen of the record: it is older news. One with an equal one is "
    "another message on the same state, of another type. 0 in a test, and nowhere else",
)
TEST = Property(
    "test",
    TRUE,
    "`true` in a message that somebody has sent to try the webhook; no other message "
    "has it (see below)",
    is_optional=True,
)


def message(type_, version, subjects: dict[str, Thing]) -> Thing:
    """Return the Thing for messages of a type.

    :param str type_: type of the event, such as ``order.created``
    :param str version: version of the message
    :param subjects: the records' Things in this version, by name
    """
    name = type_.partition(".")[0]
    data = _data(type_, subjects[name]) if name in subjects else _OTHER_DATA
    return Thing(
        "message",
        f"A message of the type `{type_}`, version {version}.",
        (
            MESSAGE_ID,
            replace(TYPE, kind=one_of(type_)),
            TIMESTAMP,
            replace(API_VERSION, kind=one_of(version)),
            replace(DATA, kind=data),
        ),
    )


def _data(type_, subject: Thing) -> Thing:
    happened = type_.partition(".")[2]
    is_update = happened == "updated"
    return Thing(
        f"{type_.replace('.', '_')}_data",
        f"What a message of the type `{type_}` tells.",
        (
            Property(subject.name, subject, SUBJECT),
            *([replace(PREVIOUS, kind=earlier(subject))] if is_update else []),
            replace(
                REASON, kind=one_of(*REASONS_OF_TYPES.get(type_, REASONS[happened]))
            ),
            SEQUENCE,
            TEST,
        ),
    )


#: ``data`` of types by other addons, which may have any further properties.
_OTHER_DATA = Thing("data", "What is told.", (REASON, SEQUENCE, TEST), is_open=True)
