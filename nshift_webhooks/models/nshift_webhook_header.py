from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..delivery.header import HeaderError, check_header

#: What is shown in place of a value.
MASK = "••••••••"


class NshiftWebhookHeader(models.Model):
    """A header that a webhook's requests carry, such as an API key.

    A value can be set, but not read again: it is as good as a password.
    """

    _name = "nshift.webhook.header"
    _description = "Webhook header"
    _order = "id"

    webhook_id = fields.Many2one(
        "nshift.webhook", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(required=True)
    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        exportable=False,
        help="It is not shown again once it is saved.",
    )
    stored_value = fields.Char(copy=False, exportable=False, groups=fields.NO_ACCESS)

    _name_unique = models.UniqueIndex(
        "(webhook_id, lower(name))",
        "A webhook sends each header once: there is one of this name already.",
    )

    @api.depends("stored_value")
    def _compute_value(self):
        # sudo: nobody may read a value, only whether there is one
        for header in self.sudo():
            header.value = MASK if header.stored_value else False

    def _inverse_value(self):
        # sudo: nobody may read a value, but whoever may write the header may set it
        for header in self.sudo():
            if header.value != MASK:
                header.stored_value = header.value

    @api.constrains("name")
    def _check_name(self):
        # a new one has no value yet
        self._check(lambda header: "x")

    @api.constrains("value")
    def _check_value(self):
        self._check(lambda header: header.stored_value or "")

    def _check(self, value_of):
        # sudo: see _compute_value
        for header in self.sudo():
            try:
                check_header(header.name, value_of(header))
            except HeaderError as error:
                raise ValidationError(header._fault(error.fault)) from error

    def _fault(self, fault):
        """Say in the user's language what is wrong, without the value."""
        faults = {
            "name": self.env._(
                "“%(name)s” cannot be a header's name: it may have letters, digits and "
                "hyphens, such as X-API-Key.",
                name=self.name,
            ),
            "ours": self.env._(
                "The header “%(name)s” is set by Odoo itself: choose another one.",
                name=self.name,
            ),
            "value": self.env._(
                "The value of the header “%(name)s” is missing, too long, or has "
                "other characters than plain letters, digits and signs, or a space "
                "at an end.",
                name=self.name,
            ),
        }
        return faults[fault]

    @api.model_create_multi
    def create(self, vals_list):
        # without one, nothing would set or check it
        headers = super().create([{"value": False} | vals for vals in vals_list])
        # not even in answer to saving it
        headers.invalidate_recordset(["value"])
        headers._note(lambda name: self.env._("The header %s was added.", name))
        return headers

    def write(self, vals):
        result = super().write(vals)
        self.invalidate_recordset(["value"])
        self._note(lambda name: self.env._("The header %s was changed.", name))
        return result

    def unlink(self):
        self._note(lambda name: self.env._("The header %s was removed.", name))
        return super().unlink()

    def _note(self, note):
        self.webhook_id._check_reach()
        for header in self:
            header.webhook_id._message_log(body=note(header.name))
