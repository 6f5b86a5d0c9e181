from odoo import models


class SaleOrderLine(models.Model):
    """Lines are told with their order: a change to one is a change to the order."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "nshift.webhook.source"]

    _nshift_webhook_subject = "order"

    def _nshift_webhook_subjects(self, vals_list):
        order_ids = {vals["order_id"] for vals in vals_list if vals.get("order_id")}
        if any("order_id" not in vals for vals in vals_list) and not self:
            order_ids.add(self.default_get(["order_id"]).get("order_id"))
        return self.order_id | self.env["sale.order"].browse(order_ids - {None, False})
