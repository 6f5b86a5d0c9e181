from odoo import fields, models
from odoo.exceptions import UserError

from ..contract import versions


class NshiftWebhook(models.Model):
    """The version of the messages that a webhook is sent: see ``contract/``."""

    _inherit = "nshift.webhook"

    api_version = fields.Selection(
        lambda self: [(name, name) for name in versions.names()],
        "Message version",
        required=True,
        default=lambda self: versions.newest(),
        help="What messages look like. It stays as it is, so that the receiving system "
        "goes on understanding them.",
    )

    def write(self, vals):
        self.check_access("write")
        if "api_version" in vals and set(self.mapped("api_version")) - {
            vals["api_version"]
        }:
            raise UserError(
                self.env._(
                    "The message version of a webhook cannot be changed: its receiving "
                    "system might not understand the messages any more. Make another "
                    "webhook with that version."
                )
            )
        return super().write(vals)
