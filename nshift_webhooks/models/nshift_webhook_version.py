from odoo import fields, models
from odoo.exceptions import UserError, ValidationError

from ..contract import versions


class NshiftWebhook(models.Model):
    """The version of a webhook's messages: see ``contract/``."""

    _inherit = "nshift.webhook"

    api_version = fields.Selection(
        lambda self: [(name, name) for name in versions.names()],
        "Message version",
        required=True,
        default=lambda self: versions.newest(),
        help="What messages look like. It stays as it is, so that the receiving system "
        "goes on understanding them.",
    )

    def _check_value_of(self, field, value, kept):
        # the ORM accepts any value for a selection that a function makes
        if field.name == "api_version" and kept not in versions.names():
            raise ValidationError(
                self.env._("“%s” cannot have this value.", self._label_of(field))
            )
        return super()._check_value_of(field, value, kept)

    def write(self, vals):
        self.check_access("write")
        if "api_version" in vals and any(
            webhook.api_version != vals["api_version"] for webhook in self
        ):
            raise UserError(
                self.env._(
                    "The message version of a webhook cannot be changed: its receiving "
                    "system might not understand the messages any more. Make another "
                    "webhook with that version."
                )
            )
        return super().write(vals)
