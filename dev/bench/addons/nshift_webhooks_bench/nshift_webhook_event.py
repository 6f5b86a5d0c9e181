from odoo import models

from odoo.addons.nshift_webhooks.configuration import network
from odoo.addons.nshift_webhooks.delivery.sender import Endpoint, Message, Sender


class NshiftWebhookEvent(models.Model):
    _inherit = "nshift.webhook.event"

    def _deliver_alone(self):
        """Job: send this event, and nothing else."""
        secrets = self.env["nshift.webhook.vault"]._take(self.webhook_id, "secret")
        endpoint = Endpoint(self.webhook_id.url, tuple(secrets.values()))
        message = Message(self.message_id, self.payload.encode())
        guard = self.env["ir.config_parameter"]._nshift_webhooks_guard()
        with Sender(guard, network()) as sender:
            answer = sender.send(endpoint, message)
        self._record({self.id: answer})
