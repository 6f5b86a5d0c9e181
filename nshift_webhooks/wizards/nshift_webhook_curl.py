from datetime import timedelta
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..delivery.curl import LONGEST_BODY, check_destination, curl_command
from ..delivery.request import attempt_headers
from ..delivery.signature import sign
from ..delivery.url import UrlError
from ..payload.values import seconds_of
from .nshift_webhook_dialog import shown

#: The oldest signature that receivers accept, and therefore the oldest command shown.
#: Source: Standard Webhooks, "Verifying webhook authenticity"
TOLERANCE = timedelta(minutes=5)


class NshiftWebhookCurl(models.TransientModel):
    """Makes a command that sends an event's message, signed, to another address.

    The command contains the signature, and not the secret. A signature does not name
    the address it was made for. For five minutes, anybody with the command, such as the
    operator of the other address, can therefore send this message to the receiving
    system as genuine; but no other message, and the receiving system recognizes this
    one by its id. For this reason only those who may see the secret, and could sign
    anything, get the command; each command is in the audit log; and it is not shown
    longer than it is useful.

    The webhook's own headers are left out: nobody may see their values.
    """

    _name = "nshift.webhook.curl"
    _inherit = ["nshift.webhook.input", "nshift.webhook.export"]
    _description = "Message as a command"

    # a number and not a reference, which the deletion of a million events would search
    event_number = fields.Integer("Event", readonly=True)
    url = fields.Char("Address")
    signed_at = fields.Datetime(readonly=True)
    command = fields.Text(compute="_compute_command", exportable=False)
    file_name = fields.Char("File with the message", compute="_compute_command")

    @api.model
    def _open(self, event):
        """Return the action that opens the dialog.

        :param event: ``nshift.webhook.event``
        """
        dialog = self.create({})
        # by SQL, since no user may write the field
        self.env.cr.execute(
            "UPDATE nshift_webhook_curl SET event_number = %s WHERE id = %s",
            (event.id, dialog.id),
        )
        dialog.invalidate_recordset(flush=False)
        dialog._event()
        return dialog._reopen()

    def _reopen(self):
        return shown(self, self.env._("Send it from a command line"))

    def _check_value_of(self, field, value, kept):
        if field.name == "url" and value:
            try:
                check_destination(value)
            except UrlError as error:
                fault = self.env["nshift.webhook"]._url_fault(value, error.fault)
                raise ValidationError(fault) from error
        return super()._check_value_of(field, value, kept)

    def write(self, vals):
        result = super().write(vals)
        if "url" in vals:
            # each address needs a signature of its own, and an entry in the audit log
            self._set_signed_at(None)
        return result

    def _event(self):
        """Return the event, if the user may sign its message.

        :raises AccessError: the user may not see the event, or may not manage its
            webhook
        :raises UserError: there is no message
        """
        self.check_access("write")
        event = self.env["nshift.webhook.event"].browse(self.event_number or ())
        if not event.exists():
            raise UserError(self.env._("There is no such event any more."))
        event.check_access("read")
        event.webhook_id.check_access("write")
        event.webhook_id._check_reach()
        if not event.payload:
            raise UserError(self.env._("There is no message that could be sent."))
        return event

    @api.depends("signed_at", "url")
    @api.depends_context("uid")
    def _compute_command(self):
        now = fields.Datetime.now()
        for dialog in self:
            dialog.command = dialog.file_name = False
            if dialog.url and dialog.signed_at and now - dialog.signed_at < TOLERANCE:
                event = dialog._event()
                dialog.command = dialog._command_of(event)
                if len(event._message(1).body) > LONGEST_BODY:
                    dialog.file_name = _file_name(event)

    def _command_of(self, event):
        timestamp = seconds_of(self.signed_at)
        message = event._message(max(event.attempt_count, 1))
        endpoint = event.webhook_id._test_endpoint()
        signature = sign(endpoint.keys, message.message_id, timestamp, message.body)
        headers = attempt_headers(message, timestamp, signature)
        # uncompressed, so that the user can read the message
        return curl_command(self.url, headers, message.body, _file_name(event))

    def action_sign(self):
        """Sign the message, and show the command.

        :raises UserError: the address or the signing key is missing
        """
        self.ensure_one()
        event = self._event()
        if not self.url:
            raise UserError(self.env._("Enter the address that it is to be sent to."))
        event.webhook_id._test_endpoint()
        self._set_signed_at(fields.Datetime.now())
        self.env["nshift.webhook.audit"]._note(
            "message_signed",
            event.webhook_id,
            subject=event._titles()[0],
            new=urlsplit(self.url).netloc,
            company=event.company_id,
        )
        return self._reopen()

    def _set_signed_at(self, moment):
        # by SQL, since no user may write the field: a signature could be made for later
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_curl SET signed_at = %s WHERE id = ANY(%s)",
                moment,
                self.ids,
            )
        )
        self.invalidate_recordset(["signed_at", "command", "file_name"], flush=False)


class NshiftWebhookEvent(models.Model):
    _inherit = "nshift.webhook.event"

    def action_curl(self):
        """Open the dialog for sending the message from a command line.

        :raises AccessError: the user may not manage the webhook
        """
        self.ensure_one()
        return self.env["nshift.webhook.curl"]._open(self)


def _file_name(event):
    """Return the name of the file with the downloaded message."""
    return f"{event.message_id}.json"
