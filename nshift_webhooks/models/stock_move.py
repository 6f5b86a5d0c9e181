from odoo import models


class StockMove(models.Model):
    """Moves are the lines of a shipment."""

    _name = "stock.move"
    _inherit = ["stock.move", "nshift.webhook.source"]

    _nshift_webhook_subject = "shipment"
    _nshift_webhook_parent = "picking_id"
