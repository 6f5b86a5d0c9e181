from odoo import api, fields, models


class NshiftWebhookEvent(models.Model):
    """Why an event has not been delivered, and how that is mended."""

    _inherit = "nshift.webhook.event"

    advice = fields.Text("What to do", compute="_compute_advice")

    @api.depends("failure", "error", "response_code", "state")
    def _compute_advice(self):
        for event in self:
            event.advice = event._advice()

    def _advice(self):
        """Say in the user's language what went wrong last and how to mend it."""
        if self.state == "superseded":
            return self.env._(
                "A later message on the same order or shipment was sent instead, since "
                "the webhook is set to the latest state only."
            )
        if self.is_wiped:
            return self.env._(
                "The message and the endpoint's answers were wiped after its delivery, "
                "as the webhook is set to."
            )
        if not self.failure:
            return False
        advices = {
            "payload": self.env._(
                "The message could not be built, so nothing was sent. The order or "
                "shipment itself is saved. Show the technical detail to whoever looks "
                "after your Odoo, and when it is mended, build and send the message "
                "with the button above."
            ),
            "size": self.env._(
                "The message has more than 5 MB, which endpoints do not take, so it "
                "was not kept. The order or shipment itself is saved. Shorten its "
                "longest texts, such as the description of a line, then build and send "
                "the message with the button above."
            ),
            "url": self.env._(
                "Nothing was sent, because the webhook's URL is not a proper HTTPS "
                "address. Correct it; what is waiting is then sent there."
            ),
            "address": self.env._(
                "Nothing was sent, because the host in the webhook's URL has an "
                "address that is not public. If it is a system of your own, a system "
                "administrator can allow it with the system parameter "
                "nshift_webhooks.internal_hosts, such as erp.internal, 10.1.0.0/16."
            ),
            "dns": self.env._(
                "The host in the webhook's URL could not be found. Check the URL for "
                "typing errors; if it is right, the endpoint's DNS is at fault."
            ),
            "tls": self.env._(
                "The endpoint's certificate was not accepted, so nothing was sent. "
                "Its operator has to install a valid certificate for this host name."
            ),
            "timeout": self.env._(
                "The endpoint did not answer in time. It may have received the "
                "message all the same; the next attempt carries the same message ID."
            ),
            "connection": self.env._(
                "No connection to the endpoint, or it broke off. Ask its operator "
                "whether it is running and reachable from here."
            ),
            "redirect": self.env._(
                "The endpoint points to another address. Redirects are not followed: "
                "if the new address is right, put it into the webhook's URL."
            ),
            "status": self.env._(
                "The endpoint answered %(code)s, and only answers from 200 to 299 "
                "count as received. Its answer, below, may tell why.",
                code=self.response_code,
            ),
            "interrupted": self.env._(
                "Odoo was stopped, or stopped itself, before the endpoint's answer was "
                "written down. The endpoint may have received the message all the "
                "same; the next attempt carries the same message ID. If it happens "
                "again and again, Odoo's log tells why its process ends."
            ),
            "fault": self.env._(
                "Something is wrong in Odoo itself. Show the technical detail to "
                "whoever looks after your Odoo; the log tells more."
            ),
        }
        return advices[self.failure]
