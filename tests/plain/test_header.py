import pytest
from delivery.header import HeaderError, check_header, same_header


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-API-Key", "s3cret"),
        ("Authorization", "Bearer abc.def-ghi~/+="),
        ("x_y.z!", "a b\tc".replace("\t", " ")),
        ("Cookie", "a=b; c=d"),
        ("Accept", "*/*"),
    ],
)
def test_proper(name, value):
    check_header(name, value)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "X Key",
        "X-Key:",
        "X-Key\r\nHost",
        "Ä",
        "X\x00",
        "a" * 101,
        "(x)",
        "X/Y",
        None,
        False,
        5,
        b"X",
    ],
)
def test_a_malformed_name(name):
    with pytest.raises(HeaderError) as caught:
        check_header(name, "x")
    assert caught.value.fault == "name"


@pytest.mark.parametrize(
    "name",
    [
        "Host",
        "HOST",
        "content-length",
        "Content-Type",
        "Transfer-Encoding",
        "Connection",
        "Keep-Alive",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Upgrade",
        "Expect",
        "User-Agent",
        "webhook-id",
        "Webhook-Signature",
        "WEBHOOK-ANYTHING",
        "webhook_signature",
        "Content_Length",
        "Transfer_Encoding",
        "User_agent",
        "Accept-Encoding",
        "HTTP2-Settings",
    ],
)
def test_a_header_that_is_ours(name):
    with pytest.raises(HeaderError) as caught:
        check_header(name, "x")
    assert caught.value.fault == "ours"


@pytest.mark.parametrize(
    "value",
    [
        None,
        False,
        5,
        b"x",
        "",
        " x",
        "x ",
        "a\r\nHost: b",
        "a\nb",
        "a\rb",
        "a\x00b",
        "ä",
        "\x7f",
        "x" * 4001,
    ],
)
def test_a_malformed_value(value):
    with pytest.raises(HeaderError) as caught:
        check_header("X-Key", value)
    assert caught.value.fault == "value"
    assert not value or str(value) not in str(caught.value)


def test_the_same_header():
    """CGI and WSGI cannot tell these apart."""
    assert same_header("X_API-key") == same_header("x-api_KEY") == "x-api-key"
