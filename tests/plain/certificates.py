"""Certificates that something is wrong with, and authorities that nobody knows."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dev.certificate import alternative_names, common_name

DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates, which are written to a folder.

    :ivar file: of its own certificate
    """

    def __init__(self, folder, name="authority"):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = name
        certificate = (
            self._builder(name, name, self._key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), False
            )
            .sign(self._key, hashes.SHA256())
        )
        self.file = self._write(f"{name}.pem", _pem(certificate))

    def certify(self, name="localhost", begins=-1, ends=1, password=None):
        """Write a certificate and its key into one file.

        :param begins: days from now
        :param ends: days from now
        :param password: with which the key is encrypted
        :return: the file
        """
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._builder(name, self._name, key, begins, ends)
            .add_extension(alternative_names(name), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    self._key.public_key()
                ),
                False,
            )
            .sign(self._key, hashes.SHA256())
        )
        number = certificate.serial_number
        return self._write(f"{number}.pem", _pem(certificate), _key_pem(key, password))

    def self_signed(self):
        """Write a certificate that no authority has signed."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            self._builder("localhost", "localhost", key)
            .add_extension(alternative_names("localhost"), False)
            .sign(key, hashes.SHA256())
        )
        return self._write("self-signed.pem", _pem(certificate), _key_pem(key))

    def _builder(self, subject, issuer, key, begins=-1, ends=1):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(common_name(subject))
            .issuer_name(common_name(issuer))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + begins * DAY)
            .not_valid_after(now + ends * DAY)
        )

    def _write(self, name, *parts):
        path = self._folder / name
        path.write_bytes(b"".join(parts))
        return str(path)


def _pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key, password=None):
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
