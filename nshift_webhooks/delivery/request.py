"""The request line and headers before a message."""

from .header import ENVIRONMENT, OURS, OURS_BEGIN, VALUE, same_header
from .url import Target

#: Tells the operator of an endpoint which program calls, and where to read about the
#: signatures.
USER_AGENT = "nshift_webhooks/19.0.1.1.0 (Odoo; +https://www.standardwebhooks.com)"
#: Headers of every request, which owners of webhooks cannot replace.
ALWAYS = (
    ("User-Agent", USER_AGENT),
    ("Accept-Encoding", "identity"),
    ("Content-Type", "application/json"),
)


def own_headers(headers, environment=None, has_token=False):
    """Return the headers of each request to an endpoint, except ``ALWAYS``.

    :param headers: the (name, value) of the headers that the webhook's owner has added
    :param environment: name of the database in messages, None if there is none
    :param bool has_token: whether an access token is sent, which replaces the owner's
        ``Authorization``
    :return: a list of (name, value)
    """
    sent = {"Accept": "*/*"}
    # a name that bypassed the checks of the settings is not sent
    if environment and ENVIRONMENT.fullmatch(environment):
        sent["webhook-environment"] = environment
    for name, value in headers:
        # an old header may have been reserved by a later version of the addon
        if same_header(name) in OURS or same_header(name).startswith(OURS_BEGIN):
            continue
        if has_token and same_header(name) == "authorization":
            continue
        if name.lower() == "accept":
            sent.pop("Accept", None)
        sent[name] = value
    return list(sent.items())


def first_lines(target: Target, headers):
    """Return the request line and first headers of a request.

    :param target: the Target
    :param headers: headers from :func:`own_headers`
    :return: a list of lines
    """
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}"]
    return [*lines, *(f"{name}: {value}" for name, value in (*ALWAYS, *headers))]


def token_header(token):
    """Return the (name, value) of the header with an access token.

    Source: RFC 6750, section 2.1

    :param str token: the token, or a placeholder for display
    """
    return "Authorization", f"Bearer {token}"


def attempt_headers(message, timestamp, signature):
    """Return the headers of one attempt, as a tuple of (name, value).

    :param message: the Message
    :param int timestamp: Unix time of the attempt in seconds
    :param str signature: the result of ``sign`` for the message and the timestamp
    """
    routing = (
        ("webhook-type", message.type),
        ("webhook-api-version", message.api_version),
    )
    return (
        *((name, value) for name, value in routing if VALUE.fullmatch(value)),
        ("webhook-attempt", message.attempt),
        ("webhook-id", message.message_id),
        ("webhook-timestamp", timestamp),
        ("webhook-signature", signature),
    )
