from odoo import fields, models


class NshiftWebhookReaderKey(models.TransientModel):
    """Makes a key for the receiving system, and shows the key once.

    The key is in no column: the context of an action carries it to the dialog, as with
    Odoo's own keys.
    """

    _name = "nshift.webhook.reader.key"
    _inherit = "nshift.webhook.dialog"
    _description = "Receiver's key"

    days = fields.Selection(
        [("30", "30 days"), ("90", "90 days"), ("365", "A year")],
        "Valid for",
        required=True,
        default="90",
    )
    key = fields.Char(store=False, readonly=True, exportable=False)

    def action_make(self):
        """Make the key and show it."""
        self.ensure_one()
        self._check_dialog()
        made = self.webhook_id.make_catch_up_key(int(self.days))
        name = self.env._(
            "Key for the receiver of “%(name)s”", name=self.webhook_id.name
        )
        action = self.webhook_id._open_dialog(self._name, name)
        action["context"]["default_key"] = made["key"]
        return action
