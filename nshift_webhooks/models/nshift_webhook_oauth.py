from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..delivery.header import VALUE
from .nshift_webhook_keys import MASK
from .nshift_webhook_url import is_exception, server_of

#: The client secret's name in the vault.
CLIENT_SECRET = "oauth_client_secret"  # noqa: S105 - a name
#: The fields that are sent to token servers, apart from the secret.
ASKED = ("oauth_client_id", "oauth_scope", "oauth_audience")
#: The fields on which access tokens depend.
DECIDING = frozenset(
    {
        "authentication",
        "oauth_token_url",
        "oauth_client_secret",
        "oauth_in_body",
        *ASKED,
    }
)
LONGEST = 1000


class NshiftWebhook(models.Model):
    """Access tokens for a webhook's messages, by OAuth 2's client credentials.

    The client secret is in the vault, and a token in no table: see
    ``delivery/oauth.py``.
    """

    _inherit = "nshift.webhook"

    authentication = fields.Selection(
        [
            ("headers", "None, or by a header below"),
            ("oauth2", "OAuth 2 (client credentials)"),
        ],
        required=True,
        default="headers",
        help="How Odoo shows the receiving system that it may send messages. They are "
        "signed in any case.",
    )
    oauth_token_url = fields.Char(
        "Token URL",
        help="HTTPS address of the token server, from which access tokens are had.",
    )
    oauth_client_id = fields.Char(
        "Client ID", help="By which the token server knows Odoo."
    )
    oauth_client_secret = fields.Char(
        "Client secret",
        compute="_compute_oauth_client_secret",
        inverse="_inverse_oauth_client_secret",
        copy=False,
        exportable=False,
        groups="nshift_webhooks.group_webhook_manager",
        help="It is not shown again once it is saved, and dropped when the URL or the "
        "token URL leads to another host.",
    )
    oauth_scope = fields.Char(
        "Scope",
        help="What the access token is to be good for, if the token server wants to "
        "know: one or several words, separated by spaces.",
    )
    oauth_audience = fields.Char(
        "Audience",
        help="For which system the access token is to be good, if the token server "
        "wants to know, as Auth0 does.",
    )
    oauth_in_body = fields.Boolean(
        "Client secret in the request's body",
        help="For token servers that do not take it in the header "
        "(client_secret_post instead of client_secret_basic).",
    )

    def _compute_oauth_client_secret(self):
        kept = self.env["nshift.webhook.vault"]._take(self, CLIENT_SECRET)
        for webhook in self:
            webhook.oauth_client_secret = MASK if webhook.id in kept else False

    def _inverse_oauth_client_secret(self):
        # a user who changes a URL at the same time has to repeat that, which drops the
        # secret
        self.env.cr.execute(
            "UPDATE nshift_webhook SET active = active WHERE id = ANY(%s)", (self.ids,)
        )
        for webhook in self:
            if webhook.oauth_client_secret not in (False, MASK):
                self.env["nshift.webhook.vault"]._put(
                    webhook, CLIENT_SECRET, webhook.oauth_client_secret
                )
                webhook._note("client_secret_set")
        # not even the answer to the request that sets the secret shows it
        self.invalidate_recordset(["oauth_client_secret"], flush=False)

    def _check_value_of(self, field, value, kept):
        if field.name == "oauth_token_url" and value:
            self._check_url(value)
        elif field.name in ASKED or field.name == "oauth_client_secret":
            if value and value != MASK:
                self._check_asked(field, value)
        return super()._check_value_of(field, value, kept)

    def _check_asked(self, field, value):
        """Refuse values that no token server can have given.

        Source: RFC 6749, appendix A

        :raises ValidationError: names the field, but never the value
        """
        if len(value) > LONGEST or not VALUE.fullmatch(value):
            # the message leaves out the value, which may be the secret
            raise ValidationError(
                self.env._(
                    "“%s” is too long, or has other characters than plain letters, "
                    "digits and signs, or a space at an end: copy it anew.",
                    self._label_of(field),
                )
            )

    @api.constrains("authentication", "oauth_token_url", "oauth_client_id")
    def _check_oauth_complete(self):
        for webhook in self:
            if webhook.authentication == "oauth2" and not (
                webhook.oauth_token_url and webhook.oauth_client_id
            ):
                raise ValidationError(
                    self.env._(
                        "“%s” is to send access tokens: enter the token URL, the "
                        "client ID and the client secret that the receiving system "
                        "gave you.",
                        webhook.name,
                    )
                )

    def write(self, vals):
        self.check_access("write")
        self._check_reach()
        if "oauth_token_url" in vals:
            url = vals["oauth_token_url"]
            self.filtered(
                lambda webhook: server_of(webhook.oauth_token_url) != server_of(url)
            )._drop_client_secret()
        result = super().write(vals)
        if vals.get("authentication") == "headers":
            self._drop_client_secret()
        if DECIDING & vals.keys():
            # waiting messages may get through now
            self._forget_failures()
        return result

    def _leave(self, url):
        """Drop the client secret, too: access tokens are meant for one server, and must
        not be sent to a server that the user chooses.
        """
        self._leads_elsewhere(url)._drop_client_secret()
        return super()._leave(url)

    def _forget_keys(self):
        self.env["nshift.webhook.vault"]._drop(self, [CLIENT_SECRET])
        return super()._forget_keys()

    def _drop_client_secret(self):
        vault = self.env["nshift.webhook.vault"]
        having = self.browse(vault._take(self, CLIENT_SECRET))
        for webhook in having:
            webhook._note("client_secret_dropped")
        vault._drop(having, [CLIENT_SECRET])
        self.invalidate_recordset(["oauth_client_secret"], flush=False)

    @api.depends("authentication", "oauth_token_url")
    def _compute_is_internal(self):
        return super()._compute_is_internal()

    def _is_exception(self, guard, address):
        return super()._is_exception(guard, address) or (
            self.authentication == "oauth2"
            and is_exception(self.oauth_token_url, guard)
        )
