"""The addresses that messages may be sent to.

Whoever can enter a URL could else have the server call what only it can reach: other
machines of its network, itself, or its cloud's metadata service.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass

import idna

#: IPv6 addresses that may belong to somebody: the rest has no use, or is local.
#: Source: https://www.iana.org/assignments/ipv6-address-space
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
#: What ``is_global`` is true of, in some version of Python, that leads elsewhere.
#: Source: https://www.iana.org/assignments/iana-ipv4-special-registry and
#: https://www.iana.org/assignments/iana-ipv6-special-registry
NOT_PUBLIC = tuple(
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # Azure's platform, from any of its machines
            "192.0.0.0/24",  # protocol assignments; Oracle's metadata service
            "192.88.99.0/24",  # relays from IPv6 to IPv4
            "2001::/23",  # protocol assignments; Teredo, which embeds IPv4
            "2002::/16",  # 6to4, which embeds IPv4
            "3fff::/20",  # documentation
        ),
    )
)
#: How IPv6 writes IPv4 addresses; a resolver's are compared as IPv4.
MAPPED = ipaddress.ip_network("::ffff:0:0/96")
#: Through which a network without IPv4 reaches IPv4 (NAT64). Source: RFC 6052, section
#: 2.1, and RFC 8215
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
#: What IPv4 reads as "this network": nothing can be sent there.
NOWHERE = ipaddress.ip_network("0.0.0.0/8")
#: Source: RFC 1035, section 2.3.4
LONGEST_HOST = 253
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
#: Exceptions, and characters of their text: each address is compared with all of them.
MOST_EXCEPTIONS = 200
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Guard:
    """Refuses addresses that are not public, but for exceptions.

    :ivar hosts: names of hosts that may have any address
    :ivar networks: networks whose addresses any host may have
    """

    hosts: frozenset = frozenset()
    networks: tuple = ()

    @classmethod
    def parse(cls, text):
        """Make a guard from exceptions as an administrator writes them.

        :param str text: hosts, addresses and networks, separated by commas or spaces,
            such as ``erp.internal, 10.1.0.0/16``
        :raises ValueError: one of them is none of these, and is its text; or there are
            too many
        """
        if not isinstance(text, str):
            raise ValueError("")
        if len(text) > LONGEST_TEXT:
            raise ValueError(text[:50])
        entries = re.split(r"[,\s]+", text.strip(", \t\r\n"))
        if len(entries) > MOST_EXCEPTIONS:
            raise ValueError(entries[MOST_EXCEPTIONS])
        hosts, networks = set(), []
        for entry in entries:
            # a zone says to which of this machine's networks an address belongs
            if "%" in entry:
                raise ValueError(entry)
            try:
                networks.append(_unmapped(ipaddress.ip_network(entry)))
            except ValueError:
                hosts.add(_host_name(entry))
        return cls(frozenset(hosts), tuple(networks))

    def expects(self, host):
        """Tell whether any address of a host may be connected to.

        :param str host: a name, in the form in which it is looked up
        """
        return host.lower().removesuffix(".") in self.hosts

    def allows_inside(self, host):
        """Tell whether a host may have some address inside, as far as its name tells.

        :param str host: see :meth:`expects`
        """
        return self.expects(host) or bool(self.networks)

    def allows(self, host, address):
        """Tell whether an address of a host may be connected to.

        :param str host: as in the URL
        :param str address: as a resolver returns it
        """
        ip = parse_address(address)
        return (
            self.expects(host)
            or self._excepts(ip)
            or all(is_public(end) or self._excepts(end) for end in _ends(ip))
        )

    def _excepts(self, ip):
        return any(
            ip.version == network.version and ip in network for network in self.networks
        )

    def allows_literal(self, host):
        """Tell whether a host, if its address can be told from its name, is allowed.

        Whatever name is looked up only when something is sent.
        """
        name = host.lower().removesuffix(".")
        if name == "localhost" or name.endswith(".localhost"):
            return self.allows(host, "127.0.0.1")
        return all(self.allows(host, address) for address in literals(host))


def is_public(ip):
    """Tell whether an address is one that anybody on the Internet could have.

    Of an address that leads to others, such as NAT64's, it is these that count.

    :param ip: as :func:`parse_address` returns it
    """
    return all(map(_is_public, _ends(ip)))


def _is_public(ip):
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and (ip.version == 4 or ip in GLOBAL_UNICAST)
        and not any(
            ip.version == network.version and ip in network for network in NOT_PUBLIC
        )
    )


def _ends(ip):
    """Return the addresses at which what is sent to an address may arrive.

    :return: the address itself, or the IPv4 addresses that NAT64 may read in it
    """
    if ip.version == 4 or not (ip in NAT64 or ip in LOCAL_NAT64):
        return [ip]
    bits = int(ip)
    embedded = {bits & 0xFFFFFFFF}
    if ip in LOCAL_NAT64:
        # Bits 64 to 71 are zero in any of them; which of the prefixes' lengths the
        # network has chosen only its operator knows. Source: RFC 6052, section 2.2
        if bits >> 56 & 0xFF:
            return [ip]
        high, low = bits >> 64 & 0xFFFFFFFF, bits >> 24 & 0xFFFFFFFF
        embedded |= {
            (high & 0xFFFF) << 16 | low >> 16,  # /48
            (high & 0xFF) << 24 | low >> 8,  # /56
            low,  # /64
        }
    ends = [ipaddress.IPv4Address(number) for number in embedded]
    return [end for end in ends if end not in NOWHERE] or [ip]


def parse_address(address):
    """Return the ``ipaddress`` of an address, an IPv4-mapped one as IPv4."""
    ip = ipaddress.ip_address(address)
    return getattr(ip, "ipv4_mapped", None) or ip


def literals(host):
    """Return the addresses that a host is if it is an address, however written.

    Such as ``127.1``, ``0x7f.1`` or ``2130706433``: the system's resolver takes these
    for addresses, so it is asked.
    """
    try:
        found = socket.getaddrinfo(
            host.strip("[]"), None, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM
        )
    except (OSError, ValueError):
        return []
    return [address[0] for *_kind, address in found]


def is_literal(host):
    """Tell whether a host is an address, however written."""
    return bool(literals(host))


def encode_host(host):
    """Return a host's name in the form in which it is looked up.

    :param str host: as in a URL
    :raises ValueError: it has none
    """
    if host.isascii():
        return host.lower()
    # as requests encodes it; Python's own codec knows only the older rules
    return idna.encode(host, uts46=True).decode()


def _unmapped(network):
    """Return a network as IPv4 if it has only IPv4-mapped addresses."""
    if network.version == 4 or not network.subnet_of(MAPPED):
        return network
    first = int(network.network_address) - int(MAPPED.network_address)
    return ipaddress.ip_network((first, network.prefixlen - MAPPED.prefixlen))


def _host_name(entry):
    """Return the name of a host that an administrator wrote.

    :raises ValueError: it is none, or could be an address or several
    """
    try:
        host = encode_host(entry).removesuffix(".")
    except ValueError:
        raise ValueError(entry) from None
    labels = host.split(".")
    if (
        is_literal(host)
        or len(host) > LONGEST_HOST
        or not all(LABEL.fullmatch(label) for label in labels)
        or not re.search("[a-z]", labels[-1])
    ):
        raise ValueError(entry)
    return host
