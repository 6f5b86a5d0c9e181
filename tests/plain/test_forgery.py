import pytest
from delivery.forgery import forged, verdict
from delivery.sender import Answer, Endpoint
from delivery.signature import check_secret, new_secret


def test_a_secret_that_nobody_has():
    endpoint = Endpoint("https://example.com/", (new_secret(),), (("X-Key", "1"),), 7)
    other = forged(endpoint)
    [key] = other.keys
    check_secret(key)
    assert key not in endpoint.keys
    assert forged(endpoint).keys != other.keys
    assert (other.url, other.headers, other.timeout) == (
        endpoint.url,
        endpoint.headers,
        endpoint.timeout,
    )


@pytest.mark.parametrize(
    ("code", "failure", "expected"),
    [
        (200, None, "accepted"),
        (204, None, "accepted"),
        (400, "status", "refused"),
        (401, "status", "refused"),
        (403, "status", "refused"),
        (422, "status", "refused"),
        # these tell of something else than the signature
        (302, "redirect", None),
        (404, "status", None),
        (410, "status", None),
        (429, "status", None),
        (500, "status", None),
        (None, "timeout", None),
        (None, "connection", None),
        # it answered, and broke off
        (401, "timeout", "refused"),
    ],
)
def test_verdict(code, failure, expected):
    assert verdict(Answer(code, failure=failure)) == expected
