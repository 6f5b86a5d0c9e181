"""Certificates that something is wrong with, and authorities that nobody knows."""

import datetime

import trustme
from cryptography.hazmat.primitives import serialization

DAY = datetime.timedelta(days=1)


class Authority:
    """Signs certificates, which are written to a folder.

    :ivar file: of its own certificate
    """

    def __init__(self, folder, name="authority"):
        self._folder = folder
        self._ca = trustme.CA(organization_name=name)
        self.file = self._write(f"{name}.pem", self._ca.cert_pem.bytes())

    def certify(self, name="localhost", begins=-1, ends=1, password=None):
        """Write a certificate and its key into one file.

        :param begins: days from now
        :param ends: days from now
        :param password: with which the key is encrypted
        :return: the file
        """
        now = datetime.datetime.now(datetime.timezone.utc)
        issued = self._ca.issue_cert(
            name,
            common_name=name,
            not_before=now + begins * DAY,
            not_after=now + ends * DAY,
        )
        number = len(list(self._folder.iterdir()))
        return self._write(
            f"{number}.pem",
            issued.cert_chain_pems[0].bytes(),
            _rewritten(issued.private_key_pem.bytes(), password),
        )

    def self_signed(self):
        """Write a certificate that no authority has signed."""
        own = trustme.CA()
        return self._write(
            "self-signed.pem", own.cert_pem.bytes(), own.private_key_pem.bytes()
        )

    def _write(self, name, *parts):
        path = self._folder / name
        path.write_bytes(b"".join(parts))
        return str(path)


def _rewritten(key, password):
    """The key as most programs write it, encrypted if there is a password."""
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    return serialization.load_pem_private_key(key, password=None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
    )
