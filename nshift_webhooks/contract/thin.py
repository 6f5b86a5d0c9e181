"""Thin messages, as ``payload/thin.py`` makes them from whole messages."""

from .kinds import Kind, Property, Thing
from .message import message

LINK = Property(
    "link",
    Kind("string", "address", {"format": "uri"}),
    "where the whole message is read: by a POST with a JSON object that has the "
    "`message_id`, and the header `Authorization: bearer` with a key of the webhook's. "
    "Thin messages have it, and no others",
)


def thin_message(type_, version, subjects):
    """Return the Thing for thin messages of a type.

    :param str type_: type of the event, such as ``order.created``
    :param str version: version of the message
    :param subjects: see :func:`~.message.message`
    """
    told = message(type_, version, subjects)
    data = told["data"].kind
    subject = type_.partition(".")[0]
    if subject in subjects:
        data = data.replaced(
            Property(subject, _bare(subjects[subject]), "what it is about"),
            without=("previous",),
        )
    data = data.replaced(
        LINK,
        name=f"thin_{data.name}",
        meaning=f"What a thin message of the type `{type_}` tells.",
    )
    return told.replaced(
        Property("data", data, "what is told"),
        meaning=f"A thin message of the type `{type_}`, version {version}, for "
        "webhooks that ask for such.",
    )


def _bare(subject: Thing) -> Thing:
    """Return the Thing for the record in a thin message."""
    return Thing(
        f"thin_{subject.name}",
        f"The {subject.title.lower()} that it is about.",
        (subject["id"], subject["name"]),
    )
