"""Promise 6: nothing inside is reachable from a URL field.

Connections are watched at the socket: what is refused must not have been tried.
"""

import ipaddress
import re
import socket
import ssl

import pytest
from delivery.guard import Guard, is_public, literals, parse_address
from delivery.network import Network
from delivery.sender import Endpoint, Message, Sender
from delivery.signature import new_secret
from delivery.url import UrlError, check_address, check_url, host_of
from hypothesis import given
from hypothesis import strategies as st

from .trust import HERE, trusting_sender

MESSAGE = Message("msg_1", b"{}")
PUBLIC = "93.184.215.14"

#: Addresses in any notation that the system's resolver understands.
LITERALS = """
    127.0.0.1 127.1 127.0.1 127.255.255.254 2130706433 0x7f000001 0x7f.1 0x7f.0.0.1
    017700000001 0177.0.0.1 0177.1 127.0x0.0.1 00000177.0.0.1 0 0.0.0.0 0x0
    10.0.0.1 10.1 0xa.1 012.0.0.1 167772161 10.255.255.255
    172.16.0.1 172.31.255.255 192.168.0.1 192.168.1 0xc0a80001 3232235521
    169.254.169.254 169.254.1 0xa9fea9fe 2852039166 0251.0376.0251.0376
    100.64.0.1 100.100.100.200 100.127.255.255
    168.63.129.16 192.0.0.192 192.0.0.1 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9
    192.88.99.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
    [::1] [::] [0:0:0:0:0:0:0:1] [::127.0.0.1] [::10.0.0.1]
    [::ffff:127.0.0.1] [::ffff:10.0.0.1] [::ffff:a9fe:a9fe] [::ffff:0:10.0.0.1]
    [64:ff9b::10.0.0.1] [64:ff9b::7f00:1] [64:ff9b::a9fe:a9fe] [64:ff9b::]
    [64:ff9b:1::10.0.0.1] [64:ff9b:1:a00:0:100::] [64:ff9b:1:a00:0:100:808:808]
    [64:ff9b:1::] [64:ff9b:2::808:808]
    [fe80::1] [fe80::1%1] [fec0::1] [fc00::1] [fd00:ec2::254] [fd12:3456::1]
    [ff02::1] [ff0e::1] [2001:db8::1] [2001::1] [2001:0:7f00:1::1] [2002:7f00:1::]
    [2002:a00:1::1] [3fff::1] [100::1] [5f00::1] [4000::1] [::ffff:100.64.0.1]
""".split()
#: Names that are addresses, or that are this machine by their very name.
NAMES = [
    "localhost",
    "LOCALHOST",
    "localhost.",
    "x.localhost",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
]
#: What a resolver may say of a name; any of these and nothing is connected to.
ANSWERS = {
    "loopback": ["127.0.0.1"],
    "private": ["10.0.0.1"],
    "public first": [PUBLIC, "10.0.0.1"],
    "private first": ["192.168.1.1", PUBLIC],
    "among many": [PUBLIC, "1.1.1.1", "169.254.169.254", "8.8.8.8"],
    "IPv6": ["2606:4700::1111", "fd00::1"],
    "IPv4 public, IPv6 private": [PUBLIC, "::1"],
    "mapped": ["::ffff:10.0.0.1"],
    "NAT64": ["64:ff9b::a00:1"],
    "carrier's NAT": ["100.64.0.1"],
    "unspecified": ["0.0.0.0"],  # noqa: S104 - to be refused
    "multicast": ["224.0.0.1"],
    "link-local with a zone": ["fe80::1%2"],
}
ALLOWED = """
    8.8.8.8 93.184.215.14 1.1.1.1 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1
    192.169.0.1 11.0.0.1 9.255.255.255 223.255.255.255 168.63.129.15
    2606:4700:4700::1111 2a00:1450:4001:800::200e 2001:4860:4860::8888
    64:ff9b::808:808 64:ff9b:1::808:808 64:ff9b:1:808:8:800::
""".split()


@pytest.fixture
def connected(monkeypatch):
    """To what a connection was tried; none is made."""
    tried = []

    def connect(_socket, address):
        tried.append(address[0])
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    return tried


@pytest.fixture
def resolver(monkeypatch):
    """What ``shop.example`` is: the addresses for each time it is asked."""
    real, answers = socket.getaddrinfo, []

    def getaddrinfo(host, port, *args, **kwargs):
        if host.rstrip(".") != "shop.example":
            return real(host, port, *args, **kwargs)
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port, 0, 0) if ":" in address else (address, port),
            )
            for address in addresses
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answers


def send(url, sender=None):
    with sender or Sender() as sender:
        return sender.send(Endpoint(url, (new_secret(),)), MESSAGE)


@pytest.mark.parametrize("host", LITERALS + NAMES)
def test_an_address_inside_is_never_connected_to(host, connected):
    answer = send(f"https://{host}/")
    assert connected == []
    assert answer.failure in ("address", "url", "dns")
    assert answer.response_code is None


@pytest.mark.parametrize("host", LITERALS + NAMES)
def test_it_is_refused_when_it_is_entered(host):
    for url in (f"https://{host}/", f"https://{host}:8443/path"):
        with pytest.raises(UrlError) as caught:
            check_url(url)
            check_address(url, Guard())
        assert caught.value.fault in ("address", "host")


@pytest.mark.parametrize("addresses", ANSWERS.values(), ids=ANSWERS)
def test_a_name_with_an_address_inside_is_never_connected_to(
    addresses, resolver, connected
):
    resolver[:] = [addresses]
    for host in ("shop.example", "SHOP.EXAMPLE", "shop.example."):
        answer = send(f"https://{host}/")
        assert (answer.failure, connected) == ("address", [])
        assert answer.error == "The host has an address that is not public."
        assert answer.inside in addresses


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(
    resolver, connected
):
    """DNS rebinding: another answer for whoever asks again."""
    resolver[:] = [[PUBLIC], ["127.0.0.1"]]
    assert send("https://shop.example/").failure == "connection"
    assert connected == [PUBLIC]


def test_a_name_that_changes_between_two_messages(resolver, connected):
    resolver[:] = [[PUBLIC], ["127.0.0.1"]]
    with Sender() as sender:
        endpoint = Endpoint("https://shop.example/", (new_secret(),))
        assert sender.send(endpoint, MESSAGE).failure == "connection"
        assert sender.send(endpoint, MESSAGE).failure == "address"
    assert connected == [PUBLIC]


@pytest.mark.parametrize(
    ("prefix", "layout"),
    [
        ("64:ff9b::", [12, 13, 14, 15]),
        ("64:ff9b:1::", [6, 7, 9, 10]),
        ("64:ff9b:1::", [7, 9, 10, 11]),
        ("64:ff9b:1::", [9, 10, 11, 12]),
        ("64:ff9b:1::", [12, 13, 14, 15]),
    ],
)
def test_embedded_addresses(prefix, layout):
    """Wherever RFC 6052 lets NAT64 have put an address inside, it is found."""
    for inside in ("10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.7.7"):
        packed = bytearray(ipaddress.ip_address(prefix).packed)
        # a public one where the last bytes are free
        packed[12:] = ipaddress.ip_address("8.8.8.8").packed
        for place, byte in zip(
            layout, ipaddress.ip_address(inside).packed, strict=True
        ):
            packed[place] = byte
        assert not Guard().allows(
            "shop.example", str(ipaddress.ip_address(bytes(packed)))
        )


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_allowed(address, resolver, connected):
    resolver[:] = [[address]]
    assert is_public(parse_address(address))
    assert send("https://shop.example/").failure == "connection"
    assert connected == [address]


@pytest.mark.parametrize(
    "host", ["93.184.215.14", "0x5d.12113678", "[2606:4700::1111]"]
)
def test_public_address_is_entered(host):
    check_address(f"https://{host}/", Guard())


@pytest.mark.parametrize(
    ("reserved", "public"), [("00", True), ("01", False), ("80", False)]
)
def test_reserved_bits_of_nat64(reserved, public):
    """Where they are set, no IPv4 address is in there, whatever it looks like."""
    address = f"64:ff9b:1:5db8:{reserved}d7:e08:808:808"
    assert is_public(parse_address(address)) is public


def test_every_network_that_is_not_globally_reachable_is_refused():
    """IANA's special registries, at both ends of each network."""
    networks = """
        0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12
        192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15
        198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
        ::/128 ::1/128 ::ffff:0:0/112 ::/96 64:ff9b::/96 64:ff9b:1::/48 100::/64
        2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7 fe80::/10
        fec0::/10 ff00::/8
    """
    for text in networks.split():
        network = ipaddress.ip_network(text)
        for address in (network[0], network[-1]):
            assert not is_public(parse_address(str(address))), address


@pytest.mark.parametrize(
    ("exceptions", "host", "address", "allowed"),
    [
        ("shop.example", "shop.example", "10.0.0.1", True),
        ("SHOP.example.", "shop.example.", "10.0.0.1", True),
        ("other.example", "shop.example", "10.0.0.1", False),
        ("example", "shop.example", "10.0.0.1", False),
        ("10.0.0.0/24", "shop.example", "10.0.0.1", True),
        ("10.0.0.0/24", "shop.example", "10.0.1.1", False),
        ("10.0.0.1", "shop.example", "::ffff:10.0.0.1", True),
        ("fd00::/8, 10.0.0.1", "shop.example", "fd00::1", True),
        ("fd00::/8", "shop.example", "10.0.0.1", False),
        ("", "shop.example", PUBLIC, True),
        ("10.0.0.1", "shop.example", "64:ff9b::10.0.0.1", True),
        ("10.0.0.1", "shop.example", "64:ff9b::10.0.0.2", False),
        ("10.0.0.1", "shop.example", "64:ff9b:1::10.0.0.1", True),
        ("10.0.0.1", "shop.example", "64:ff9b:1:a00:0:200:a00:1", False),
        ("64:ff9b::/96", "shop.example", "64:ff9b::10.0.0.1", True),
        ("64:ff9b::/96", "shop.example", "10.0.0.1", False),
    ],
)
def test_exceptions(exceptions, host, address, allowed):
    guard = Guard.parse(exceptions) if exceptions else Guard()
    assert guard.allows(host, address) is allowed


def test_an_exception_for_one_address_of_a_name_is_none_for_its_others(
    resolver, connected
):
    resolver[:] = [["10.0.0.1", "10.0.1.1"]]
    sender = Sender(Guard.parse("10.0.0.0/24"))
    assert send("https://shop.example/", sender).failure == "address"
    assert connected == []


@pytest.mark.parametrize(
    ("exceptions", "fault"),
    [
        ("10.0.0.0/33", "10.0.0.0/33"),
        ("10.0.0.1/8", "10.0.0.1/8"),
        ("erp.internal, *.internal", "*.internal"),
        ("https://erp.internal", "https://erp.internal"),
        ("erp.internal:8443", "erp.internal:8443"),
        ("0x7f.1", "0x7f.1"),
        ("-erp", "-erp"),
        ("", ""),
    ],
)
def test_exceptions_that_are_none(exceptions, fault):
    with pytest.raises(ValueError, match="^" + fault.replace("*", r"\*") + "$"):
        Guard.parse(exceptions)


def test_a_url_field_of_ones_own_machine_is_allowed_as_an_exception():
    check_address("https://localhost:8443/", HERE)
    with pytest.raises(UrlError):
        check_address("https://127.0.0.1:8443/", HERE)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://XN--BCHER-KVA.example/", "xn--bcher-kva.example"),
        ("https://[2606:4700::1111]:8443/", "2606:4700::1111"),
    ],
)
def test_the_host_that_is_looked_up(url, host):
    assert host_of(url) == host


@pytest.mark.parametrize(
    "host", ["a" * 64 + ".example", "*.example", "xn--" + "9" * 60]
)
def test_a_host_that_cannot_be_looked_up(host):
    with pytest.raises(UrlError):
        host_of(f"https://{host}/")


def test_what_was_connected_to_inside_is_told(monkeypatch):
    from dev.receiver import Receiver

    with Receiver() as receiver, trusting_sender() as sender:
        endpoint = Endpoint(receiver.url("/"), (new_secret(),))
        assert sender.send(endpoint, MESSAGE).inside in ("127.0.0.1", "::1")
        # over the connection that is there already
        assert sender.send(endpoint, MESSAGE).inside is None


def test_tls_is_of_version_1_2_or_newer():
    context = Network().tls("example.com")
    # a server of TLS 1.2 could go on with handshakes instead of an answer
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    # the usual authorities
    assert len(context.get_ca_certs()) > 50


@pytest.mark.parametrize(
    "host",
    [
        "bücher.internal",
        "BÜCHER.internal",
        "faß.internal",
        "ERP.internal",
        "erp.internal.",
        ".".join(["a" * 63] * 3 + ["a" * 61]),
    ],
)
def test_an_exception_for_a_name(host):
    """It is compared with the name in the form in which it is looked up."""
    assert Guard.parse(host).expects(host_of(f"https://{host}/"))


@pytest.mark.parametrize(
    ("entry", "network"),
    [
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ],
)
def test_a_mapped_network(entry, network):
    """What a resolver writes so is compared as IPv4."""
    assert Guard.parse(entry).networks == (ipaddress.ip_network(network),)


@pytest.mark.parametrize(
    "entry",
    [
        "10.0.0.1-10.0.0.9",
        "10.0.0.1-9",
        "10.1.*",
        "300.1.2.3",
        "127.0x1",
        "erp.1",
        "10.1.0.5/16",
        "[fd00::1]",
        "fd00::1%1",
        "https://10.0.0.1/",
        "10.0.0.1:443",
        "erp..internal",
        "a" * 64 + ".internal",
        "a." * 130 + "internal",
        "b\xfccher..internal",
        "\ud800.internal",
        "erp\0.internal",
    ],
)
def test_an_exception_for_nothing(entry):
    """An entry that would never match anything is told, not taken."""
    with pytest.raises(ValueError, match="^" + re.escape(entry) + "$"):
        Guard.parse(f"erp.internal, {entry}, 10.0.0.0/8")


@pytest.mark.parametrize("text", [None, False, 5, b"erp", "x.internal " * 201])
def test_malformed_exceptions(text):
    """They are refused like a text that says nothing of the kind."""
    with pytest.raises(ValueError):
        Guard.parse(text)


def test_too_many_exceptions():
    """Each address is compared with all of them."""
    names = [f"h{number}.internal" for number in range(201)]
    assert len(Guard.parse(" ".join(names[:200])).hosts) == 200
    with pytest.raises(ValueError, match=names[200]):
        Guard.parse(" ".join(names))
    assert len(Guard.parse("10.0.0.1" + " " * 9_984 + "10.0.0.2").networks) == 2
    with pytest.raises(ValueError):
        Guard.parse("10.0.0.1" + " " * 9_985 + "10.0.0.2")


def test_separators_at_the_ends():
    assert Guard.parse(" ,\n X.internal,,10.0.0.1 ,\r\n") == Guard.parse(
        "x.internal 10.0.0.1"
    )


def test_a_refused_address(resolver, connected):
    """An error says nothing of what a name leads to; ``inside`` does."""
    resolver[:] = [["10.1.2.3"]]
    for sender in (Sender(), Sender(Guard(frozenset({"shop.example"})))):
        answer = send("https://shop.example/", sender)
        assert "10." not in answer.error
    refused = send("https://shop.example/")
    assert (refused.failure, refused.inside) == ("address", "10.1.2.3")


def test_too_many_addresses(resolver, connected):
    """Whoever owns a name could have us connect to thousands."""
    resolver[:] = [[f"93.184.{number}.14" for number in range(200)]]
    assert send("https://shop.example/").failure == "connection"
    assert len(connected) == 8


@given(st.text(max_size=300))
def test_any_host(host):
    """The guard has an answer to each, without an exception."""
    Guard().allows_literal(host)
    literals(host)
    Guard().expects(host)
