from odoo import api, fields, models
from odoo.fields import Domain

#: How many orders, and how many shipments, a text finds at the most: the newest ones.
MOST_FOUND = 1000


class NshiftWebhookEvent(models.Model):
    """Events are found by what people know of an order or a shipment.

    The orders and shipments are searched, which have indexes for that and are fewer
    than events, and not the messages.
    """

    _inherit = "nshift.webhook.event"

    about = fields.Char(
        "Order, shipment, reference or customer",
        compute="_compute_about",
        search="_search_about",
    )

    # what has been deleted is found by its name
    _name_index = models.Index("(res_name)")

    @api.depends("res_name")
    def _compute_about(self):
        for event in self:
            event.about = event.res_name

    @api.model
    def _search_about(self, operator, value):
        if operator != "ilike" or not value:
            return NotImplemented
        found = Domain("res_name", "in", [value, value.upper()])
        for model in self.env["nshift.webhook.subject"]._nshift_webhook_models():
            # sudo: whoever sees the log sees customers and references in messages
            records = model.sudo().with_context(active_test=False)
            ids = records._nshift_webhook_found(value, MOST_FOUND).ids
            found |= Domain("res_model", "=", model._name) & Domain("res_id", "in", ids)
        return found
