from odoo import models, tools


class ResCountry(models.Model):
    _inherit = "res.country"

    # Odoo clears this cache when a country's code changes.
    @tools.ormcache("self.id", cache="stable")
    def _nshift_webhook_code(self):
        """Return the ISO code, None for no country."""
        return self.code or None
