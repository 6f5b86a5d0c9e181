from odoo import fields, models


class NshiftWebhookSecret(models.TransientModel):
    """Shows a webhook's secret; it keeps no copy of it."""

    _name = "nshift.webhook.secret"
    _description = "Webhook secret"

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")
    # not as superuser: a webhook of another company shows its secret to none of ours
    secret = fields.Char(
        "Signing secret",
        related="webhook_id.secret",
        related_sudo=False,
        exportable=False,
    )
    public_key = fields.Char(
        "Public key", related="webhook_id.public_key", related_sudo=False
    )
    replaced_until = fields.Datetime(
        related="webhook_id.replaced_until", related_sudo=False
    )
