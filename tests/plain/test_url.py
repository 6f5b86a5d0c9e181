import pytest
from delivery.url import UrlError, check_url


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com/path?query=1",
        "https://example.com:8443/",
        "https://bücher.example/",
        "https://xn--bcher-kva.example/",
        "https://[2001:db8::1]:8443/hook",
        "https://192.0.2.1/",
        "HTTPS://EXAMPLE.COM/",
    ],
)
def test_proper(url):
    check_url(url)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://example.com", "scheme"),
        ("httpss://example.com", "scheme"),
        ("//example.com", "scheme"),
        ("example.com", "scheme"),
        ("", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("file:///etc/passwd", "scheme"),
        (" https://example.com", "space"),
        ("https://example.com/a b", "space"),
        ("https://example.com\n", "space"),
        ("https://exa\tmple.com", "space"),
        ("https://example.com/\x00", "space"),
        ("https://example.com/\u202e", "space"),
        ("https://", "host"),
        ("https:///path", "host"),
        ("https://:443/", "host"),
        ("https://.example.com/", "host"),
        ("https://example..com/", "host"),
        ("https://[::1/", "host"),
        ("https://example.com\\@10.0.0.1/", "credentials"),
        ("https://example.com\\.internal/", "host"),
        ("https://example.com/path?query=1#part", "fragment"),
        ("https://example.com/#", "fragment"),
        ("https://example.com/" + "a" * 2000, "length"),
        ("https://me@example.com/", "credentials"),
        ("https://me:secret@example.com/", "credentials"),
        ("https://example.com:0/", "port"),
        ("https://example.com:65536/", "port"),
        ("https://example.com:https/", "port"),
    ],
)
def test_refused_with_its_fault(url, fault):
    with pytest.raises(UrlError) as caught:
        check_url(url)
    assert caught.value.fault == fault
    assert "secret" not in str(caught.value)
