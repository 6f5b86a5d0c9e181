"""The addresses to which messages may be sent.

Without a guard, anyone who may enter a URL could have the server call addresses that
only the server can reach: machines of its network, the server itself, or the metadata
service of its cloud (server-side request forgery).
"""

import ipaddress
import re
import socket
from dataclasses import dataclass

import idna

#: The IPv6 addresses in public use; the others are local or unassigned.
#: Source: https://www.iana.org/assignments/ipv6-address-space
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
#: Networks that some version of Python calls ``is_global``, but that are not public.
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
#: IPv4 addresses written as IPv6; these are compared as IPv4.
MAPPED = ipaddress.ip_network("::ffff:0:0/96")
#: Prefixes by which a network without IPv4 reaches IPv4 (NAT64). Source: RFC 6052,
#: section 2.1, and RFC 8215
NAT64 = ipaddress.ip_network("64:ff9b::/96")
LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")
#: The network that IPv4 reads as "this network": no packet can be sent there.
NOWHERE = ipaddress.ip_network("0.0.0.0/8")
#: Source: RFC 1035, section 2.3.4
LONGEST_HOST = 253
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
#: Limits of exceptions: their number, since each address is compared with all of them,
#: and the characters of the text.
MOST_EXCEPTIONS = 200
LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Guard:
    """Refuses addresses that are not public, except for given hosts and networks.

    :ivar hosts: names of hosts that may have any address
    :ivar networks: networks whose addresses may belong to any host
    """

    hosts: frozenset = frozenset()
    networks: tuple = ()

    @classmethod
    def parse(cls, text):
        """Read the exceptions as an administrator writes them.

        :param str text: hosts, addresses and networks, separated by commas or spaces,
            such as ``erp.internal, 10.1.0.0/16``
        :raises ValueError: an entry is none of these, or there are too many; the text
            of the error is the entry
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
            # after % is a zone, a network interface of this machine
            if "%" in entry:
                raise ValueError(entry)
            try:
                networks.append(_unmapped(ipaddress.ip_network(entry)))
            except ValueError:
                hosts.add(_host_name(entry))
        return cls(frozenset(hosts), tuple(networks))

    def expects(self, host):
        """Tell whether a host may have any address.

        :param str host: name of the host as looked up
        """
        return host.lower().removesuffix(".") in self.hosts

    def allows_inside(self, host):
        """Tell whether a host may have an address that is not public.

        The address itself is not known yet.

        :param str host: name of the host as looked up
        """
        return self.expects(host) or bool(self.networks)

    def allows(self, host, address):
        """Tell whether an address of a host may be connected to.

        :param str host: the host in the URL
        :param str address: the address that the resolver returned
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
        """Tell whether a host is allowed, if it is an address or ``localhost``.

        Other names are allowed here: their addresses are checked at each request.
        """
        name = host.lower().removesuffix(".")
        if name == "localhost" or name.endswith(".localhost"):
            return self.allows(host, "127.0.0.1")
        return all(self.allows(host, address) for address in literals(host))


def is_public(ip):
    """Tell whether an address is public, so that anybody on the Internet could have it.

    An address that leads to others, such as NAT64's, is as public as those others.

    :param ip: an address as :func:`parse_address` returns it
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
    """Return the addresses at which packets for an address may arrive.

    :return: the address itself, or the IPv4 addresses that NAT64 may read in the
        address
    """
    if ip.version == 4 or not (ip in NAT64 or ip in LOCAL_NAT64):
        return [ip]
    bits = int(ip)
    embedded = {bits & 0xFFFFFFFF}
    if ip in LOCAL_NAT64:
        # Bits 64 to 71 are zero with each length of prefix; only the network's operator
        # knows which length is used. Source: RFC 6052, section 2.2
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
    """Return an address as ``ipaddress`` object, an IPv4-mapped address as IPv4."""
    ip = ipaddress.ip_address(address)
    return getattr(ip, "ipv4_mapped", None) or ip


def literals(host):
    """Return the addresses that a host is written as; none if the host is a name.

    The system's resolver is asked, since it also accepts ``127.1``, ``0x7f.1`` and
    ``2130706433`` as addresses.
    """
    try:
        found = socket.getaddrinfo(
            host, None, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM
        )
    except (OSError, ValueError):
        return []
    return [address[0] for *_kind, address in found]


def is_literal(host):
    """Tell whether a host is an address, in any notation."""
    return bool(literals(host))


def encode_host(host):
    """Return a host's name as looked up: in lower case, and with Punycode.

    :param str host: the host in a URL
    :raises ValueError: the host cannot be encoded
    """
    if host.isascii():
        return host.lower()
    # like requests; Python's own codec implements the older IDNA 2003 only
    return idna.encode(host, uts46=True).decode()


def _unmapped(network):
    """Return a network as IPv4 if all its addresses are IPv4-mapped."""
    if network.version == 4 or not network.subnet_of(MAPPED):
        return network
    first = int(network.network_address) - int(MAPPED.network_address)
    return ipaddress.ip_network((first, network.prefixlen - MAPPED.prefixlen))


def _host_name(entry):
    """Return the host name that an administrator wrote, as looked up.

    :raises ValueError: the entry is not the name of one host, or could be an address
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
