from odoo import api, models
from odoo.tools import SQL

#: What browsers ask for, and the kind of what they then hear.
CHANNEL = "nshift_webhooks"
ANSWERS = "nshift_webhooks.answers"


class NshiftWebhookEvent(models.Model):
    """Pages that show events hear of new answers, and ask for what they show anew.

    What they hear are ids of webhooks. Each company has a channel of its own, as rules
    go by company.
    """

    _inherit = "nshift.webhook.event"

    @api.model
    def _tell_of_answers(self, event_ids):
        """Tell those who may see events that answers to these were recorded."""
        rows = self.env.execute_query(
            SQL(
                "SELECT company_id, array_agg(DISTINCT webhook_id) "
                "FROM nshift_webhook_event WHERE id = ANY(%s) GROUP BY company_id",
                event_ids,
            )
        )
        bus = self.env["bus.bus"]
        for company_id, webhook_ids in rows:
            if company_id:
                to = self.env["res.company"].browse(company_id), CHANNEL
            else:
                # of no company: everybody's, whose groups are channels in Odoo
                to = self.env.ref("nshift_webhooks.group_webhook_user")
            bus._sendone(to, ANSWERS, {"webhook_ids": webhook_ids})


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        if CHANNEL in channels:
            channels = [channel for channel in channels if channel != CHANNEL]
            user = self.env.user
            if user.has_group("nshift_webhooks.group_webhook_user"):
                channels += [(company, CHANNEL) for company in user.company_ids]
        return super()._build_bus_channel_list(channels)
