from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..payload.envelope import indented
from ..store.message import message_of


class NshiftWebhook(models.Model):
    """The form in which messages are sent: whole or thin, compressed or not."""

    _inherit = "nshift.webhook"

    thin_messages = fields.Boolean(
        "Thin messages",
        help="Messages say what has happened to which order or shipment, and nothing "
        "else of it. The receiving system reads the whole message from the log of "
        "events, with an API key.",
    )
    compress_messages = fields.Boolean(
        "Compress large messages",
        help="Messages of 10 kB or more are sent with Content-Encoding: gzip. The "
        "signature is that of the message before it is compressed.",
    )

    @api.constrains("thin_messages", "wipe_messages")
    def _check_thin_messages(self):
        for webhook in self:
            if webhook.thin_messages and webhook.wipe_messages:
                raise ValidationError(
                    self.env._(
                        "“%s” would tell its receiving system to read messages that "
                        "are wiped: choose thin messages, or wiping after delivery.",
                        webhook.name,
                    )
                )


class NshiftWebhookEvent(models.Model):
    """The form in which an event's message is sent: whole or thin."""

    _inherit = "nshift.webhook.event"

    thin_payload = fields.Text(
        "Thin message",
        readonly=True,
        prefetch=False,
        help="What is sent instead of the message, byte for byte.",
    )
    thin_display = fields.Text("Sent instead", compute="_compute_thin_display")

    @api.depends("thin_payload")
    def _compute_thin_display(self):
        for event in self:
            event.thin_display = indented(event.thin_payload)

    def _message(self, attempt):
        """Return the Message for the sender.

        :param int attempt: the number of the attempt, from 1
        """
        body = self.thin_payload or self.payload
        return message_of(self.message_id, body, attempt)
