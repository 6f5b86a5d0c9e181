import base64
from datetime import datetime, timezone

import pytest
from delivery.signature import new_secret, sign
from standardwebhooks import Webhook, WebhookVerificationError


def test_the_example_of_the_specification():
    """The vector that the specification's own libraries are tested with."""
    assert (
        sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1614265330,
            b'{"test": 2432232314}',
        )
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


@pytest.mark.parametrize(
    "body", [b"{}", '{"name":"Ærø 🚢"}'.encode(), b"", b"\x00\xff"]
)
def test_the_official_library_signs_the_same(body):
    secret, message_id = new_secret(), "msg_1"
    now = datetime.now(timezone.utc)
    signature = sign(secret, message_id, int(now.timestamp()), body)
    if body.isascii() or body.startswith(b"{"):
        official = Webhook(secret).sign(message_id, now, body.decode())
        assert signature == official


def test_what_was_changed_is_refused():
    secret, now = new_secret(), int(datetime.now(timezone.utc).timestamp())
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(now),
        "webhook-signature": sign(secret, "msg_1", now, b'{"a":1}'),
    }
    assert Webhook(secret).verify(b'{"a":1}', headers) == {"a": 1}
    for changed, body in (
        ({}, b'{"a":2}'),
        ({"webhook-id": "msg_2"}, b'{"a":1}'),
        ({"webhook-timestamp": str(now - 1)}, b'{"a":1}'),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(body, headers | changed)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(b'{"a":1}', headers)


def test_a_secret_has_as_many_bytes_as_the_specification_asks_for():
    """Between 24 and 64 random bytes, base64, behind ``whsec_``."""
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    for secret in secrets:
        prefix, _, key = secret.partition("_")
        assert prefix == "whsec"
        assert 24 <= len(base64.b64decode(key, validate=True)) <= 64
