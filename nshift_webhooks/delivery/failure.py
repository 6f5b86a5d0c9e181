"""Why a request fails, each reason a class that is raised where it arises.

What a user reads of each, and what is to be done, is in Odoo's models, by its code.
"""


class Undelivered(Exception):
    """A request that failed for a reason that is known where it arises.

    Its text may be shown to whoever may see the webhook.

    :cvar failure: the code of the reason, as in ``Answer``
    """

    failure = "connection"


class Misconfigured(Undelivered):
    """Odoo's configuration file says nothing that can be used.

    Its text names the setting, but no path of the server's and no password.
    """

    failure = "configuration"


class ProxyFailed(Undelivered):
    """The proxy cannot be reached, or makes no way to the endpoint."""

    failure = "proxy"


class ForbiddenAddress(Undelivered):
    """The host has an address that nothing is sent to.

    The text does not tell which: it would show a network's inside to all who may see
    the webhook.
    """

    failure = "address"

    def __init__(self):
        super().__init__("The host has an address that is not public.")


class HostNotFound(Undelivered):
    """The name servers know no such host, or do not answer in time."""

    failure = "dns"


class NotConnected(Undelivered):
    """No connection could be made: nothing was sent."""

    failure = "connection"


class NotHttps(Undelivered):
    """The endpoint does not speak TLS: nothing was sent."""

    failure = "not_https"


class TlsTooOld(Undelivered):
    """The endpoint has only versions or ciphers that are not safe any more."""

    failure = "old_tls"


class CertificateNotTrusted(Undelivered):
    """Nobody who is trusted says that the certificate is the endpoint's."""

    failure = "untrusted"


class CertificateExpired(Undelivered):
    """The certificate is not valid any more, or not yet."""

    failure = "expired"


class CertificateOfAnother(Undelivered):
    """The certificate is for other names than the endpoint's."""

    failure = "misnamed"


class ClientCertificateWanted(Undelivered):
    """The endpoint wants a certificate of ours, or does not accept the one it got."""

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
    """The answer is no HTTP, or larger than is taken."""

    failure = "answer"


class TokenFailed(Undelivered):
    """There is no access token for the request, since the token server cannot be
    reached, or does not work: nothing was sent.

    Its text names the token server, and has no secret and no token.
    """

    failure = "token_server"


class TokenLate(TokenFailed):
    """The token server did not answer as long as whoever asked could wait."""


class TokenRefused(TokenFailed):
    """The token server does not accept who asks, or what is asked for."""

    failure = "token_refused"


class NoToken(TokenFailed):
    """The token server's answer has no token that can be used."""

    failure = "token_answer"
