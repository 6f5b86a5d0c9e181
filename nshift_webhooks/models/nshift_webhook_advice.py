from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: What is told of each failure.
ADVICE = {
    "payload": _lt(
        "The message could not be built, so nothing was sent. The order or "
        "shipment itself is saved. Show the technical detail to whoever looks "
        "after your Odoo, and when it is mended, build and send the message "
        "with the button above."
    ),
    "size": _lt(
        "The message has more than 5 MB, which endpoints do not take, so it "
        "was not kept. The order or shipment itself is saved. Shorten its "
        "longest texts, such as the description of a line, then build and send "
        "the message with the button above."
    ),
    "url": _lt(
        "Nothing was sent, because the webhook's URL is not a proper HTTPS "
        "address. Correct it; what is waiting is then sent there."
    ),
    "address": _lt(
        "Nothing was sent, because the host in the webhook's URL has an "
        "address that is not public. If it is a system of your own, a system "
        "administrator can allow it with the system parameter "
        "nshift_webhooks.internal_hosts, such as erp.internal, 10.1.0.0/16."
    ),
    "dns": _lt(
        "The host in the webhook's URL could not be found. Check the URL for "
        "typing errors; if it is right, the endpoint's DNS is at fault."
    ),
    "configuration": _lt(
        "Nothing was sent, because Odoo's configuration file has a setting in "
        "its section [nshift_webhooks] that cannot be used; the technical "
        "detail tells which. Show it to whoever looks after your Odoo."
    ),
    "proxy": _lt(
        "Nothing was sent, because the proxy in Odoo's configuration file "
        "could not be used. Show the technical detail to whoever looks after "
        "it: 403 means that it forbids this endpoint, 407 that user or "
        "password are wrong, 502 to 504 that it does not reach the endpoint."
    ),
    "not_https": _lt(
        "Nothing was sent, because the endpoint does not speak HTTPS on this "
        "port. Check the port in the webhook's URL; if it is right, the "
        "endpoint's operator has to set up HTTPS."
    ),
    "old_tls": _lt(
        "Nothing was sent, because Odoo and the endpoint have no encryption in common "
        "that is safe. Its operator has to allow TLS 1.2 or 1.3 with current ciphers; "
        "some that do refuse in the same way a host that they have no certificate for."
    ),
    "untrusted": _lt(
        "Nothing was sent, because nobody whom Odoo trusts vouches for the "
        "endpoint's certificate. Its operator has to install one of a public "
        "authority, together with the certificates between. If it is a system "
        "of your own with its own authority, name that authority's file in "
        "Odoo's configuration file: ca_file in the section [nshift_webhooks]."
    ),
    "expired": _lt(
        "Nothing was sent, because the endpoint's certificate has expired or "
        "is not valid yet. Its operator has to renew it. If others see it as "
        "valid, the clock of your Odoo's server is wrong."
    ),
    "misnamed": _lt(
        "Nothing was sent, because the endpoint's certificate is for another "
        "host name. Check the host in the webhook's URL; if it is right, the "
        "endpoint's operator has to install a certificate for it."
    ),
    "client_certificate": _lt(
        "The endpoint refuses whoever does not show a certificate that it "
        "accepts. Ask its operator for one; whoever looks after your Odoo "
        "enters it in the configuration file: client_certificates in the "
        "section [nshift_webhooks]."
    ),
    "tls": _lt(
        "Nothing was sent, because Odoo and the endpoint could not agree on "
        "encryption. Show the technical detail to the endpoint's operator."
    ),
    "timeout": _lt(
        "The endpoint did not answer in time. It may have received the "
        "message all the same; the next attempt carries the same message ID."
    ),
    "connection": _lt(
        "Nothing was sent, because there is no connection to the endpoint. "
        "Ask its operator whether it is running and reachable from here."
    ),
    "broken": _lt(
        "The connection to the endpoint broke off before it answered. It may "
        "have received the message all the same; the next attempt carries the "
        "same message ID. If it happens again and again, ask its operator what "
        "ends the connections: the server itself, a firewall, a balancer."
    ),
    "answer": _lt(
        "The endpoint answered something that is no proper answer in HTTP, or "
        "far more than one. It may have received the message all the same; "
        "the next attempt carries the same message ID. Check the URL, and show "
        "the technical detail to its operator."
    ),
    "redirect": _lt(
        "The endpoint points to another address. Redirects are not followed: "
        "if the new address is right, put it into the webhook's URL."
    ),
    "status": _lt(
        "The endpoint answered %(code)s, and only answers from 200 to 299 "
        "count as received. Its answer, below, may tell why."
    ),
    "interrupted": _lt(
        "Odoo was stopped, or stopped itself, before the endpoint's answer was "
        "written down. The endpoint may have received the message all the "
        "same; the next attempt carries the same message ID. If it happens "
        "again and again, Odoo's log tells why its process ends."
    ),
    "fault": _lt(
        "Something is wrong in Odoo itself. Show the technical detail to "
        "whoever looks after your Odoo; the log tells more."
    ),
}


class NshiftWebhookEvent(models.Model):
    """Why an event has not been delivered, and how that is mended."""

    _inherit = "nshift.webhook.event"

    advice = fields.Text("What to do", compute="_compute_advice")

    @api.depends("failure", "error", "response_code", "state")
    def _compute_advice(self):
        for event in self:
            event.advice = event._advice()

    def _advice(self):
        """Say in the user's language what went wrong last and how to mend it."""
        if self.state == "superseded":
            return self.env._(
                "A later message on the same order or shipment was sent instead, since "
                "the webhook is set to the latest state only."
            )
        if self.is_wiped:
            return self.env._(
                "The message and the endpoint's answers were wiped after its delivery, "
                "as the webhook is set to."
            )
        if not self.failure:
            return False
        if self.failure == "payload" and self.state == "pending":
            return self.env._(
                "The message could not be built, so nothing has been sent yet. The "
                "order or shipment itself is saved. It is tried again by itself, as "
                "often as messages are sent again, and later messages on the same "
                "order or shipment wait for it. Show the technical detail to whoever "
                "looks after your Odoo; when it is mended, you can build and send the "
                "message at once with the button above."
            )
        advice = self.env._(ADVICE[self.failure])
        return advice % {"code": self.response_code}
