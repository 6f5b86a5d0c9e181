"""Thin messages: what has happened to what, and where the whole message is read."""

import json

from .envelope import encode_data

#: Where the whole message is read by its ID, on the server that has sent the thin one:
#: Odoo's own API (JSON-2), which asks who is there and what they may read.
WHOLE = "/json/2/nshift.webhook/read_message"
#: What a thin message has of a message's ``data``, besides what it is about.
KEPT = ("test", "reason", "sequence")


def thin(message, server):
    """Return the thin form of a message, as it is stored and sent.

    What it is about is where the whole message has it, with its ``id`` and ``name``.

    :param str message: the whole message
    :param str server: the address of the server on which it is read
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
