"""The administrator's settings for connections from this server to endpoints."""

import errno
import logging
import os
import ssl
from dataclasses import dataclass, field
from functools import cache, lru_cache
from urllib.parse import urlsplit

from .failure import Misconfigured
from .proxy import Proxy
from .tls import client_context
from .url import check_url, host_of

_logger = logging.getLogger(__name__)

#: Location of the settings, for messages in the log.
PLACE = "in the section [nshift_webhooks] of Odoo's configuration file"
#: Errors about this machine, and not about a file: too many open files, no memory.
EXHAUSTION = {errno.EMFILE, errno.ENFILE, errno.ENOMEM}


@dataclass(frozen=True)
class Network:
    """The settings of all connections.

    A faulty setting affects only the connections that need the setting: these raise
    :class:`Misconfigured`, and the log gives the fault once.

    :ivar ca_file: file of additional trusted certificates, or None
    :ivar proxy: :class:`Proxy` on the way to all endpoints, or None
    :ivar client_certificates: by host, (file of the certificate, file of the key or
        None)
    :ivar fault: reason why nothing can be sent at all, or None
    :ivar host_faults: by host, the reason why nothing can be sent to the host
    """

    ca_file: str | None = None
    proxy: Proxy | None = None
    client_certificates: dict = field(default_factory=dict)
    fault: str | None = None
    host_faults: dict = field(default_factory=dict)

    @classmethod
    def parse(cls, options):
        """Read the settings; log and keep their faults.

        :param options: mapping of texts by name: ``ca_file``, ``proxy`` and
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
        """Refuse a host that a faulty setting concerns.

        :param str host: name of the host as looked up
        :raises Misconfigured: with the faulty setting
        """
        fault = self.fault or self.host_faults.get(host.removesuffix("."))
        if fault:
            raise Misconfigured(fault)

    def authorities(self):
        """Return the file of additional trusted certificates.

        :return: (file, None); or (None, fault), where the fault is None if no file is
            set
        :raises OSError: this machine has too many open files, or no memory
        """
        if not self.ca_file:
            return None, None
        try:
            _context(self.ca_file, None, None, _changed(self.ca_file))
        except OSError as error:
            if _is_exhaustion(error):
                raise
            complain(
                f"ca_file = {self.ca_file} {PLACE} is no file of certificates (PEM): "
                f"{error}"
            )
            return None, "The setting ca_file names no file of certificates (PEM)."
        return self.ca_file, None

    def tls(self, host):
        """Return the TLS settings for a host, an ``ssl.SSLContext``.

        :param str host: name of the host as looked up
        :raises Misconfigured: the client certificate for the host cannot be used
        :raises OSError: this machine has too many open files, or no memory
        """
        certificate, key = self.client_certificates.get(
            host.removesuffix("."), (None, None)
        )
        ca_file, _fault = self.authorities()
        try:
            changed = _changed(ca_file, certificate, key)
            return _context(ca_file, certificate, key, changed)
        except OSError as error:
            if not certificate or _is_exhaustion(error):
                raise
            files = " with the key ".join(filter(None, (certificate, key)))
            complain(
                f"Webhooks are not sent to {host}: its client certificate {files} "
                f"{PLACE} must be PEM, and the key without a password: {error}"
            )
            raise Misconfigured(
                "The client certificate for this host cannot be used: Odoo's log has "
                "the file and the reason."
            ) from error


def _is_exhaustion(error):
    # the numbers of OpenSSL's errors have another meaning
    return error.errno in EXHAUSTION and not isinstance(error, ssl.SSLError)


def _name(host):
    """Return a host's name as looked up, without a dot at the end.

    :raises ValueError: the text is not a host
    """
    url = f"https://[{host}]/" if host.count(":") > 1 else f"https://{host}/"
    check_url(url)
    if urlsplit(url).port is not None or urlsplit(url).path != "/":
        raise ValueError(host)
    return host_of(url).removesuffix(".")


def _changed(*files):
    """Return the times of files' last changes, to notice renewed certificates."""
    return tuple(os.stat(file).st_mtime_ns for file in files if file)


@lru_cache(maxsize=64)
def _context(ca_file, certificate, key, changed):
    return client_context(ca_file, certificate, key)


@cache
def complain(text):
    """Log a fault of the settings, once in the life of a process."""
    _logger.error(text)
