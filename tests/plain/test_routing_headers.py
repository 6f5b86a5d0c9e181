"""Headers by which a message is routed without a look into it."""

import datetime

import pytest
from delivery.header import HeaderError, check_header, parse_environment
from delivery.request import own_headers
from delivery.sender import Endpoint, Message
from delivery.signature import new_secret
from payload.envelope import encode, head_of
from payload.thin import thin

from dev.receiver import Receiver

WHEN = datetime.datetime(2026, 1, 2, 3, 4, 5, 678900)
DATA = (
    '{"order":{"id":5,"name":"S5","type":"x"},"previous":{"id":4},"reason":"updated"}'
)
BODY = encode("msg_1", "order.updated", WHEN, "1", DATA, 7)


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as receiver:
        yield receiver


def arrived(receiver, sender, message, **values):
    """Send a message; return the headers that arrive."""
    secret, path = new_secret(), f"/{message.message_id}"
    receiver.register(path, secret)
    sent = sender.send(Endpoint(receiver.url(path), (secret,), **values), message)
    assert sent.response_code == 200
    return receiver.wait_for(1, path)[-1].headers


def test_head():
    """What the headers say is what the body says."""
    assert head_of(BODY) == ("order.updated", "1")
    assert head_of(thin(BODY, "https://odoo.example")) == ("order.updated", "1")


@pytest.mark.parametrize(
    "body",
    [
        "{}",
        '{"type":"order.updated","api_version":"1"}',
        '{"id":"m","type":"a\\"b","timestamp":"t","api_version":"1"}',
    ],
)
def test_head_of_something_else(body):
    """What was not made by us has no head that anybody could be misled by."""
    assert head_of(body) == ("", "")


def test_sent(receiver, sender):
    message = Message("msg_route", BODY.encode(), 2, *head_of(BODY))
    headers = arrived(receiver, sender, message, environment="production")
    assert headers["webhook-type"] == "order.updated"
    assert headers["webhook-api-version"] == "1"
    assert headers["webhook-environment"] == "production"
    assert headers["webhook-attempt"] == "2"


def test_nothing_to_say(receiver, sender):
    """A header that would be empty is not sent."""
    headers = arrived(receiver, sender, Message("msg_bare", b"{}"))
    assert (
        not {"webhook-type", "webhook-api-version", "webhook-environment"}
        & headers.keys()
    )


@pytest.mark.parametrize("type_", ["a\r\nX-Evil: 1", "bestellung.geändert", " x"])
def test_unsafe(receiver, sender, type_):
    """What is no header's value is left out, whatever an addon calls its types."""
    message = Message(f"msg_{abs(hash(type_))}", b"{}", 1, type_, "1")
    headers = arrived(receiver, sender, message, environment="prod\r\nX-Evil: 2")
    assert headers["webhook-api-version"] == "1"
    assert not {"webhook-type", "webhook-environment", "x-evil"} & headers.keys()


@pytest.mark.parametrize(
    "name", ["webhook-type", "Webhook_API_Version", "webhook-environment"]
)
def test_reserved(name):
    """A webhook's owner cannot set them, nor one that was set before."""
    with pytest.raises(HeaderError, match="ours"):
        check_header(name, "x")
    sent = own_headers([(name, "forged"), ("X-Key", "k")], "staging")
    assert sent == [
        ("Accept", "*/*"),
        ("webhook-environment", "staging"),
        ("X-Key", "k"),
    ]


def test_accept():
    """The owner's takes the place of ours."""
    sent = own_headers([("accept", "application/json")])
    assert sent == [("accept", "application/json")]


@pytest.mark.parametrize("name", ["production", "s", "EU-1.test_2", "a" * 64])
def test_environment(name):
    assert parse_environment(name) == name


@pytest.mark.parametrize(
    "name", ["", None, " a", "a b", "-a", "a-", "a" * 65, "prod\n", "größe", "a,b"]
)
def test_no_environment(name):
    with pytest.raises(ValueError):
        parse_environment(name)
