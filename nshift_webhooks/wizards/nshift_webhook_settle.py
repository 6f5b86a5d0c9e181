from odoo import api, fields, models

WAITING = [("state", "=", "pending")]


class NshiftWebhookSettle(models.TransientModel):
    """Asks whether waiting events are sent when a copied database begins to send."""

    _name = "nshift.webhook.settle"
    _description = "Send webhooks from this database"

    # without default: dropping the waiting events of all companies cannot be undone
    kind = fields.Selection(
        [
            ("moved", "It was renamed or moved, and the former one is gone"),
            ("copy", "It is a copy, such as one for tests"),
        ],
        "This database",
    )
    original = fields.Char(compute="_compute_databases")
    database = fields.Char(compute="_compute_databases")
    environment = fields.Char(compute="_compute_databases")
    waiting_count = fields.Integer(
        "Number of waiting events", compute="_compute_waiting_count"
    )

    @api.model_create_multi
    def create(self, vals_list):
        self.check_access("create")
        self.env["nshift.webhook.home"]._check_may_settle()
        return super().create(vals_list)

    def _compute_databases(self):
        self.original = self.env["nshift.webhook.home"].get_original()
        self.database = self.env.cr.dbname
        parameters = self.env["ir.config_parameter"]
        self.environment = parameters._nshift_webhooks_environment()

    def _compute_waiting_count(self):
        self.env["nshift.webhook.home"]._check_may_settle()
        self.waiting_count = self._events().search_count(WAITING)

    def action_send(self):
        """Send from this database, including the waiting events."""
        self._check_may_act()
        return self._send()

    def action_drop(self):
        """Send from this database, without the waiting events."""
        self._check_may_act()
        webhooks = self._events()._read_group(WAITING, ["webhook_id"])
        for [webhook] in webhooks:
            self._events()._drop_waiting(webhook)
        return self._send()

    def _check_may_act(self):
        self.check_access("write")
        self.env["nshift.webhook.home"]._check_may_settle()

    def _send(self):
        self.env["nshift.webhook.home"]._settle()
        self.env["nshift.webhook.delivery"]._wake_up()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _events(self):
        # sudo: this database will send the events of all companies
        return self.env["nshift.webhook.event"].sudo()
