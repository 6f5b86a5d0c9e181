from odoo import models


class Base(models.AbstractModel):
    _inherit = "base"

    def unlink(self):
        self.env["nshift.webhook.outbox"]._touch_referring(self)
        return super().unlink()
