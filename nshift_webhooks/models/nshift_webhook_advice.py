from odoo import api, fields, models
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

#: The advice on each failure.
ADVICE = {
    "payload": _lt(
        "The message could not be built, so nothing was sent. The order or shipment "
        "itself is saved. Show the technical detail to whoever looks after your Odoo, "
        "and when it is mended, build and send the message with the button above."
    ),
    "size": _lt(
        "The message has more than 5 MB, which receiving systems do not take, so it "
        "was not kept. The order or shipment itself is saved. Shorten its longest "
        "texts, such as the description of a line, then build and send the message "
        "with the button above."
    ),
    "url": _lt(
        "Nothing was sent, because the webhook's URL is not a proper HTTPS address. "
        "Correct it; what is waiting is then sent there."
    ),
    "address": _lt(
        "Nothing was sent, because the host in the webhook's URL has an address that "
        "is not public. %(allow)s"
    ),
    "dns": _lt(
        "The host in the webhook's URL could not be found. Check the URL for typing "
        "errors. If it is right, whoever runs the receiving system has to mend its "
        "name in the DNS."
    ),
    "configuration": _lt(
        "Nothing was sent, because Odoo's configuration file has a setting in its "
        "section [nshift_webhooks] that cannot be used; the technical detail tells "
        "which. Show it to whoever looks after your Odoo."
    ),
    "proxy": _lt(
        "Nothing was sent, because the proxy in Odoo's configuration file could not "
        "be used. Show the technical detail to whoever looks after it: 403 means that "
        "it forbids this address, 407 that user or password are wrong, 502 to 504 "
        "that it does not reach the receiving system."
    ),
    "not_https": _lt(
        "Nothing was sent, because the receiving system does not speak HTTPS on this "
        "port. Check the port in the webhook's URL; if it is right, whoever runs the "
        "receiving system has to set up HTTPS."
    ),
    "old_tls": _lt(
        "Nothing was sent, because Odoo and the receiving system have no encryption "
        "in common that is safe. Whoever runs the receiving system has to allow TLS "
        "1.2 or 1.3 with current ciphers; some servers that do refuse in the same way "
        "a host that they have no certificate for."
    ),
    "untrusted": _lt(
        "Nothing was sent, because nobody whom Odoo trusts vouches for the receiving "
        "system's certificate. Whoever runs it has to install one of a public "
        "authority, together with the certificates between. If it is a system of your "
        "own with its own authority, name that authority's file in Odoo's "
        "configuration file: ca_file in the section [nshift_webhooks]."
    ),
    "expired": _lt(
        "Nothing was sent, because the receiving system's certificate has expired or "
        "is not valid yet. Whoever runs it has to renew the certificate. If others see "
        "it as valid, the clock of your Odoo's server is wrong."
    ),
    "misnamed": _lt(
        "Nothing was sent, because the receiving system's certificate is for another "
        "host name. Check the host in the webhook's URL; if it is right, whoever runs "
        "the receiving system has to install a certificate for it."
    ),
    "client_certificate": _lt(
        "The receiving system refuses whoever does not show a certificate that it "
        "accepts. Ask whoever runs it for one; whoever looks after your Odoo enters it "
        "in the configuration file: client_certificates in the section "
        "[nshift_webhooks]."
    ),
    "tls": _lt(
        "Nothing was sent, because Odoo and the receiving system could not agree on "
        "encryption. Show the technical detail to whoever runs the receiving system."
    ),
    "token_refused": _lt(
        "Nothing was sent, because the token server refuses to give Odoo an access "
        "token; the technical detail tells why. invalid_client: the client ID or the "
        "client secret is wrong or has expired, or the token server wants them in the "
        "request's body. invalid_scope or invalid_target: scope or audience is wrong. "
        "Correct them on the webhook's page Security, with whoever runs the token "
        "server."
    ),
    "token_server": _lt(
        "Nothing was sent, because the token server cannot be reached or does not "
        "work; the technical detail tells why. Check the token URL. If it is right, "
        "whoever runs the token server has to act. If its address is not public: "
        "%(allow)s"
    ),
    "token_answer": _lt(
        "Nothing was sent, because what answers at the token URL gave no access token "
        "that can be used. Compare the token URL, character by character, with the "
        "one that you were given. If it is right, show the technical detail to whoever "
        "runs the token server."
    ),
    "timeout": _lt(
        "The receiving system did not answer in time. It may have received the message "
        "all the same; the next attempt carries the same message ID."
    ),
    "connection": _lt(
        "Nothing was sent, because there is no connection to the receiving system. Ask "
        "whoever runs it whether it is running and reachable from here."
    ),
    "broken": _lt(
        "The connection to the receiving system broke off before it answered. It may "
        "have received the message all the same; the next attempt carries the same "
        "message ID. If it happens again and again, ask whoever runs it what ends the "
        "connections: the server itself, a firewall, a balancer."
    ),
    "answer": _lt(
        "The receiving system answered something that is no proper answer in HTTP, or "
        "far more than one. It may have received the message all the same; the next "
        "attempt carries the same message ID. Check the URL, and show the technical "
        "detail to whoever runs the receiving system."
    ),
    "redirect": _lt(
        "The receiving system points to another address. Redirects are not followed: "
        "if the new address is right, put it into the webhook's URL."
    ),
    "status": _lt(
        "The receiving system answered %(code)s, and only answers from 200 to 299 "
        "count as received. Its answer may tell why; ask whoever runs it."
    ),
    "interrupted": _lt(
        "Odoo was stopped, or stopped itself, before the receiving system's answer was "
        "written down. The receiving system may have received the message all the "
        "same; the next attempt carries the same message ID. If it happens again and "
        "again, Odoo's log tells why its process ends."
    ),
    "fault": _lt(
        "Something is wrong in Odoo itself. Show the technical detail to whoever looks "
        "after your Odoo; the log tells more."
    ),
}

_CONTENT = _lt(
    "The receiving system has read the message and does not accept what is in it. Its "
    "answer says what is wrong. Correct the order or shipment if the fault is there: "
    "that sends a new message. Otherwise its developer has to act."
)
_ACCESS = _lt(
    "The receiving system does not let Odoo in. Check the webhook's secret and "
    "headers, and with OAuth 2 its scope and audience, with whoever runs it: what is "
    "entered there has to be what is entered here."
)
_ITS_FAULT = _lt(
    "The receiving system has a fault of its own: neither the message nor the webhook "
    "is wrong. Tell whoever runs it; nothing is to be done here."
)
#: The advice on HTTP status codes from which it is clear who has to act.
ADVICE_BY_CODE = {
    400: _CONTENT,
    401: _ACCESS,
    403: _ACCESS,
    404: _lt(
        "The receiving system has nothing at this address. Compare the webhook's URL, "
        "character by character, with the address that the receiving system gave you."
    ),
    405: _lt(
        "The address does not take messages: it is a page, or meant for something "
        "else. Ask whoever runs the receiving system for the address of its webhook."
    ),
    409: _CONTENT,
    410: _lt(
        "The receiving system says that this address is gone for good. Ask whoever "
        "runs it for the new one, and put that into the webhook's URL."
    ),
    413: _lt(
        "The message is larger than the receiving system allows. Whoever runs it has "
        "to allow larger ones: Odoo sends up to 5 MB."
    ),
    415: _lt(
        "The receiving system does not take JSON, which all messages are in. Check the "
        "webhook's URL with whoever runs it."
    ),
    422: _CONTENT,
    429: _lt(
        "The receiving system takes no more messages for now. They are sent later. If "
        "it happens often, lower the requests per second on the webhook."
    ),
}


def advice_on(env, failure, response_code):
    """Return in the user's language what a failure means, and who has to act.

    :param str failure: a code of ``FAILURES``
    :param int response_code: the HTTP status, if there was an answer
    """
    meaning = ADVICE[failure]
    if failure == "status":
        meaning = ADVICE_BY_CODE.get(response_code, meaning)
        if (response_code or 0) >= 500:
            meaning = _ITS_FAULT
    text = env._(meaning)
    allow = env["ir.config_parameter"]._nshift_webhooks_how_to_allow()
    return text % {"code": response_code, "allow": allow}


class NshiftWebhookEvent(models.Model):
    """The reason why an event has not been delivered, and the remedy."""

    _inherit = "nshift.webhook.event"

    advice = fields.Text("What to do", compute="_compute_advice")

    @api.depends("failure", "error", "response_code", "state")
    @api.depends_context("uid", "lang")
    def _compute_advice(self):
        for event in self:
            event.advice = event._advice()

    def _advice(self):
        """Return in the user's language what went wrong last, and the remedy."""
        if self.state == "superseded":
            return self.env._(
                "A later message on the same order or shipment was sent instead, since "
                "the webhook is set to the latest state only."
            )
        if self.is_wiped:
            return self.env._(
                "The message was wiped after it had been received, and the receiving "
                "system's answers with it, as the webhook is set to."
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
        return advice_on(self.env, self.failure, self.response_code)
