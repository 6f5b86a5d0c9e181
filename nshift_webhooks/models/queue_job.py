from odoo import models


class QueueJob(models.Model):
    """From a job of webhooks to the log of events."""

    _inherit = "queue.job"

    def related_action_open_record(self):
        deliver = self.env.ref("nshift_webhooks.action_deliver", False)
        if deliver and self.records == deliver:
            return self.env["ir.actions.act_window"]._for_xml_id(
                "nshift_webhooks.nshift_webhook_event_action"
            )
        return super().related_action_open_record()
