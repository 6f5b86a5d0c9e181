from odoo import fields, models


class NshiftWebhookSettle(models.TransientModel):
    """Asks what becomes of what waits, when webhooks are to be sent from a copy."""

    _name = "nshift.webhook.settle"
    _description = "Send webhooks from this database"

    original = fields.Char(
        default=lambda self: self.env["nshift.webhook.home"].get_original(),
        readonly=True,
    )
    database = fields.Char(default=lambda self: self.env.cr.dbname, readonly=True)
    waiting_count = fields.Integer(
        "Number of waiting events", compute="_compute_waiting_count"
    )

    def _compute_waiting_count(self):
        self.waiting_count = self._waiting().search_count([("state", "=", "pending")])

    def action_send(self):
        """Send from here, also what waits."""
        self.env["nshift.webhook.home"]._settle()
        self.env["nshift.webhook.delivery"]._wake_up()
        return self._reload()

    def action_drop(self):
        """Send from here, but not what has been waiting."""
        self._waiting().search([("state", "=", "pending")]).action_cancel()
        return self.action_send()

    def _waiting(self):
        # all companies' events, since all are sent from here
        return self.env["nshift.webhook.event"].sudo()

    def _reload(self):
        return {"type": "ir.actions.client", "tag": "soft_reload"}
