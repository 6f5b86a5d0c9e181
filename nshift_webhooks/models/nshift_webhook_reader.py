import uuid
from datetime import timedelta

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..payload.values import moment
from ..transaction import clean_env, guest
from .res_users_apikeys import SCOPE

GROUP = "nshift_webhooks.group_webhook_receiver"
LONGEST_DAYS = 365


class NshiftWebhookReader(models.Model):
    """The user as whom a receiving system reads the messages of a webhook.

    Nobody has the right to write here: the addon alone decides whose messages a user
    may read. The user is in no group with any rights, and its keys open nothing but the
    list of messages: see ``res.users.apikeys``.
    """

    _name = "nshift.webhook.reader"
    _description = "Reader of a webhook's messages"
    _log_access = False

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")

    _webhook_unique = models.UniqueIndex("(webhook_id)")
    _user_unique = models.UniqueIndex("(user_id)")

    @api.model
    def _of(self, webhook):
        """Return the user who reads a webhook's messages, made on the first call."""
        own = self.with_env(clean_env(self.env.cr))
        reader = own.search([("webhook_id", "=", webhook.id)])
        if not reader:
            user = own._make_user(webhook)
            reader = own.create({"webhook_id": webhook.id, "user_id": user.id})
        return reader.user_id

    @api.model
    def _make_user(self, webhook):
        # no mail, and none of the work that other addons do for human users
        quiet = {"no_reset_password": True, "tracking_disable": True}
        users = self.env["res.users"].with_context(**quiet)
        # the company of Odoo's own user, which every database has: any other company
        # could not be deleted any more because of this user
        company = users.browse(SUPERUSER_ID).company_id
        user = users.create(
            {
                "name": f"Webhook {webhook.id}: receiver",
                "login": f"webhook-{webhook.id}-{uuid.uuid4().hex}",
                "group_ids": [Command.set(self.env.ref(GROUP).ids)],
                "company_id": company.id,
                "company_ids": [Command.set(company.ids)],
            }
        )
        # in SQL: Odoo wants users' contacts active, but this contact is no customer
        user.flush_recordset()
        partner = user.partner_id
        partner.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET active = FALSE WHERE id = %s", (partner.id,)
        )
        partner.invalidate_recordset(["active"], flush=False)
        return user

    @api.model
    def _remove(self, users):
        """Delete readers' users; if Odoo refuses, at least their keys."""
        users = users.with_env(clean_env(self.env.cr)).with_context(active_test=False)
        if not users:
            return
        self.env.cr.execute(
            "DELETE FROM res_users_apikeys WHERE user_id = ANY(%s)", (users.ids,)
        )
        with guest(users.env, "The users %s, who read messages, stay", users):
            partners = users.partner_id
            users.unlink()
            partners.unlink()


class NshiftWebhook(models.Model):
    """The keys with which a receiving system reads this webhook's messages."""

    _inherit = "nshift.webhook"

    catch_up_until = fields.Datetime(
        "Receiver's key valid until",
        compute="_compute_catch_up_until",
        help="Until when the receiving system can read the messages of this webhook "
        "with a key.",
    )

    def _compute_catch_up_until(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT reader.webhook_id, max(key.expiration_date)
                  FROM nshift_webhook_reader AS reader
                  JOIN res_users_apikeys AS key ON key.user_id = reader.user_id
                 WHERE reader.webhook_id = ANY(%s) AND key.expiration_date >= %s
                 GROUP BY reader.webhook_id
                """,
                self.ids,
                fields.Datetime.now(),
            )
        )
        until = dict(rows)
        for webhook in self:
            webhook.catch_up_until = until.get(webhook.id)

    def make_catch_up_key(self, days=90):
        """Make a key for reading the messages of this webhook.

        Earlier keys go on working until they expire or are revoked.

        :param int days: how long the key is valid, 1 to 365
        :return: dict of ``key``, which nobody can see again, and ``expires_at`` (ISO
            8601)
        :raises UserError: the webhook is archived, or the days are out of range
        :raises AccessError: the user may not change the webhook
        """
        self.ensure_one()
        self.check_access("write")
        self._check_reach()
        if type(days) is not int or not 1 <= days <= LONGEST_DAYS:
            raise UserError(self.env._("Days: choose a number from 1 to 365."))
        if not self.active:
            raise UserError(
                self.env._(
                    "An archived webhook has no key: take it out of the archive first."
                )
            )
        reader = self.env["nshift.webhook.reader"]._of(self)
        expires_at = fields.Datetime.now() + timedelta(days=days)
        keys = reader.with_user(reader).env["res.users.apikeys"].sudo()
        key = keys._generate(SCOPE, reader.name, expires_at)
        self._note("key_made", new=f"{expires_at} UTC")
        self.invalidate_recordset(["catch_up_until"], flush=False)
        return {"key": key, "expires_at": moment(expires_at)}

    def revoke_catch_up_keys(self):
        """Revoke all keys for reading the messages of these webhooks.

        :raises AccessError: the user may not change the webhooks
        """
        self.check_access("write")
        self._check_reach()
        self._revoke_keys()

    def _revoke_keys(self):
        """Delete readers with their keys. The caller has checked the user's rights."""
        own = self.env["nshift.webhook.reader"].with_env(clean_env(self.env.cr))
        readers = own.search([("webhook_id", "in", self.ids)])
        with_key = readers.webhook_id.filtered("catch_up_until")
        for webhook in self.browse(with_key.ids):
            webhook._note("keys_revoked")
        own._remove(readers.user_id)
        self.invalidate_recordset(["catch_up_until"], flush=False)

    def write(self, vals):
        result = super().write(vals)
        if "active" in vals and not vals["active"]:
            self._revoke_keys()
        return result

    def unlink(self):
        self.check_access("unlink")
        self._check_reach()
        self._revoke_keys()
        return super().unlink()

    def action_make_catch_up_key(self):
        """Ask how long a key for the receiving system is valid."""
        self.ensure_one()
        return self._open_dialog(
            "nshift.webhook.reader.key",
            self.env._("Key for the receiver of “%(name)s”", name=self.name),
        )
