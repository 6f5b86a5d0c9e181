from odoo import api, models


class SaleOrder(models.Model):
    """A new event of something that has events already: only the trigger."""

    _inherit = "sale.order"

    @api.model
    def _nshift_webhook_happened(self, change):
        happened = super()._nshift_webhook_happened(change)
        if change.entered("sent"):
            happened.append("order.sent")
        return happened
