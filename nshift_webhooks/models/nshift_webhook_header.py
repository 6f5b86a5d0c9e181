from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..delivery.header import HeaderError, check_header, same_header
from .nshift_webhook_keys import MASK

VALUE = "value"


class NshiftWebhookHeader(models.Model):
    """A header of a webhook's requests, such as an API key.

    A value can be set, but not read again: a value is as good as a password, and kept
    in the vault. A header stays with its webhook, and its value with the server for
    which it was entered.
    """

    _name = "nshift.webhook.header"
    _inherit = [
        "nshift.webhook.input",
        "nshift.webhook.export",
        "nshift.webhook.named",
    ]
    _description = "Webhook header"
    _order = "id"

    webhook_id = fields.Many2one(
        "nshift.webhook", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(required=True)
    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        copy=False,
        exportable=False,
        help="It is not shown again once it is saved.",
    )

    _name_unique = models.UniqueIndex(
        "(webhook_id, lower(replace(name, '_', '-')))",
        "A webhook sends each header once: there is one of this name already.",
    )

    def _compute_value(self):
        kept = self.env["nshift.webhook.vault"]._take(self, VALUE)
        for header in self:
            header.value = MASK if header.id in kept else False

    def _inverse_value(self):
        # a user who changes the URL at the same time has to repeat that, which drops
        # the values
        self.env.cr.execute(
            "UPDATE nshift_webhook SET active = active WHERE id = ANY(%s)",
            (self.webhook_id.ids,),
        )
        for header in self:
            if header.value and header.value != MASK:
                self.env["nshift.webhook.vault"]._put(header, VALUE, header.value)
        # not even the answer to the request that sets the value shows it
        self.invalidate_recordset(["value"], flush=False)

    def _check_value_of(self, field, value, kept):
        if field.name == "name" and value:
            # the value is checked by itself, and may be set already
            self._check_header(value, "x")
        elif field.name == "value" and value != MASK:
            self._check_header("x", value)
        elif field.name == "webhook_id" and kept:
            self._check_webhook(self.env["nshift.webhook"].browse(kept))
        return super()._check_value_of(field, value, kept)

    def _check_input(self, vals):
        if vals.get("name"):
            self._check_unique(vals)
        return super()._check_input(vals)

    def _check_unique(self, vals):
        """Refuse a name that another header of the webhook has.

        :param dict vals: the values about to be written
        :raises ValidationError: the name is taken
        """
        webhook = self.webhook_id or self.webhook_id.browse(vals["webhook_id"])
        taken = (webhook.header_ids - self).mapped("name")
        name = str(vals["name"])
        if len(self) > 1 or same_header(name) in map(same_header, taken):
            raise ValidationError(
                self.env._(
                    "A webhook sends each header once: there is a “%s” already.", name
                )
            )

    def _check_header(self, name, value):
        try:
            check_header(name, value)
        except HeaderError as error:
            raise ValidationError(self._fault(name, error.fault)) from error

    def _check_webhook(self, webhook):
        """Refuse to move a header to another webhook.

        The value, which somebody else may have entered, could then be sent anywhere.

        :raises AccessError: the user may not change the webhook
        :raises UserError: the header belongs to another webhook
        """
        webhook.check_access("write")
        webhook._check_reach()
        if self and self.webhook_id != webhook:
            raise UserError(
                self.env._(
                    "A header stays with its webhook: add one to the other webhook."
                )
            )

    def _fault(self, name, fault):
        """Return in the user's language what is wrong, without the header's value."""
        faults = {
            "name": self.env._(
                "“%(name)s” cannot be a header's name: it may have letters, digits and "
                "hyphens, such as X-API-Key.",
                name=name,
            ),
            "ours": self.env._(
                "The header “%(name)s” is set by Odoo itself: choose another one.",
                name=name,
            ),
            "value": self.env._(
                "The header's value is missing, too long, or has other characters than "
                "plain letters, digits and signs, or a space at an end."
            ),
        }
        return faults[fault]

    @api.model_create_multi
    def create(self, vals_list):
        headers = self.browse()
        # one at a time, so that each header is checked against the earlier ones
        for vals in vals_list:
            # by default, a value that is refused: a header without a value is not sent
            header = super().create([{"value": False} | vals])
            header._note("header_added", header.name)
            headers |= header
        return headers

    def write(self, vals):
        self.check_access("write")
        self.webhook_id._check_reach()
        names = self.mapped("name")
        result = super().write(vals)
        for header, name in zip(self, names, strict=True):
            if header.name != name:
                header._note("header_renamed", name, old=name, new=header.name)
            if vals.get("value", MASK) != MASK:
                header._note("header_value", header.name)
        return result

    def unlink(self):
        self.check_access("unlink")
        self.webhook_id._check_reach()
        for header in self:
            header._note("header_removed", header.name)
        self.env["nshift.webhook.vault"]._drop(self, [VALUE])
        return super().unlink()

    def _drop_values(self):
        """Forget the values, since the webhook's URL now leads to another server."""
        for header in self:
            header._note("header_dropped", header.name)
        self.env["nshift.webhook.vault"]._drop(self, [VALUE])
        self.invalidate_recordset(["value"], flush=False)

    def _note(self, action, subject, old=None, new=None):
        self.webhook_id._note(action, subject, old, new)
