from odoo import api, models


class NshiftWebhookNamed(models.AbstractModel):
    """A model whose records' names are seen by nobody who may not see the records.

    Odoo reads the name of whatever a many2one, an activity, a message or an error
    refers to as superuser, for everybody.
    """

    _name = "nshift.webhook.named"
    _description = "Webhook record with a name"

    #: No message tells the name of what refers to such a record either.
    _nshift_webhook_hides_names = True

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        result = super()._compute_display_name()
        self._hide_names()
        return result

    def _hide_names(self):
        """Take the names of records away that the user may not see."""
        # those that are not saved yet have the name that the user has given
        saved = self.filtered("id")
        visible = saved.sudo(False)._filtered_access("read")
        for record in saved - visible.with_env(self.env):
            record.display_name = self.env._("(not for you to see)")
