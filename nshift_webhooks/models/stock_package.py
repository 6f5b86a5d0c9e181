from odoo import models


class StockPackage(models.Model):
    """A package is told with the shipments that it is in."""

    _name = "stock.package"
    _inherit = ["stock.package", "nshift.webhook.source"]

    _nshift_webhook_subject = "shipment"

    def _nshift_webhook_subjects(self, vals_list):
        return (
            self.env["stock.move.line"]
            .search([("result_package_id", "in", self.ids)])
            .picking_id
        )
