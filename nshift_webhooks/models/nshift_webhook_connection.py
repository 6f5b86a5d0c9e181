from odoo import models
from odoo.exceptions import UserError

from ..configuration import network
from ..delivery.deadline import deadline
from ..delivery.failure import Undelivered
from ..delivery.oauth import MOST_BYTES, UNKNOWN_LIFETIME_S, fetch_token
from ..delivery.url import host_of
from ..labels import labels
from ..transaction import committed
from ..writing import number
from .nshift_webhook_advice import advice_on


class NshiftWebhook(models.Model):
    """The test whether a token server gives access tokens, before a message needs one.

    As with a test message, only the user who presses the button waits: reading before
    the request, and writing after it, have transactions of their own.
    """

    _inherit = "nshift.webhook"

    def action_test_connection(self):
        """Ask for an access token, which is not used, and show the result.

        :return: the action of a notification
        :raises AccessError: the user may not change the webhook
        :raises UserError: nothing is sent from this database, or the webhook sends no
            access tokens
        """
        self.ensure_one()
        registry, user, context = self.env.registry, self.env.uid, self.env.context
        with registry.cursor() as cr:
            webhook = self.with_env(self.env(cr=cr))
            webhook.check_access("write")
            webhook._check_reach()
            endpoint = webhook._test_endpoint()
            name = webhook.name
            guard = webhook.env["ir.config_parameter"]._nshift_webhooks_guard()
        if not endpoint.client:
            raise UserError(
                self.env._("“%s” sends no access tokens: choose OAuth 2 first.", name)
            )
        token = error = None
        try:
            with deadline(endpoint.timeout, MOST_BYTES):
                token = fetch_token(endpoint.client, guard, network())
        except Undelivered as failed:
            error = failed
        with committed(registry) as env:
            webhook = self.with_env(env(user=user, context=context))
            if token:
                text = webhook._token_text(token, host_of(endpoint.client.token_url))
            else:
                text = webhook._failed_text(error)
            if webhook.exists():
                webhook._note("token_tested", new=text)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Connection test of “%s”", name),
                "message": text,
                "type": "success" if token else "danger",
                "sticky": True,
            },
        }

    def _token_text(self, token, server):
        """Return in the user's language what a token server gave.

        :param Token token: the access token
        :param str server: the token server's host
        """
        if token.lifetime is None:
            text = self.env._(
                "%(server)s gave an access token, and does not say for how long it is "
                "valid: it will be used for %(seconds)s seconds.",
                server=server,
                seconds=number(self.env, UNKNOWN_LIFETIME_S),
            )
        else:
            text = self.env._(
                "%(server)s gave an access token, valid for %(seconds)s seconds.",
                server=server,
                seconds=number(self.env, token.lifetime),
            )
        if token.scope:
            text = f"{text} {self.env._('Scope: %s', token.scope)}"
        return text

    def _failed_text(self, error):
        """Return in the user's language why there is no token, and what to do.

        :param Undelivered error: the failure
        """
        reason = labels(self.env["nshift.webhook.event"], "failure")[error.failure]
        advice = advice_on(self.env, error.failure, None)
        return f"{reason} ({error}). {advice}"
