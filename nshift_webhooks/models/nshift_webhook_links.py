from odoo import api, fields, models
from odoo.exceptions import UserError


class NshiftWebhookEvent(models.Model):
    """Links from an event: to its order or shipment, to a shipment's orders, and to the
    neighbouring events of the same record and webhook.
    """

    _inherit = "nshift.webhook.event"

    before_id = fields.Many2one(
        "nshift.webhook.event", "Event before", compute="_compute_neighbours"
    )
    after_id = fields.Many2one(
        "nshift.webhook.event", "Event after", compute="_compute_neighbours"
    )
    may_open_record = fields.Boolean(compute="_compute_record_links")
    leading_name = fields.Char("Orders", compute="_compute_record_links")

    @api.depends("res_model", "res_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_record_links(self):
        for event in self:
            record = event._record_to_open()
            event.may_open_record = bool(record)
            event.leading_name = ", ".join(event._leading(record).mapped("name"))

    def _record_to_open(self):
        """Return the order or shipment; empty if deleted or not for the user to see."""
        record = self._told_of()
        return record if record.has_access("read") else record.browse()

    def _leading(self, record):
        """Return a shipment's orders that the user may see; empty for other records.

        :param record: from :meth:`_record_to_open`
        """
        nothing = record.env["sale.order"]
        if getattr(record, "_nshift_webhook_goes_after", None) != nothing._name:
            return nothing
        if not (record and nothing.has_access("read")):
            return nothing
        # sudo: the user may not see all of a shipment's moves
        ids = record.sudo()._nshift_webhook_leading_ids()
        return nothing.browse(ids)._filtered_access("read")

    def action_open_leading(self):
        """Open the order of a shipment, or the list of its orders."""
        self.ensure_one()
        orders = self._leading(self._record_to_open())
        if not orders:
            raise UserError(self.env._("There is no order that you may see."))
        if len(orders) == 1:
            return orders.get_formview_action()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Orders of %s", self.res_name),
            "res_model": orders._name,
            "view_mode": "list,form",
            "domain": [("id", "in", orders.ids)],
        }

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_neighbours(self):
        for event in self:
            event.before_id, event.after_id = event._neighbours()

    def _neighbours(self):
        """Return the previous and the next event, as far as the user may see them.

        Both come from a single query over all events of the record: asked for the
        nearest only, PostgreSQL may go through the log in the order of its ids.
        """
        nothing = self.browse()
        if not self.id:
            return nothing, nothing
        self.flush_model(["webhook_id", "res_model", "res_id"])
        self.env.cr.execute(
            """
            SELECT max(id) FILTER (WHERE id < %(id)s),
                   min(id) FILTER (WHERE id > %(id)s)
              FROM nshift_webhook_event
             WHERE res_model = %(model)s AND res_id = %(res_id)s
               AND webhook_id = %(webhook)s
            """,
            {
                "id": self.id,
                "model": self.res_model,
                "res_id": self.res_id,
                "webhook": self.webhook_id.id,
            },
        )
        [ids] = self.env.cr.fetchall()
        found = [self.browse(id_ or ()) for id_ in ids]
        # the record may have belonged to another company
        return [each.sudo(False)._filtered_access("read") for each in found]

    def action_open_before(self):
        """Open the previous event."""
        return self._open_neighbour("before_id")

    def action_open_after(self):
        """Open the next event."""
        return self._open_neighbour("after_id")

    def _open_neighbour(self, name):
        self.ensure_one()
        if not self[name]:
            raise UserError(self.env._("There is no such event any more."))
        return self[name].get_formview_action()
