"""The receiver accepts what is rightly signed, and nothing else."""

from datetime import datetime, timezone

import pytest
import requests
from standardwebhooks import Webhook

from dev import certificate
from dev.receiver import Receiver, answer, drop

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver():
    with Receiver() as receiver:
        yield receiver


def post(receiver, path="/in", secret=SECRET, body=b"{}", message_id="msg_1"):
    """Send a signed request; returns the answer."""
    now = datetime.now(timezone.utc)
    signature = Webhook(secret).sign(message_id, now, body.decode())
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }
    return requests.post(
        receiver.url(path),
        data=body,
        headers=headers,
        verify=str(certificate.ensure().authority),
        timeout=60,
    )


def test_what_is_rightly_signed_is_accepted_and_recorded(receiver):
    receiver.register("/in", SECRET)
    assert post(receiver, body='{"ä":1}'.encode()).status_code == 200
    [request] = receiver.wait_for(1, "/in")
    assert (request.fault, request.status) == (None, 200)
    assert (request.message_id, request.message) == ("msg_1", {"ä": 1})


@pytest.mark.parametrize(
    ("path", "secret", "status", "fault"),
    [
        ("/in", "whsec_b3RoZXIgc2VjcmV0", 401, "No matching signature found"),
        ("/other", SECRET, 404, "no such endpoint"),
    ],
)
def test_what_is_not_for_an_endpoint_is_refused(receiver, path, secret, status, fault):
    receiver.register("/in", SECRET)
    assert post(receiver, path, secret).status_code == status
    [request] = receiver.wait_for(1)
    assert (request.fault, request.status) == (fault, status)
    with pytest.raises(TimeoutError, match=fault):
        receiver.wait_for(2, timeout=0.1)


def test_answers_are_given_in_their_order_and_then_200(receiver):
    receiver.register("/in", SECRET, [answer(500, b"no"), answer(302, Location="/x")])
    first = post(receiver)
    assert (first.status_code, first.content) == (500, b"no")
    # requests follows the redirect: to an endpoint that is not there
    assert post(receiver).history[0].status_code == 302
    assert post(receiver).status_code == 200


def test_a_connection_is_dropped(receiver):
    receiver.register("/in", SECRET, [drop])
    with pytest.raises(requests.ConnectionError):
        post(receiver)
    assert receiver.wait_for(1)[0].status is None


def test_a_stopped_receiver_can_be_started_again(receiver):
    receiver.register("/in", SECRET)
    receiver.stop()
    with pytest.raises(requests.ConnectionError):
        post(receiver)
    receiver.start()
    assert post(receiver).status_code == 200
