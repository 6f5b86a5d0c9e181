from odoo import api, fields, models
from odoo.exceptions import UserError

#: How many characters of a value are kept.
LONGEST_TEXT = 2000


class NshiftWebhookAudit(models.Model):
    """The audit log: lines are added and never changed.

    Nobody has the right to write a line, and even code that runs as superuser is
    refused to change or delete one. Lines outlive the webhook and the user that they
    name. No line contains a secret.
    """

    _name = "nshift.webhook.audit"
    _inherit = ["nshift.webhook.export", "nshift.webhook.named"]
    _description = "Webhook audit log"
    _order = "id desc"
    _rec_name = "webhook_name"
    _log_access = False

    happened_at = fields.Datetime("Date", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", readonly=True, index=True, ondelete="set null"
    )
    user_name = fields.Char("Who", required=True, readonly=True)
    webhook_id = fields.Many2one(
        "nshift.webhook", readonly=True, index=True, ondelete="set null"
    )
    webhook_name = fields.Char("Name of the webhook", readonly=True)
    webhook_number = fields.Integer(
        "Number of the webhook",
        readonly=True,
        aggregator=None,
        help="Tells webhooks of the same name apart when they are deleted.",
    )
    company_id = fields.Many2one(
        "res.company", readonly=True, index=True, ondelete="set null"
    )
    is_for_all = fields.Boolean(
        "For all companies",
        readonly=True,
        help="Whether the webhook was for all companies. A line without a company may "
        "also be on one that has been deleted.",
    )
    action = fields.Selection(
        [
            ("created", "Webhook created"),
            ("changed", "Setting changed"),
            ("deleted", "Webhook deleted"),
            ("stopped", "Stopped by the receiving system's failures"),
            ("paused", "Paused"),
            ("enabled", "Enabled"),
            ("tried", "Receiving system tried again"),
            ("tested", "Test event sent"),
            ("secret_shown", "Signing secret shown"),
            ("secret_given", "Signing secret replaced by a given one"),
            ("secret_rotated", "Signing secret rotated, both sign for a while"),
            ("secret_replaced", "Signing secret replaced at once"),
            ("key_made", "Receiver's key made"),
            ("keys_revoked", "Receiver's keys revoked"),
            ("header_added", "Header added"),
            ("header_renamed", "Header renamed"),
            ("header_value", "Header's value set"),
            ("header_removed", "Header removed"),
            ("header_dropped", "Header's value dropped: the URL has another host"),
            ("client_secret_set", "Client secret set"),
            ("client_secret_dropped", "Client secret dropped"),
            ("token_tested", "Connection to the token server tested"),
            ("events_sent", "Events sent again"),
            ("sending_stopped", "Sending again stopped"),
            ("message_signed", "Message signed for another address"),
            ("events_cancelled", "Events not to be sent"),
            ("events_deleted", "Events deleted"),
            ("state_sent", "Current state sent"),
            ("state_stopped", "Sending of the current state stopped"),
            ("parameter", "System parameter changed"),
            ("field_added", "Further field chosen"),
            ("field_changed", "Further field changed"),
            ("field_removed", "Further field removed"),
        ],
        required=True,
        readonly=True,
    )
    subject = fields.Char(
        "What", readonly=True, help="The setting, the header or the events."
    )
    old = fields.Char("Before", readonly=True)
    new = fields.Char("After", readonly=True)

    @api.model
    def _note(
        self,
        action,
        webhook=None,
        subject=None,
        old=None,
        new=None,
        company=None,
        name=None,
    ):
        """Add a line about an act of this environment's user.

        :param str action: a value of the field ``action``
        :param webhook: ``nshift.webhook``, at most one
        :param str subject: the name of a setting or of a header, or the events
        :param str old: the value before, without secrets
        :param str new: the value after, without secrets
        :param company: ``res.company`` whose users see the line; by default the
            webhook's
        :param str name: the webhook's name for these users; by default its current one
        """
        webhook = (webhook or self.env["nshift.webhook"]).sudo()
        company = webhook.company_id if company is None else company
        user = self.env.user
        # As superuser, since nobody has the right, and with an empty context, since a
        # client's could set defaults.
        self.with_env(self.env(su=True, context={})).create(
            {
                "happened_at": fields.Datetime.now(),
                "user_id": user.id,
                "user_name": f"{user.sudo().name} ({user.sudo().login})",
                "webhook_id": webhook.id,
                "webhook_name": name or webhook.name,
                "webhook_number": webhook.id,
                "company_id": company.id,
                "is_for_all": bool(webhook) and not company,
                "action": action,
                "subject": subject and subject[:LONGEST_TEXT],
                "old": old and old[:LONGEST_TEXT],
                "new": new and new[:LONGEST_TEXT],
            }
        )

    def write(self, vals):
        if self:
            self._refuse()
        return super().write(vals)

    # even during an uninstallation, which a client's context can pretend
    @api.ondelete(at_uninstall=True)
    def _unlink_except_never(self):
        self._refuse()

    def _refuse(self):
        raise UserError(
            self.env._("The audit log cannot be changed: lines are only added.")
        )
