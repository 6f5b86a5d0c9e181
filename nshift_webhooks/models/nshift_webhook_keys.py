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

#: What is shown in place of a secret.
MASK = "••••••••"
#: The names of keys in the vault. Those before are kept while they sign, too.
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
        # not even in the answer to setting it
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
            # without the secret: messages end up in logs
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
        """Make the keys that these webhooks lack, and forget those not wanted."""
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
        """Show the secret in a dialog; the audit log keeps who has seen it."""
        self.ensure_one()
        # checks who asks
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
        """Sign with new keys, and for a while also with those before.

        :param int hours: how long; 0: not at all
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        vault = self.env["nshift.webhook.vault"]
        until = fields.Datetime.now() + timedelta(hours=hours) if hours else None
        # before the vault: of two rotations at once, only one gets through
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
        """Wipe keys that do not sign any more."""
        # of all companies, archived ones too
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
