from odoo import api, models

PARAMETER = "nshift_webhooks.home_database"


class NshiftWebhookHome(models.AbstractModel):
    """The database that webhooks are sent from.

    A copy of it, as is made for tests, must not tell others what happens in it, nor
    send what waits in the original. So a database sends only if it has the UUID and the
    name of the one where the addon was installed, or where a manager has allowed it.
    """

    _name = "nshift.webhook.home"
    _description = "Database that webhooks are sent from"

    @api.model
    def _settle(self):
        """Have webhooks sent from this database."""
        # whoever may manage webhooks may do this, though parameters are system
        # administrators'
        self.env["ir.config_parameter"].sudo().set_param(PARAMETER, self._address())

    @api.model
    def _is_here(self):
        """Return whether webhooks are sent from this database."""
        return self._settled() == self._address()

    @api.model
    def get_original(self):
        """Return the name of the database that this one is a copy of.

        :return: None if webhooks are sent from here
        :raises AccessError: the user may not see webhooks
        """
        self.env["nshift.webhook"].check_access("read")
        return None if self._is_here() else self._settled().partition(" ")[2] or "?"

    @api.model
    def _address(self):
        # see _settle
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{uuid} {self.env.cr.dbname}"

    @api.model
    def _settled(self):
        # see _settle
        return self.env["ir.config_parameter"].sudo().get_param(PARAMETER) or ""
