from odoo import models

from ..transaction import select_stored


class StockPackage(models.Model):
    """A package is told with the shipments that it is in."""

    _name = "stock.package"
    _inherit = ["stock.package", "nshift.webhook.source"]

    _nshift_webhook_subject = "shipment"

    def _nshift_webhook_subjects(self, vals_list):
        lines = self.env["stock.move.line"]
        picking_ids = select_stored(
            lines, [("result_package_id", "in", self.ids)], "picking_id"
        )
        return self.env["stock.picking"].sudo().browse(filter(None, picking_ids))
