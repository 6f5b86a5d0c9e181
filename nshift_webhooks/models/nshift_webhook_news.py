from odoo import api, models
from odoo.tools import SQL

#: What browsers ask for, and the kind of what they then hear.
CHANNEL = "nshift_webhooks"
NEWS = "nshift_webhooks.news"


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
        companies = self.env["res.company"]
        for company_id, webhook_ids in rows:
            company = companies.browse(company_id or ())
            self.env["nshift.webhook"]._tell_pages(company, webhook_ids)


class NshiftWebhook(models.Model):
    """Pages that show a webhook hear how far it is with what it does in the background.

    They hear the same as those that show events.
    """

    _inherit = "nshift.webhook"

    def _tell_of_progress(self):
        """Tell those who may see these webhooks that more of an act on their events is
        done, as soon as this is committed.
        """
        for company, webhooks in self.exists().grouped("company_id").items():
            self._tell_pages(company, webhooks.ids)

    @api.model
    def _tell_pages(self, company, webhook_ids):
        """Have a company's users' pages that show these webhooks look again.

        :param company: ``res.company``; none for all who may see webhooks
        """
        # users' groups are channels in Odoo
        everybody = self.env.ref("nshift_webhooks.group_webhook_user")
        to = (company, CHANNEL) if company else everybody
        self.env["bus.bus"]._sendone(to, NEWS, {"webhook_ids": webhook_ids})


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        if CHANNEL in channels:
            channels = [channel for channel in channels if channel != CHANNEL]
            user = self.env.user
            if user.has_group("nshift_webhooks.group_webhook_user"):
                channels += [(company, CHANNEL) for company in user.company_ids]
        return super()._build_bus_channel_list(channels)
