"""TLS over memory buffers: OpenSSL never uses the socket itself."""

import re
import ssl
import sys
from contextlib import suppress

from requests import certs

from .failure import (
    Broken,
    CertificateExpired,
    CertificateNotTrusted,
    CertificateOfAnother,
    ClientCertificateWanted,
    NotHttps,
    TlsFailed,
    TlsTooOld,
    Undelivered,
)
from .wire import Wire

#: Bytes encrypted at a time, so that a large message is not in memory twice.
SENT_AT_ONCE_BYTES = 64 * 1024
#: Bytes of an early answer that are received while the request is being sent.
MOST_EARLY_BYTES = 32 * 1024
#: Beginning of an answer that makes the rest of the request unnecessary.
REFUSAL = re.compile(rb"HTTP/1\.[01] +[345]")
#: First bytes of a handshake and of an alert. Source: RFC 8446, section 5.1
HANDSHAKE = re.compile(rb"[\x15\x16](\x03|$)")
#: Classes for OpenSSL's errors of verification. Source: OpenSSL, x509_vfy.h
VERIFICATION = {
    9: CertificateExpired,  # not valid yet
    10: CertificateExpired,
    62: CertificateOfAnother,  # another host
    64: CertificateOfAnother,  # another address
}
#: Alerts by which a server refuses our certificate. Source: RFC 8446, section 6.2
ABOUT_OURS = {
    "ACCESS_DENIED",
    "BAD_CERTIFICATE",
    "CERTIFICATE_EXPIRED",
    "CERTIFICATE_REQUIRED",
    "CERTIFICATE_REVOKED",
    "CERTIFICATE_UNKNOWN",
    "NO_CERTIFICATE",
    "UNKNOWN_CA",
    "UNSUPPORTED_CERTIFICATE",
}
#: Alerts, and errors of OpenSSL itself, because of unsafe versions or ciphers.
TOO_OLD = {
    "DH_KEY_TOO_SMALL",
    "INSUFFICIENT_SECURITY",
    "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
    "PROTOCOL_VERSION",
    "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_SSL_VERSION",
}
#: OpenSSL's names of alerts begin with the version that introduced the alert.
ALERT = re.compile(r"(?:SSLV3|TLSV1|TLSV13|TLS)_(?:ALERT_)?")


def client_context(ca_file=None, certificate=None, key=None):
    """Return settings for TLS connections. This takes longer than a request.

    :param ca_file: file of certificates to trust in addition to those of ``requests``
    :param certificate: file of a client certificate
    :param key: file of the certificate's key, None if ``certificate`` has the key, too
    :return: an ``ssl.SSLContext``
    :raises OSError: a file cannot be read, or has other content
    """
    # certificates and names are verified by default
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_TICKET
    # a TLS 1.2 server could otherwise renegotiate for ever instead of answering
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.hostname_checks_common_name = False
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_verify_locations(certs.where())
    if ca_file:
        context.load_verify_locations(ca_file)
    if certificate:
        # without a password for an encrypted key, OpenSSL would ask the terminal
        context.load_cert_chain(certificate, key, password="")
    return context


class Tls:
    """A TLS connection that reads only through a :class:`Wire`, within its limits.

    A read of ``ssl.SSLSocket`` could last for ever: OpenSSL reads on by itself while an
    endpoint sends session tickets instead of an answer.

    :param Wire wire: the TCP connection
    :param ssl.SSLContext context: settings
    :param str host: name that the certificate must have
    :ivar received: bytearray of decrypted bytes that have not been taken yet
    :raises Undelivered: the handshake failed
    """

    def __init__(self, wire: Wire, context: ssl.SSLContext, host: str):
        self.received = bytearray()
        self._is_cut = False
        self._wire = wire
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=host
        )
        self._shake_hands()

    def _shake_hands(self):
        flights, is_tls = 0, False
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                flights += bool(self._outgoing.pending)
                self._flush()
            except ssl.SSLError as error:
                # send OpenSSL's alert, for the endpoint's log
                self._flush()
                raise _refusal(error, flights) from error
            else:
                self._flush()
                return
            came = self._wire.receive()
            if not came:
                raise Broken("The connection was closed during the TLS handshake.")
            if not is_tls and not HANDSHAKE.match(came):
                raise NotHttps("What answers on this port does not speak TLS.")
            is_tls = True
            self._incoming.write(came)

    def _flush(self):
        """Send OpenSSL's output; a broken connection is noticed by the next read."""
        # the endpoint would take further bytes for the rest of an unfinished record
        if self._outgoing.pending and not self._is_cut:
            with suppress(Broken):
                self._wire.send(self._outgoing.read())

    def send(self, data):
        """Send a request, until the endpoint refuses it or closes the connection.

        The answer so far is then in ``received``.

        :return: whether the whole request was sent
        """
        try:
            self._is_cut = not self._send(memoryview(data))
        except Broken:
            self._is_cut = True
        except ssl.SSLError as error:
            self._is_cut = True
            if not self.received:
                raise _breakage(error) from error
        return not self._is_cut

    def _send(self, data):
        listens = True
        for start in range(0, len(data), SENT_AT_ONCE_BYTES):
            listens = listens and (not start or self._listen())
            if REFUSAL.match(self.received):
                return False
            self._tls.write(data[start : start + SENT_AT_ONCE_BYTES])
            left = memoryview(self._outgoing.read())
            while left := left[self._wire.send_some(left) :]:
                # an endpoint may have answered, and stopped reading the request
                if self._wire.wait_to_send(or_receive=listens):
                    listens = self._listen()
                if REFUSAL.match(self.received):
                    return False
        return True

    def _listen(self):
        """Receive bytes that have come early; return whether more may be received."""
        came = self._wire.receive_now()
        self._incoming.write(came or b"")
        with suppress(ssl.SSLWantReadError):
            while more := self._tls.read(MOST_EARLY_BYTES):
                self.received += more
        return came != b"" and len(self.received) < MOST_EARLY_BYTES

    def fill(self):
        """Receive more bytes into ``received``; return whether any came.

        :raises Broken: the connection was reset
        :raises ClientCertificateWanted: the endpoint refuses our certificate
        """
        while True:
            try:
                came = self._tls.read(MOST_EARLY_BYTES)
            except ssl.SSLWantReadError:
                self._flush()
                encrypted = self._wire.receive()
                if not encrypted:
                    return False
                self._incoming.write(encrypted)
            except ssl.SSLZeroReturnError:
                return False
            except ssl.SSLError as error:
                raise _breakage(error) from error
            else:
                self.received += came
                return bool(came)

    def is_quiet(self):
        """Tell whether the connection is open without unread bytes.

        Unread bytes would be taken for the answer to the next message.
        """
        if self.received:
            return False
        try:
            came = self._wire.receive_now()
            if came == b"":
                return False
            self._incoming.write(came or b"")
            # only reading makes OpenSSL decrypt what has come
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except (ssl.SSLError, Undelivered):
            return False
        return False

    def close(self):
        self._wire.close()


def _refusal(error, flights):
    """Return the exception for a failed handshake.

    :param ssl.SSLError error: error of OpenSSL
    :param int flights: number of flights that were sent before
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        kind = VERIFICATION.get(error.verify_code, CertificateNotTrusted)
        return kind(error.verify_message)
    complaint = ALERT.sub("", error.reason or "", count=1)
    if complaint == "HANDSHAKE_FAILURE":
        # TLS 1.2 has one alert for both: first for ciphers, later for our certificate
        kind = ClientCertificateWanted if flights > 1 else TlsTooOld
    elif complaint in TOO_OLD:
        kind = TlsTooOld
    elif complaint in ABOUT_OURS:
        kind = ClientCertificateWanted
    else:
        kind = TlsFailed
    return kind(_text(error))


def _breakage(error):
    """Return the exception for a connection that failed after its handshake.

    A TLS 1.3 server judges the client certificate only then.

    :param ssl.SSLError error: error of OpenSSL
    """
    complaint = ALERT.sub("", error.reason or "", count=1)
    kind = ClientCertificateWanted if complaint in ABOUT_OURS else Broken
    return kind(_text(error))


def _text(error):
    return (error.reason or str(error)).replace("_", " ").capitalize()
