from odoo import models


class StockMoveLine(models.Model):
    """Move lines are the contents of a shipment's lines and packages."""

    _name = "stock.move.line"
    _inherit = ["stock.move.line", "nshift.webhook.source"]

    _nshift_webhook_subject = "shipment"
    _nshift_webhook_parent = "picking_id"
