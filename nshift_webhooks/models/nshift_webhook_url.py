from urllib.parse import urlsplit

from odoo import models
from odoo.exceptions import ValidationError

from ..delivery.guard import Guard
from ..delivery.url import UrlError, check_address, check_url, host_of


class NshiftWebhook(models.Model):
    """The URL of a webhook."""

    _inherit = "nshift.webhook"

    def _check_value_of(self, field, value, kept):
        if field.name == "url" and value:
            self._check_url(value)
        return super()._check_value_of(field, value, kept)

    def _check_url(self, url):
        """Refuse a URL that messages cannot be sent to.

        :raises ValidationError: says what is wrong with the URL
        """
        guard = self.env["ir.config_parameter"]._nshift_webhooks_guard()
        try:
            check_url(url)
            check_address(url, guard)
        except UrlError as error:
            raise ValidationError(self._url_fault(url, error.fault)) from error

    def _leads_elsewhere(self, url):
        """Return the webhooks whose host or port another URL would change.

        :param str url: the other URL, as entered
        """
        return self.filtered(lambda webhook: server_of(webhook.url) != server_of(url))

    def _url_fault(self, url, fault):
        """Return in the user's language what is wrong with a URL.

        :param str fault: the ``fault`` of an UrlError
        """
        faults = {
            "space": self.env._(
                "The URL “%(url)s” contains a space or an invisible character: "
                "remove it, or write a space as %%20.",
                url=url,
            ),
            "scheme": self.env._(
                "The URL “%(url)s” does not start with https://: webhooks are only "
                "sent encrypted, so give the HTTPS address of the receiving system.",
                url=url,
            ),
            "credentials": self.env._(
                "The URL contains a user name or a password before “@”: everyone who "
                "may see this webhook could read it. Remove it; the receiving system "
                "can verify the signature instead."
            ),
            "length": self.env._(
                "The URL is too long: many servers take no more than 2000 characters."
            ),
            "fragment": self.env._(
                "The URL “%(url)s” contains “#”: what follows it is for browsers and "
                "never sent. Remove it, or write a “#” that is meant as %%23.",
                url=url,
            ),
            "host": self.env._(
                "The URL “%(url)s” names no host that can be looked up: it must look "
                "like https://example.com/path.",
                url=url,
            ),
            "domain": self.env._(
                "The URL “%(url)s” names a host without a domain: write its whole "
                "name, such as https://hub.example.com/path. Only hosts inside your "
                "own network can do without. %(allow)s",
                url=url,
                allow=self.env["ir.config_parameter"]._nshift_webhooks_how_to_allow(),
            ),
            "address": self.env._(
                "The URL “%(url)s” leads inside: its address is not public. %(allow)s",
                url=url,
                allow=self.env["ir.config_parameter"]._nshift_webhooks_how_to_allow(),
            ),
            "port": self.env._(
                "The URL “%(url)s” has an impossible port: it must be a number from "
                "1 to 65535.",
                url=url,
            ),
        }
        return faults[fault]


def is_exception(url, guard, address=None):
    """Tell whether a URL's host is allowed only as an exception.

    A host that is not allowed at all is no exception: nothing is sent there.

    :param Guard guard: knows the exceptions
    :param str address: the internal address of the latest connection, if it had one
    """
    try:
        host = host_of(url or "")
    except UrlError:
        return False
    return bool(
        guard.expects(host)
        or (address and guard.allows(host, address))
        or (guard.allows_literal(host) and not Guard().allows_literal(host))
    )


def server_of(url):
    """Return the server of a URL: the host, in a uniform spelling, and the port.

    :return: None for an invalid URL
    """
    try:
        check_url(url)
        return host_of(url).lower().removesuffix("."), urlsplit(url).port or 443
    except UrlError:
        return None
