from odoo import fields, models


class NshiftWebhookFlight(models.Model):
    """An attempt that was announced, and whose outcome is not recorded yet.

    A delivery job announces each attempt before sending. If another job finds such a
    line, the process that wrote the line has ended. The attempt counts as failed, so
    that a message or an endpoint that kills its sender is given up in the end.

    Only the delivery job uses these lines. They refer to webhooks and events by number,
    so that deleting either does not wait for a delivery.
    """

    _name = "nshift.webhook.flight"
    _description = "Webhook attempt under way"
    _log_access = False

    webhook_id = fields.Integer(required=True, index=True)
    event_id = fields.Integer(required=True)
    announced_at = fields.Datetime(required=True)
