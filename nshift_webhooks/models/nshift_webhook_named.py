from odoo import api, models


class NshiftWebhookNamed(models.AbstractModel):
    """A model whose records' names are hidden from users who may not see the records.

    Odoo reads the names of records as superuser, for everybody, wherever a many2one, an
    activity, a message or an error refers to them.
    """

    _name = "nshift.webhook.named"
    _description = "Webhook record with a name"

    #: Fields that refer to such records cannot be chosen for messages either.
    _nshift_webhook_hides_names = True

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        self._hide_names()
        return result

    def _hide_names(self):
        """Hide the names of records that the user may not see."""
        # the user has named the unsaved records
        saved = self.filtered("id")
        visible = saved.sudo(False)._filtered_access("read")
        for record in saved - visible.with_env(self.env):
            record.display_name = self.env._("(not for you to see)")
