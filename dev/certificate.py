"""A certificate authority and a server certificate of it, for this machine."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import trustme

from . import locking, paths

HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """Paths of PEM files, which nobody but their owner can read.

    :param authority: what a client has to trust.
    :param certificate: the server's certificate, for the names in `HOSTS`.
    :param key: the server's private key.
    """

    authority: Path
    certificate: Path
    key: Path


def ensure(folder: Path = paths.CERTIFICATE) -> Certificate:
    """The certificate in `folder`, made at the first call."""
    with locking.exclusive(folder.with_suffix(".lock")):
        if not folder.exists():
            partial = folder.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(mode=0o700)
            authority = trustme.CA(organization_name="nshift_webhooks on this machine")
            issued = authority.issue_cert(*HOSTS, common_name=HOSTS[0])
            made = _files(partial)
            authority.cert_pem.write_to_path(made.authority)
            issued.cert_chain_pems[0].write_to_path(made.certificate)
            issued.private_key_pem.write_to_path(made.key)
            partial.rename(folder)
    return _files(folder)


def _files(folder: Path) -> Certificate:
    names = ("ca.pem", "server.pem", "server.key")
    return Certificate(*(folder / name for name in names))
