import re

import pytest
from delivery.guard import Guard
from delivery.url import UrlError, check_address, check_url, host_of
from hypothesis import given, settings
from hypothesis import strategies as st


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
        (None, "scheme"),
        (False, "scheme"),
        (5, "scheme"),
        (b"https://example.com/", "scheme"),
        ("https://[fd00:ec2::22%54]/", "host"),
        ("https://[fe80::1%25eth0]/", "host"),
        ("https://ex%61mple.com/", "host"),
        ("https://\ud800/", "space"),
        ("https://example.com/\ud800", "space"),
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


#: What means something in a URL, to somebody.
PARTS = (
    "https:// http:// / // \\ : @ # ? % %00 %2e %2F [ ] [::1] . .. - _ xn-- xn--a a b "
    "example .com 127.0.0.1 0x7f.1 :443 :0 : :99999 \ud800 \0 \u3002 \u2100 \uff0f "
    "\u00df \u200d \u0130 \u0660 \u00ad \u2488 \u0300 \U0001f6a2 ; = & , * ' ( ) ! $ ~ "
    "| < > { } ^ `"
).split(" ")


@settings(max_examples=1000, deadline=None)
@given(
    st.one_of(
        st.lists(st.sampled_from(PARTS), max_size=8).map("".join),
        st.lists(st.sampled_from(PARTS), max_size=8).map(
            lambda parts: "https://" + "".join(parts)
        ),
        st.text(max_size=40).map("https://{}/".format),
        st.text(max_size=40),
        st.integers(),
        st.binary(),
    )
)
def test_any_url(url):
    """It is refused, or its host is a name in ASCII or an address."""
    try:
        check_url(url)
        host = host_of(url)
        check_address(url, Guard())
    except UrlError:
        return
    assert re.fullmatch(r"[a-z0-9_.:-]+", host)


@pytest.mark.parametrize("host", ["hub", "hub.", "HUB:8443"])
def test_hosts_without_a_domain(host):
    """They are inside, so something inside has to be allowed."""
    url = f"https://{host}/"
    for allowed in ("", "erp"):
        with pytest.raises(UrlError) as caught:
            check_address(url, Guard.parse(allowed) if allowed else Guard())
        assert caught.value.fault == "domain"
    for allowed in ("hub", "10.0.0.0/8"):
        check_address(url, Guard.parse(allowed))


@pytest.mark.parametrize(
    "host",
    ["a,b.example", "a;b", "a'b", "*", "a" * 64, "a.b" * 100, "", "a..b"],
)
def test_impossible_hosts(host):
    """What no name server could know is refused before it is asked."""
    with pytest.raises(UrlError) as caught:
        check_url(f"https://{host}/")
        host_of(f"https://{host}/")
    assert caught.value.fault == "host"
