"""Which addresses messages may be sent to.

Whoever can enter a URL could else have the server call what only it can reach: other
machines of its network, itself, or its cloud's metadata service.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass

from urllib3.exceptions import NewConnectionError

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
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")


class ForbiddenAddress(NewConnectionError):
    """The host has an address that nothing is sent to."""


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
        :raises ValueError: one of them is none of these; its text is that one
        """
        hosts, networks = set(), []
        for entry in re.split(r"[,\s]+", text.strip(", \t\r\n").lower()):
            try:
                networks.append(ipaddress.ip_network(entry))
            except ValueError:
                host = entry.removesuffix(".")
                if not entry or is_literal(host) or not _is_name(host):
                    raise ValueError(entry) from None
                hosts.add(host)
        return cls(frozenset(hosts), tuple(networks))

    def expects(self, host):
        """Tell whether any address of a host may be connected to.

        :param str host: a name, in the form in which it is looked up
        """
        return host.lower().removesuffix(".") in self.hosts

    def allows(self, host, address):
        """Tell whether an address of a host may be connected to.

        :param str host: as in the URL
        :param str address: as a resolver returns it
        """
        ip = parse_address(address)
        return (
            is_public(ip)
            or self.expects(host)
            or any(
                ip.version == network.version and ip in network
                for network in self.networks
            )
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

    :param ip: as :func:`parse_address` returns it
    """
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and (ip.version == 4 or ip in GLOBAL_UNICAST)
        and not any(
            ip.version == network.version and ip in network for network in NOT_PUBLIC
        )
    )


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
    except (OSError, UnicodeError):
        return []
    return [address[0] for *_kind, address in found]


def is_literal(host):
    """Tell whether a host is an address, however written."""
    return bool(literals(host))


def _is_name(host):
    try:
        host = host.encode("idna").decode()
    except UnicodeError:
        return False
    return all(LABEL.fullmatch(label) for label in host.split("."))
