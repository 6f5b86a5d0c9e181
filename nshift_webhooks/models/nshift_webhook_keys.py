import base64
import binascii
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..delivery.signature import (
    SECRET_PREFIX,
    new_private_key,
    new_secret,
    public_key,
)

#: Bytes that the specification of Standard Webhooks asks of a secret.
SHORTEST_SECRET, LONGEST_SECRET = 24, 64
#: What a replaced key leaves when its time is over.
NOTHING_REPLACED = {
    "replaced_secret": False,
    "replaced_private_key": False,
    "replaced_until": False,
}


class NshiftWebhook(models.Model):
    """What a webhook signs with."""

    _inherit = "nshift.webhook"

    secret = fields.Char(
        "Signing secret",
        required=True,
        copy=False,
        exportable=False,
        default=lambda self: new_secret(),
        groups="nshift_webhooks.group_webhook_manager",
        help="The receiving system verifies with it that a message comes from here "
        "and is unchanged.",
    )
    replaced_secret = fields.Char(copy=False, exportable=False, groups=fields.NO_ACCESS)
    has_key_pair = fields.Boolean(
        "Also sign with a key pair",
        help="For receivers that verify signatures of the scheme v1a (Ed25519): they "
        "need only the public key, with which nobody can sign.",
    )
    private_key = fields.Char(copy=False, exportable=False, groups=fields.NO_ACCESS)
    replaced_private_key = fields.Char(
        copy=False, exportable=False, groups=fields.NO_ACCESS
    )
    # may be seen by everybody, though the private key may not
    public_key = fields.Char(
        "Public key", compute="_compute_public_key", compute_sudo=True
    )
    replaced_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="Until then messages are signed with the secret before this one, too.",
    )

    @api.depends("private_key")
    def _compute_public_key(self):
        for webhook in self:
            webhook.public_key = webhook.private_key and public_key(webhook.private_key)

    @api.constrains("secret")
    def _check_secret(self):
        for secret in self.mapped("secret"):
            try:
                size = len(
                    base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
                )
            except (binascii.Error, ValueError):
                size = 0
            if not (
                secret.startswith(SECRET_PREFIX)
                and SHORTEST_SECRET <= size <= LONGEST_SECRET
            ):
                # without the secret: messages end up in logs
                raise ValidationError(
                    self.env._(
                        "A signing secret must be “%(prefix)s” followed by "
                        "%(shortest)s to %(longest)s random bytes in base64. Leave it "
                        "out to have one made.",
                        prefix=SECRET_PREFIX,
                        shortest=SHORTEST_SECRET,
                        longest=LONGEST_SECRET,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        webhooks = super().create(vals_list)
        webhooks._fit_key_pair()
        return webhooks

    def write(self, vals):
        result = super().write(vals)
        if "has_key_pair" in vals:
            self._fit_key_pair()
        if "secret" in vals and "replaced_until" not in vals:
            for webhook in self:
                webhook._message_log(
                    body=self.env._("The signing secret was replaced by a given one.")
                )
        return result

    def _export_rows(self, fields, *, _is_toplevel_call=True):
        # `exportable` only has the dialog not offer it
        if any(path[:1] == ["secret"] for path in fields):
            self._check_field_access(self._fields["secret"], "read")
            raise UserError(
                self.env._(
                    "Signing secrets cannot be exported: leave the field out. A "
                    "webhook's form shows its secret."
                )
            )
        return super()._export_rows(fields, _is_toplevel_call=_is_toplevel_call)

    def _fit_key_pair(self):
        # nobody may read or write private keys
        for webhook in self.sudo():
            if webhook.has_key_pair and not webhook.private_key:
                webhook.private_key = new_private_key()
            elif not webhook.has_key_pair and webhook.private_key:
                webhook.write({"private_key": False, "replaced_private_key": False})

    def action_show_secret(self):
        """Show the secret in a dialog, and keep on record who has seen it."""
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        self._message_log(body=self.env._("The signing secret was shown."))
        return self._open_dialog(
            "nshift.webhook.secret",
            self.env._("Signing secret of “%(name)s”", name=self.name),
        )

    def action_rotate_secret(self):
        """Ask how the secret is to be replaced."""
        self.ensure_one()
        return self._open_dialog(
            "nshift.webhook.rotate",
            self.env._("Replace the secret of “%(name)s”", name=self.name),
        )

    def _rotate_keys(self, hours):
        """Sign with new keys, and for a while also with those before.

        :param int hours: how long; 0: not at all
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        # nobody may read or write private keys
        webhook = self.sudo()
        vals = dict(NOTHING_REPLACED)
        if hours:
            vals = {
                "replaced_secret": webhook.secret,
                "replaced_private_key": webhook.private_key,
                "replaced_until": fields.Datetime.now() + timedelta(hours=hours),
            }
            note = self.env._(
                "The signing secret was rotated; the one before signs, too, for %s "
                "hours.",
                hours,
            )
        else:
            note = self.env._(
                "The signing secret was rotated; the one before does not sign any more."
            )
        webhook.write(
            vals
            | {
                "secret": new_secret(),
                "private_key": webhook.has_key_pair and new_private_key(),
            }
        )
        self._message_log(body=note)

    @api.model
    def _forget_replaced_keys(self):
        """Wipe keys that do not sign any more."""
        # all companies' and archived webhooks' too; nobody may write private keys
        self.sudo().with_context(active_test=False).search(
            [("replaced_until", "<=", fields.Datetime.now())]
        ).write(NOTHING_REPLACED)
