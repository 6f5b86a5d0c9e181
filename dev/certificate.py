"""A certificate authority and a server certificate of it, for this machine."""

import datetime
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from . import locking, paths

VALID = datetime.timedelta(days=90)
RENEW_BEFORE = datetime.timedelta(days=7)
HOSTS = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Certificate:
    """Paths of PEM files.

    :param authority: what a client has to trust.
    :param certificate: the server's certificate, for the names in `HOSTS`.
    :param key: the server's private key, readable for its owner only.
    """

    authority: Path
    certificate: Path
    key: Path


def ensure(folder: Path = paths.CERTIFICATE) -> Certificate:
    """The certificate in `folder`, made if there is none or it ends within a week."""
    found = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    with locking.exclusive(folder / ".lock"):
        if not _is_good(found):
            _make(found)
    return found


def _is_good(found: Certificate) -> bool:
    """Whether the files are complete, fit each other and are valid long enough."""
    try:
        authority = x509.load_pem_x509_certificate(found.authority.read_bytes())
        certificate = x509.load_pem_x509_certificate(found.certificate.read_bytes())
        key = serialization.load_pem_private_key(found.key.read_bytes(), password=None)
        certificate.verify_directly_issued_by(authority)
    except Exception:
        # Whatever is wrong with them (missing, cut off, other's): they are made anew.
        return False
    latest = datetime.datetime.now(datetime.timezone.utc) + RENEW_BEFORE
    return (
        certificate.public_key() == key.public_key()
        and certificate.not_valid_after_utc > latest
        and authority.not_valid_after_utc > latest
    )


def _make(files: Certificate) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority_name = common_name("nshift_webhooks local authority")
    identifier = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
    authority = (
        _builder(authority_name, authority_name, authority_key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(common_name("localhost"), authority_name, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(digital_signature=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
        .add_extension(alternative_names(*HOSTS), False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(files.key, private)
    _write(files.certificate, certificate.public_bytes(serialization.Encoding.PEM))
    _write(files.authority, authority.public_bytes(serialization.Encoding.PEM))


def _builder(subject, issuer, key, now) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + VALID)
    )


def common_name(text: str) -> x509.Name:
    """A subject, or issuer, of that name."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def alternative_names(*hosts: str) -> x509.SubjectAlternativeName:
    """The names and addresses for which a certificate is valid."""
    return x509.SubjectAlternativeName([_general_name(host) for host in hosts])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(**wanted: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: wanted.get(name, False) for name in names})


def _write(path: Path, content: bytes) -> None:
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
    os.replace(partial, path)
