"""Thin messages: the event, its record, and a link to the whole message."""

import json

from .envelope import encode_data

#: Path of the whole message on the server that sent the thin one: Odoo's own API
#: (JSON-2), which authenticates the reader and checks access rights.
WHOLE = "/json/2/nshift.webhook/read_message"
#: Properties of ``data`` that a thin message keeps, besides the record's id and name.
KEPT = ("test", "reason", "sequence")


def thin(message, server):
    """Return the thin form of a message, as stored and sent.

    The property of the record is the same, reduced to ``id`` and ``name``.

    :param str message: the whole message
    :param str server: URL of the server from which the whole message is read
    """
    whole = json.loads(message)
    data = {
        name: {"id": value["id"], "name": value.get("name")}
        for name, value in whole["data"].items()
        if name != "previous" and isinstance(value, dict) and "id" in value
    }
    data |= {name: whole["data"][name] for name in KEPT if name in whole["data"]}
    data["link"] = server.rstrip("/") + WHOLE
    return encode_data(whole | {"data": data})
