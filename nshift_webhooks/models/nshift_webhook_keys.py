from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..delivery.signature import (
    LEAST_SECRET_BYTES,
    MOST_SECRET_BYTES,
    SECRET_PREFIX,
    check_secret,
    new_private_key,
    new_secret,
    public_key,
)

#: Shown in place of a secret.
MASK = "••••••••"
#: The names of keys in the vault, and of replaced keys for as long as they still sign.
SECRET, PRIVATE_KEY = KEYS = ("secret", "private_key")
REPLACED = {name: f"replaced_{name}" for name in KEYS}


class NshiftWebhook(models.Model):
    """A webhook's signing keys, which are in the vault and in no field."""

    _inherit = "nshift.webhook"

    secret = fields.Char(
        "Signing secret",
        compute="_compute_secret",
        inverse="_inverse_secret",
        copy=False,
        exportable=False,
        groups="nshift_webhooks.group_webhook_manager",
        help="The receiving system verifies with it that a message comes from here "
        "and is unchanged. Leave it out to have one made.",
    )
    has_key_pair = fields.Boolean(
        "Also sign with a key pair",
        help="For receivers that verify signatures of the scheme v1a (Ed25519): they "
        "need only the public key, with which nobody can sign.",
    )
    public_key = fields.Char("Public key", compute="_compute_public_key")

    def _compute_secret(self):
        for webhook in self:
            webhook.secret = webhook.id and MASK

    def _inverse_secret(self):
        vault = self.env["nshift.webhook.vault"]
        for webhook in self:
            if webhook.secret and webhook.secret != MASK:
                if vault._is_used_elsewhere(webhook, webhook.secret):
                    raise ValidationError(
                        self.env._(
                            "The signing secret is another webhook's: whoever knows "
                            "the one could sign the other's messages. Leave it out to "
                            "have one made."
                        )
                    )
                vault._put(webhook, SECRET, webhook.secret)
                webhook._note("secret_given")
        # not even the answer to the request that sets the secret shows it
        self.invalidate_recordset(["secret"], flush=False)

    @api.depends("has_key_pair")
    def _compute_public_key(self):
        # everybody may see the public key, and nobody the private one
        keys = self.env["nshift.webhook.vault"]._take(self, PRIVATE_KEY)
        for webhook in self:
            key = keys.get(webhook.id)
            webhook.public_key = key and public_key(key)

    def _check_value_of(self, field, value, kept):
        if field.name == "secret" and value and value != MASK:
            self._check_secret(value)
        return super()._check_value_of(field, value, kept)

    def _check_secret(self, secret):
        try:
            check_secret(secret)
        except ValueError as error:
            # the message leaves out the secret: messages are logged
            raise ValidationError(
                self.env._(
                    "A signing secret must be “%(prefix)s” followed by "
                    "%(shortest)s to %(longest)s random bytes in base64. Leave it "
                    "out to have one made.",
                    prefix=SECRET_PREFIX,
                    shortest=LEAST_SECRET_BYTES,
                    longest=MOST_SECRET_BYTES,
                )
            ) from error

    def _make_keys(self):
        """Make missing keys, and forget key pairs that are not wanted any more."""
        vault = self.env["nshift.webhook.vault"]
        secrets = vault._take(self, SECRET)
        private_keys = vault._take(self, PRIVATE_KEY)
        for webhook in self:
            if webhook.id not in secrets:
                vault._put(webhook, SECRET, new_secret())
            if webhook.has_key_pair and webhook.id not in private_keys:
                vault._put(webhook, PRIVATE_KEY, new_private_key())
            elif not webhook.has_key_pair:
                vault._drop(webhook, [PRIVATE_KEY, REPLACED[PRIVATE_KEY]])
        self.invalidate_recordset(["public_key"], flush=False)

    def _forget_keys(self):
        self.env["nshift.webhook.vault"]._drop(self, [*KEYS, *REPLACED.values()])

    def action_show_secret(self):
        """Show the secret in a dialog; the audit log keeps who has seen the secret."""
        self.ensure_one()
        # creating the dialog checks the user's rights
        dialog = self.env["nshift.webhook.secret"].create({"webhook_id": self.id})
        return self._open_dialog(
            dialog._name,
            self.env._("Signing secret of “%(name)s”", name=self.name),
        ) | {"res_id": dialog.id}

    def action_rotate_secret(self):
        """Ask how the secret is to be replaced."""
        self.ensure_one()
        return self._open_dialog(
            "nshift.webhook.rotate",
            self.env._("Replace the secret of “%(name)s”", name=self.name),
        )

    def _rotate_keys(self, hours):
        """Sign with new keys, and for a while also with the former ones.

        :param int hours: how long the former keys still sign; 0: not at all
        :raises AccessError: the user may not change the webhook
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        vault = self.env["nshift.webhook.vault"]
        until = fields.Datetime.now() + timedelta(hours=hours) if hours else None
        # before the vault, so that of two rotations at once only one gets through
        self._write_health(replaced_until=until)
        for name, replaced in REPLACED.items():
            if hours:
                vault._rename(self, name, replaced)
            else:
                vault._drop(self, [name, replaced])
        self._make_keys()
        self._note(
            "secret_rotated" if hours else "secret_replaced",
            new=until and f"{until} UTC",
        )

    @api.model
    def _forget_replaced_keys(self):
        """Wipe replaced keys that do not sign any more."""
        # in SQL: webhooks of all companies, archived ones included
        rows = self.env.execute_query(
            SQL(
                "SELECT webhook_id FROM nshift_webhook_health "
                "WHERE replaced_until <= %s",
                fields.Datetime.now(),
            )
        )
        webhooks = self.browse(id_ for [id_] in rows)
        self.env["nshift.webhook.vault"]._drop(webhooks, REPLACED.values())
        webhooks._write_health(replaced_until=None)
