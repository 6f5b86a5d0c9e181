import time

from odoo import api, fields, models

from ..delivery.compression import content_of
from ..delivery.request import (
    attempt_headers,
    first_lines,
    own_headers,
    token_header,
)
from ..delivery.url import UrlError, check_url, target_of
from .nshift_webhook_keys import MASK


class NshiftWebhookEvent(models.Model):
    """The head of a request with the message, if it were sent now.

    The webhook's own headers are shown to users who may see them on its form, and their
    values to nobody. Signatures are made for sending and for no other purpose.
    """

    _inherit = "nshift.webhook.event"

    request_head = fields.Text("Request", compute="_compute_request_head")

    @api.depends("payload", "thin_payload", "message_id", "attempt_count")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_request_head(self):
        for event in self:
            event.request_head = event._request_head()

    def _request_head(self):
        # with the user's own rights even as superuser: both share the cache
        webhook = self.webhook_id.sudo(False)
        # the webhook may have moved to another company since
        if not self.payload or not webhook.has_access("read"):
            return False
        try:
            check_url(webhook.url)
            target = target_of(webhook.url)
        except UrlError:
            return False
        own = ()
        if webhook.env["nshift.webhook.header"].has_access("read"):
            # headers without a value are not sent
            own = [(each.name, MASK) for each in webhook.header_ids if each.value]
        message = self._message(self.attempt_count + 1)
        _content, about = content_of(message.body, webhook.compress_messages)
        headers = (*attempt_headers(message, int(time.time()), MASK), *about)
        has_token = webhook.authentication == "oauth2"
        if has_token:
            headers = (*headers, token_header(MASK))
        environment = self.env["ir.config_parameter"]._nshift_webhooks_environment()
        return "\n".join(
            [
                *first_lines(target, own_headers(own, environment, has_token)),
                *(f"{name}: {value}" for name, value in headers),
            ]
        )
