from odoo import api, models
from odoo.tools import SQL

#: The channel that browsers subscribe to, and the type of its notifications.
CHANNEL = "nshift_webhooks"
NEWS = "nshift_webhooks.news"


class NshiftWebhookEvent(models.Model):
    """Notifies pages that show events of new answers, for them to load events anew.

    A notification has only ids of webhooks. Each company has a channel of its own,
    since record rules go by company.
    """

    _inherit = "nshift.webhook.event"

    @api.model
    def _tell_of_answers(self, event_ids):
        """Notify users who may see these events that answers were recorded."""
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
    """Notifies pages that show a webhook of its progress in the background.

    The notifications are the same as for events.
    """

    _inherit = "nshift.webhook"

    def _tell_of_progress(self):
        """Notify users who may see these webhooks of progress with an act on events, as
        soon as this transaction is committed.
        """
        for company, webhooks in self.exists().grouped("company_id").items():
            self._tell_pages(company, webhooks.ids)

    @api.model
    def _tell_pages(self, company, webhook_ids):
        """Have open pages that show these webhooks load them anew.

        :param company: ``res.company`` whose users have the pages; empty for all users
            who may see webhooks
        """
        # a group of users is a channel in Odoo
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
