from odoo import fields, models


class NshiftWebhookFlight(models.Model):
    """An attempt that has been announced, and whose outcome is not recorded yet.

    A delivery job announces what it is about to send. Where another job finds such a
    line, the process that wrote it has ended: the attempt counts as a failed one, so
    that a message or an endpoint that kills whoever sends to it is given up at last.

    Nobody but the delivery job has to do with these lines. They refer to webhooks and
    events by number only, so that nobody who deletes one waits for a delivery.
    """

    _name = "nshift.webhook.flight"
    _description = "Webhook attempt under way"
    _log_access = False

    webhook_id = fields.Integer(required=True, index=True)
    event_id = fields.Integer(required=True)
    announced_at = fields.Datetime(required=True)
