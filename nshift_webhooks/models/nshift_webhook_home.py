from odoo import api, models
from odoo.exceptions import AccessError, UserError

from .ir_config_parameter import ENVIRONMENT_PARAMETER, HOME_PARAMETER


class NshiftWebhookHome(models.AbstractModel):
    """The database that webhooks are sent from.

    A copy of the database, such as for tests, must not tell others of its own changes,
    nor send the messages that wait in the original. So a database sends only if it has
    the UUID and the name of the database where the addon was installed, or where a
    manager has allowed the sending.
    """

    _name = "nshift.webhook.home"
    _description = "Database that webhooks are sent from"

    @api.model
    def _settle(self):
        """Have webhooks sent from this database from now on."""
        # sudo: parameters are system administrators', but managers of webhooks may
        # decide this
        parameters = self.env["ir.config_parameter"].sudo()
        if self._settled():
            # a copy must not call itself production
            parameters.set_param(ENVIRONMENT_PARAMETER, False)
        parameters.set_param(HOME_PARAMETER, self._address())

    @api.model
    def _check_may_settle(self):
        """Refuse users who may not have webhooks sent from here.

        :raises AccessError: the user does not manage the webhooks of all companies,
            though all of them would be sent from here
        :raises UserError: webhooks are sent from here already
        """
        webhooks = self.env["nshift.webhook"]
        webhooks.check_access("write")
        if not self.env.su and not webhooks._belongs_to_all(self.env.user):
            raise AccessError(
                self.env._(
                    "Where webhooks are sent from is decided for all companies: ask "
                    "somebody who belongs to all of them."
                )
            )
        if self._is_here():
            raise UserError(self.env._("Webhooks are sent from this database already."))

    @api.model
    def _is_here(self):
        """Tell whether webhooks are sent from this database."""
        return self._settled() == self._address()

    @api.model
    def get_original(self):
        """Return the name of the database that this one is a copy of.

        :return: None if webhooks are sent from here; ``?`` if the name is not known
        :raises AccessError: the user may not see webhooks
        """
        self.env["nshift.webhook"].check_access("read")
        return None if self._is_here() else self._settled().partition(" ")[2] or "?"

    @api.model
    def may_settle(self):
        """Tell whether the user may have webhooks sent from here, which is a copy."""
        try:
            self._check_may_settle()
        except (AccessError, UserError):
            return False
        return True

    @api.model
    def _address(self):
        # sudo: see _settle
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid")
        return f"{uuid} {self.env.cr.dbname}"

    @api.model
    def _settled(self):
        # sudo: see _settle
        return self.env["ir.config_parameter"].sudo().get_param(HOME_PARAMETER) or ""
