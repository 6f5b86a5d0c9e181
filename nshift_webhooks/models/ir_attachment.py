from odoo import api, models

from ..payload.documents import is_label


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model_create_multi
    def create(self, vals_list):
        labelled = {
            vals["res_id"]
            for vals in vals_list
            if vals.get("res_model") == "stock.picking" and vals.get("res_id")
            if is_label(vals.get("name"))
        }
        if labelled:
            self.env["stock.picking"].browse(labelled)._nshift_webhook_touch()
        return super().create(vals_list)
