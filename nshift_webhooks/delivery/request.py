"""The request line and headers before a message."""

from .header import ENVIRONMENT, OURS, OURS_BEGIN, VALUE, same_header

#: Says to an endpoint's operator who calls, and where it is told how to verify that.
USER_AGENT = "nshift_webhooks/19.0.1.1.0 (Odoo; +https://www.standardwebhooks.com)"
#: What is sent with every request, and cannot be set.
ALWAYS = (
    ("User-Agent", USER_AGENT),
    ("Accept-Encoding", "identity"),
    ("Content-Type", "application/json"),
)


def own_headers(headers, environment=None, has_token=False):
    """Return what is sent besides ``ALWAYS`` with each request to an endpoint.

    :param headers: a (name, value) of each that its webhook's owner has added
    :param environment: what the database is called, None if nobody has said so
    :param bool has_token: whether an access token is sent, which takes the place of an
        ``Authorization`` of the owner's
    :return: a list of (name, value)
    """
    sent = {"Accept": "*/*"}
    # what got into the database by another way than the settings is not sent
    if environment and ENVIRONMENT.fullmatch(environment):
        sent["webhook-environment"] = environment
    for name, value in headers:
        # an older one may be one of those that are ours by now
        if same_header(name) in OURS or same_header(name).startswith(OURS_BEGIN):
            continue
        if has_token and same_header(name) == "authorization":
            continue
        if name.lower() == "accept":
            sent.pop("Accept", None)
        sent[name] = value
    return list(sent.items())


def first_lines(target, headers):
    """Return a request's first line, and the first of its headers.

    :param target: a Target
    :param headers: of :func:`own_headers`
    """
    lines = [f"POST {target.path} HTTP/1.1", f"Host: {target.authority}"]
    return [*lines, *(f"{name}: {value}" for name, value in (*ALWAYS, *headers))]


def token_header(token):
    """Return the header that carries an access token, its name and value.

    Source: RFC 6750, section 2.1

    :param str token: the token, or what is shown in its place
    """
    return "Authorization", f"Bearer {token}"


def attempt_headers(message, timestamp, signature):
    """Return the headers of one attempt, a (name, value) of each.

    :param message: a Message
    :param int timestamp: Unix time in seconds
    :param str signature: what ``sign`` makes of these and of the body
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
