from odoo import models

from ..transaction import harmless, savepoint


class ResCompany(models.Model):
    _inherit = "res.company"

    def unlink(self):
        """Delete webhooks as if somebody had: the database would leave no trace."""
        with (
            harmless("The webhooks of %s are deleted without a trace", self),
            savepoint(self.env.cr),
        ):
            # whoever may delete a company need not manage its webhooks
            self.env["nshift.webhook"].sudo().with_context(active_test=False).search(
                [("company_id", "in", self.ids)]
            ).unlink()
        return super().unlink()
