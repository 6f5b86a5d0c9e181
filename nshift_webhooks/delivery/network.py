"""The administrator's settings of the way from this server to endpoints."""

import logging
import os
from dataclasses import dataclass, field
from functools import cache, lru_cache
from urllib.parse import urlsplit

from .failure import Misconfigured
from .proxy import Proxy
from .tls import client_context
from .url import check_url, host_of

_logger = logging.getLogger(__name__)

#: Where the settings are.
PLACE = "in the section [nshift_webhooks] of Odoo's configuration file"


@dataclass(frozen=True)
class Network:
    """Settings of all connections.

    What is wrong with one harms only what needs it: :class:`Misconfigured` is raised
    there, and the log says it once.

    :ivar ca_file: of certificates to be trusted besides the usual ones, or None
    :ivar proxy: a :class:`Proxy` through which all endpoints are reached, or None
    :ivar client_certificates: files of a certificate and, or None, its key, by host
    :ivar fault: why nothing can be sent, or None
    :ivar host_faults: why nothing can be sent to a host, by host
    """

    ca_file: str | None = None
    proxy: Proxy | None = None
    client_certificates: dict = field(default_factory=dict)
    fault: str | None = None
    host_faults: dict = field(default_factory=dict)

    @classmethod
    def parse(cls, options):
        """Read the settings; what is wrong with them is logged, and kept to be told.

        :param options: mapping of names to texts: ``ca_file``, ``proxy`` and
            ``client_certificates``, which has a line for each host
        """
        proxy = fault = None
        if text := options.get("proxy"):
            try:
                proxy = Proxy.parse(text)
            except ValueError as error:
                fault = f"The setting proxy cannot be used: {error}"
                complain(f"Webhooks are not sent. {fault} ({PLACE})")
        certificates, host_faults = {}, {}
        for line in (options.get("client_certificates") or "").splitlines():
            if not (words := line.split()):
                continue
            try:
                host = _name(words[0])
            except ValueError:
                complain(
                    f"A line of client_certificates {PLACE} does not begin with a "
                    f"host, such as api.example.com: {line.strip()}"
                )
                continue
            if len(words) in (2, 3) and host not in certificates:
                certificates[host] = (*words[1:], None)[:2]
                continue
            host_faults[host] = (
                "The setting client_certificates must have one line for this host: the "
                "host, a file with the certificate and, unless it is in there, a file "
                "with its key."
            )
            complain(f"Webhooks are not sent to {host}. {host_faults[host]} ({PLACE})")
        ca_file = options.get("ca_file") or None
        return cls(ca_file, proxy, certificates, fault, host_faults)

    def check(self, host):
        """Refuse what cannot be reached as it is to be.

        :param str host: as it is looked up
        :raises Misconfigured: and says which setting is wrong
        """
        fault = self.fault or self.host_faults.get(host.removesuffix("."))
        if fault:
            raise Misconfigured(fault)

    def authorities(self):
        """Return the file of further authorities, None if there is none to be used.

        :return: the file, and why the one that is set cannot be used, or None
        """
        if not self.ca_file:
            return None, None
        try:
            _context(self.ca_file, None, None, _changed(self.ca_file))
        except OSError as error:
            complain(
                f"ca_file = {self.ca_file} {PLACE} is no file of certificates (PEM): "
                f"{error}"
            )
            return None, "The setting ca_file names no file of certificates (PEM)."
        return self.ca_file, None

    def tls(self, host):
        """Return the settings of TLS connections to a host, an ``ssl.SSLContext``.

        :param str host: as it is looked up
        :raises Misconfigured: the client certificate for the host cannot be used
        """
        certificate, key = self.client_certificates.get(
            host.removesuffix("."), (None, None)
        )
        ca_file, _fault = self.authorities()
        try:
            changed = _changed(ca_file, certificate, key)
            return _context(ca_file, certificate, key, changed)
        except OSError as error:
            files = " with the key ".join(filter(None, (certificate, key)))
            complain(
                f"Webhooks are not sent to {host}: its client certificate {files} "
                f"{PLACE} must be PEM, and the key without a password: {error}"
            )
            raise Misconfigured(
                "The client certificate for this host cannot be used: Odoo's log has "
                "the file and the reason."
            ) from error


def _name(host):
    """Return a host's name as it is looked up, without a dot at its end.

    :raises ValueError: it is none
    """
    url = f"https://[{host}]/" if host.count(":") > 1 else f"https://{host}/"
    check_url(url)
    if urlsplit(url).port is not None or urlsplit(url).path != "/":
        raise ValueError(host)
    return host_of(url).removesuffix(".")


def _changed(*files):
    """Return when files were changed last, so that renewed certificates are read."""
    return tuple(os.stat(file).st_mtime_ns for file in files if file)


@lru_cache(maxsize=64)
def _context(ca_file, certificate, key, changed):
    return client_context(ca_file, certificate, key)


@cache
def complain(text):
    """Log what is wrong with the settings, once in the life of a process."""
    _logger.error(text)
