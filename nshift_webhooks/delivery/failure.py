"""The reasons for which a request fails, each a class raised where the reason is known.

The texts for users, and what to do, are in Odoo's models, by the class's code.
"""


class Undelivered(Exception):
    """A request that failed for a known reason.

    The text may be shown to all who may see the webhook.

    :cvar failure: code of the reason, as in ``Answer``
    """

    failure = "connection"


class Misconfigured(Undelivered):
    """A setting in Odoo's configuration file cannot be used.

    The text names the setting, but no path of the server and no password.
    """

    failure = "configuration"


class ProxyFailed(Undelivered):
    """The proxy cannot be reached, or does not connect to the endpoint."""

    failure = "proxy"


class ForbiddenAddress(Undelivered):
    """The host has an address to which messages may not be sent.

    The text does not give the address, which would show the inside of a network to all
    who may see the webhook.
    """

    failure = "address"

    def __init__(self):
        super().__init__("The host has an address that is not public.")


class HostNotFound(Undelivered):
    """The name servers do not know the host, or do not answer in time."""

    failure = "dns"


class NotConnected(Undelivered):
    """No connection could be made: nothing was sent."""

    failure = "connection"


class NotHttps(Undelivered):
    """The endpoint does not speak TLS: nothing was sent."""

    failure = "not_https"


class TlsTooOld(Undelivered):
    """The endpoint offers only TLS versions or ciphers that are not safe any more."""

    failure = "old_tls"


class CertificateNotTrusted(Undelivered):
    """No trusted authority has signed the endpoint's certificate."""

    failure = "untrusted"


class CertificateExpired(Undelivered):
    """The certificate has expired, or is not valid yet."""

    failure = "expired"


class CertificateOfAnother(Undelivered):
    """The certificate has other names than the endpoint's."""

    failure = "misnamed"


class ClientCertificateWanted(Undelivered):
    """The endpoint asks for a client certificate, or does not accept ours."""

    failure = "client_certificate"


class TlsFailed(Undelivered):
    """The TLS handshake failed for any other reason: nothing was sent."""

    failure = "tls"


class Broken(Undelivered):
    """The connection broke, in the TLS handshake or later."""

    failure = "broken"


class NoAnswer(Broken):
    """The connection broke before the first byte of an answer."""


class BadAnswer(Undelivered):
    """The answer is not HTTP, or exceeds a limit."""

    failure = "answer"


class TokenFailed(Undelivered):
    """There is no access token for the request, since the token server cannot be
    reached or does not work: nothing was sent.

    The text names the token server, and contains no secret and no token.
    """

    failure = "token_server"


class TokenLate(TokenFailed):
    """The token server did not answer within the time of the request."""


class TokenRefused(TokenFailed):
    """The token server does not accept the client, or the scope it asks for."""

    failure = "token_refused"


class NoToken(TokenFailed):
    """The token server's answer contains no usable token."""

    failure = "token_answer"
