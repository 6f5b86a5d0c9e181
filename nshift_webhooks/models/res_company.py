from odoo import models

from ..transaction import guest


class ResCompany(models.Model):
    _inherit = "res.company"

    def unlink(self):
        """Delete webhooks and events first: the database would leave no trace."""
        with guest(self.env, "The webhooks of %s are deleted without a trace", self):
            # sudo: a user who may delete a company need not manage its webhooks
            theirs = [("company_id", "in", self.ids)]
            webhooks = self.env["nshift.webhook"].sudo().with_context(active_test=False)
            webhooks.search(theirs).unlink()
            # without a company, events of webhooks for all would be seen by everybody
            self.env["nshift.webhook.event"].sudo().search(theirs).unlink()
        return super().unlink()
