"""The machine-readable description of messages: an OpenAPI document.

The document is made from the declarations in this package, and contains nothing about
any webhook. Code generated from it accepts properties that are added to a version.
Source: https://spec.openapis.org/oas/v3.1.1, "Fixed Fields" of each object.
"""

import json
from pathlib import Path
from typing import NamedTuple

from .schema import DIALECT, TYPES, opened, schema, thin_schema
from .versions import data_of

FOLDER = Path(__file__).parent
#: The guide for developers of receiving systems, which becomes the description.
GUIDE = FOLDER / "guide.md"
EXAMPLES = FOLDER / "examples"
#: (title, description) of each group of types, by the first part of the types.
TAGS = {
    "order": ("Orders", "Quotations and orders."),
    "shipment": ("Shipments", "What takes an order's goods to its customer."),
    "return": ("Returns", "What comes back from a customer."),
}
#: (name, schema, description, whether always present) of the headers of requests.
HEADERS = (
    (
        "webhook-id",
        {"type": "string", "examples": ["msg_51f75e0a4b3542fca267e5167be08d22"]},
        "The event's id, the same on every attempt: an idempotency key.",
        True,
    ),
    (
        "webhook-timestamp",
        {"type": "integer", "examples": [1790000000]},
        "Unix time of the attempt, in seconds.",
        True,
    ),
    (
        "webhook-signature",
        {
            "type": "string",
            "examples": ["v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="],
        },
        "`v1,` and the signature; several are separated by spaces, while a secret is "
        "being replaced or with a key pair (`v1a,`).",
        True,
    ),
    (
        "webhook-attempt",
        {"type": "integer", "minimum": 1},
        "Which attempt for this event it is.",
        True,
    ),
    (
        "webhook-type",
        {"type": "string"},
        "The message's `type`, so that it can be led on without a look into it. No "
        "signature covers it: act by the message.",
        True,
    ),
    (
        "webhook-api-version",
        {"type": "string"},
        "The message's `api_version`. No signature covers it.",
        True,
    ),
    (
        "webhook-environment",
        {"type": "string", "examples": ["production", "staging"], "maxLength": 64},
        "What the Odoo is called in its settings; missing where it has no name. No "
        "signature covers it.",
        False,
    ),
    (
        "Content-Encoding",
        {"type": "string", "const": "gzip"},
        "Of large messages, where the webhook asks for it. The signature is that of "
        "the message before it was compressed.",
        False,
    ),
)
#: Consequences of an answer, by its status code.
ANSWERS = {
    "2XX": "Accepted. Nothing of the answer but its status counts; the first 2 kB are "
    "kept in Odoo's log.",
    "3XX": "A failure: redirects are never followed.",
    "401": "Refused, also 403, 404, 405 and 415: nobody can tell whether the message "
    "or the whole endpoint is meant. It is tried again. After three of these, with no "
    "message accepted or refused otherwise between them, one message is tried every "
    "five seconds.",
    "410": "The endpoint is gone: the webhook is stopped until somebody in Odoo "
    "switches it on again.",
    "429": "Too busy, also 502, 503 and 504: nothing is sent for as long as "
    "`Retry-After` says, else for 5 seconds at first and up to 15 minutes. The message "
    "is tried again.",
    "4XX": "Refused, such as 400, 409, 413 or 422: the message is tried again, and "
    "holds up nothing but its own order or shipment.",
    "5XX": "A failure: it is tried again. After five, with no message accepted or "
    "refused between them, the endpoint is left alone for some time.",
}
RETRY_AFTER = {
    "Retry-After": {
        "description": "Seconds, or a date (RFC 9110, section 10.2.3).",
        "schema": {"type": "string", "examples": ["120"]},
    }
}


class Type(NamedTuple):
    """A type of event for which webhooks can ask.

    :ivar code: name of the type, such as ``order.created``
    :ivar description: the occasion of the event, in a sentence
    """

    code: str
    description: str


def document(version, types):
    """Return the OpenAPI document for a version of messages.

    :param str version: version of the messages
    :param types: a Type for each type that webhooks can ask for; of types by other
        addons, only the common properties are described
    :raises LookupError: there is no such version
    """
    schemas: dict[str, dict] = {}
    webhooks = {type_.code: _webhook(type_, version, schemas) for type_ in types}
    references = {
        type_.code: f"#/components/schemas/{_name(type_.code)}" for type_ in types
    }
    schemas["message"] = {
        "title": "Message",
        "description": "Any whole message: its `type` says which.",
        "oneOf": [{"$ref": reference} for reference in references.values()],
        "discriminator": {"propertyName": "type", "mapping": references},
    }
    subjects = dict.fromkeys(type_.code.partition(".")[0] for type_ in types)
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Order & Shipment Webhooks",
            "version": version,
            "summary": "What this Odoo tells of orders and shipments, and how.",
            "description": GUIDE.read_text(encoding="utf-8"),
        },
        "tags": [
            {"name": name, "x-displayName": title, "description": text}
            for name in subjects
            for title, text in [TAGS.get(name, (name, "Told by another addon."))]
        ],
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "parameters": {each[0].lower(): _header(*each) for each in HEADERS},
            "responses": {
                name: {
                    "description": text,
                    **({"headers": RETRY_AFTER} if name == "429" else {}),
                }
                for name, text in ANSWERS.items()
            },
            "securitySchemes": {
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "webhook-signature",
                    "description": "Each request is signed with the webhook's secret, "
                    "as Standard Webhooks has it.",
                }
            },
        },
    }


def _webhook(type_, version, schemas):
    """Return the OpenAPI path item of a type.

    :param dict schemas: the document's schemas by name, to which missing ones are added
    """
    whole = _lift(schema(type_.code, version), _name(type_.code), schemas)
    thin = _lift(thin_schema(type_.code, version), f"thin_{_name(type_.code)}", schemas)
    content: dict[str, dict] = {"schema": {"oneOf": [whole, thin]}}
    if example := _example(type_.code, version):
        content["examples"] = {
            "whole": {"summary": "A whole message", "value": example},
            "thin": {"summary": "A thin message", "value": _thin_example(example)},
        }
    return {
        "post": {
            "operationId": _name(type_.code),
            "tags": [type_.code.partition(".")[0]],
            "summary": type_.code,
            "description": type_.description,
            "security": [{"signature": []}],
            "parameters": [
                {"$ref": f"#/components/parameters/{name.lower()}"}
                for name, *_rest in HEADERS
            ],
            "requestBody": {
                "required": True,
                "description": "The message: whole, or thin where the webhook asks for "
                "that.",
                "content": {"application/json": content},
            },
            "responses": {
                name: {"$ref": f"#/components/responses/{name}"} for name in ANSWERS
            },
        }
    }


def _name(code):
    """Return the name of a type's message among the schemas."""
    return code.replace(".", "_")


def _lift(found, name, schemas):
    """Add a message's schema, and those that the schema refers to, to the document's.

    :return: a reference to the message's schema
    :raises ValueError: a different schema has the same name
    """
    for key, value in opened({**found["$defs"], name: found}).items():
        value = {
            keyword: _led(inner)
            for keyword, inner in value.items()
            if keyword not in ("$schema", "$id", "$defs")
        }
        if schemas.setdefault(key, value) != value:
            raise ValueError(f"Two schemas have the name {key}")
    return {"$ref": f"#/components/schemas/{name}"}


def _led(value):
    """Return a part of a schema with references to the document's schemas."""
    if isinstance(value, list):
        return [_led(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: inner.replace("#/$defs/", "#/components/schemas/")
        if key == "$ref" and isinstance(inner, str)
        else _led(inner)
        for key, inner in value.items()
    }


def _header(name, found, description, is_always):
    return {
        "name": name,
        "in": "header",
        "required": is_always,
        "description": description,
        "schema": found,
    }


def _example(code, version):
    """Return a message of a type, None for a type by another addon."""
    if code not in TYPES:
        return None
    message = json.loads((EXAMPLES / f"{code}.json").read_text(encoding="utf-8"))
    return message | {
        "api_version": version,
        "data": data_of(version, code, message["data"]),
    }


def _thin_example(message):
    # not by ``payload.thin``: this package does not depend on ``payload``
    subject = message["type"].partition(".")[0]
    record = message["data"][subject]
    return message | {
        "data": {
            subject: {"id": record["id"], "name": record["name"]},
            "reason": message["data"]["reason"],
            "sequence": message["data"]["sequence"],
            "link": "https://odoo.example.com/json/2/nshift.webhook/read_message",
        }
    }
