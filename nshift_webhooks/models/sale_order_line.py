from odoo import models


class SaleOrderLine(models.Model):
    """Lines are told with their order: a change to one is a change to the order."""

    _name = "sale.order.line"
    _inherit = ["sale.order.line", "nshift.webhook.source"]

    _nshift_webhook_subject = "order"
    _nshift_webhook_parent = "order_id"
