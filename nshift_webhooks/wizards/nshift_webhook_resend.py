from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..tables import add_columns
from .nshift_webhook_dialog import shown


class NshiftWebhookResend(models.TransientModel):
    """Asks whether to send old messages again, or the current state of their records.

    The ids of the events are in a column without a field: there may be a million.
    """

    _name = "nshift.webhook.resend"
    _inherit = "nshift.webhook.input"
    _description = "Send old messages again"

    text = fields.Text(compute="_compute_text")
    current_count = fields.Integer(
        "Old ones whose current state can be sent", compute="_compute_text"
    )
    has_others = fields.Boolean(compute="_compute_text")

    def init(self):
        add_columns(self.env.cr, self._table, event_ids=SQL("int[]"))

    @api.model
    def _open(self, events):
        """Return the action that opens the dialog.

        :param events: the events chosen to be sent again, some of them old
        """
        dialog = self.create({})
        # by SQL, since the column is no field
        self.env.cr.execute(
            "UPDATE nshift_webhook_resend SET event_ids = %s WHERE id = %s",
            (events.ids, dialog.id),
        )
        return shown(dialog, self.env._("Send again"))

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("A dialog cannot be changed: close it and open another one.")
            )
        return super().write(vals)

    def _events(self):
        """Return the chosen events that still exist, with all rights.

        :raises AccessError: the user may not send them again
        """
        self.check_access("write")
        self.env.cr.execute(
            "SELECT event_ids FROM nshift_webhook_resend WHERE id = %s", (self.id,)
        )
        rows = self.env.cr.fetchall()
        ids = rows[0][0] if rows else None
        return self.env["nshift.webhook.event"].browse(ids or []).exists()._as_manager()

    def _compute_text(self):
        for dialog in self:
            events = dialog._events()
            newer = events._newer()
            dialog.text = events._old_text(newer)
            dialog.current_count = len(events._with_current_state(newer))
            dialog.has_others = len(newer) < len(events)

    def action_send_current_state(self):
        """Send the current state for old messages, and the other messages again."""
        events = self._events()
        newer = events._newer()
        told = events._with_current_state(newer).sudo(False)._tell_current_state()
        others = events - events.browse(newer)
        return (others and others._send_again()) or told

    def action_send_anyway(self):
        """Send all chosen messages again."""
        return self._events()._send_again()
