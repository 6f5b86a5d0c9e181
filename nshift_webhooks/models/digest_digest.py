from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from .nshift_webhook_hour import hour_of


class DigestDigest(models.Model):
    """A company's numbers of messages received and given up, in Odoo's periodic
    mail.
    """

    _inherit = "digest.digest"

    kpi_nshift_webhook_received = fields.Boolean("Webhook Messages Received")
    kpi_nshift_webhook_received_value = fields.Integer(
        compute="_compute_nshift_webhook_values"
    )
    kpi_nshift_webhook_given_up = fields.Boolean("Webhook Messages Given Up")
    kpi_nshift_webhook_given_up_value = fields.Integer(
        compute="_compute_nshift_webhook_values"
    )

    @api.depends_context("start_datetime", "end_datetime", "uid", "company")
    def _compute_nshift_webhook_values(self):
        self._nshift_webhook_check_access()
        for digest in self:
            received, given_up = digest._nshift_webhook_figures()
            digest.kpi_nshift_webhook_received_value = received
            digest.kpi_nshift_webhook_given_up_value = given_up

    def _nshift_webhook_check_access(self):
        """Leave the tiles out of the mails of users who may not see webhooks.

        :raises AccessError: the user may not see webhooks; Odoo then leaves tiles out
        """
        if not self.env.user.has_group("nshift_webhooks.group_webhook_user"):
            raise AccessError(self.env._("You may not see webhooks."))

    def _nshift_webhook_figures(self):
        """Return how many messages were received and given up, by the full hour.

        Figures of webhooks for all companies are in the digest of each company.
        """
        # in UTC, though the context's times have the company's time zone
        *period, companies = self._get_kpi_compute_parameters()
        start, end = (hour_of(fields.Datetime.to_datetime(time)) for time in period)
        [[received, given_up]] = self.env.execute_query(
            SQL(
                """
                SELECT COALESCE(sum(figures.received), 0),
                       COALESCE(sum(figures.given_up), 0)
                  FROM nshift_webhook AS webhook
                  JOIN nshift_webhook_hour AS figures
                    ON figures.webhook_id = webhook.id
                 WHERE figures.hour >= %s AND figures.hour < %s
                   AND (webhook.company_id IS NULL OR webhook.company_id = ANY(%s))
                """,
                start,
                end,
                companies.ids,
            )
        )
        return received, given_up

    def _compute_kpis(self, company, user):
        kpis = super()._compute_kpis(company, user)
        for kpi in kpis:
            if kpi["kpi_name"] == "kpi_nshift_webhook_given_up":
                # Odoo's green arrow for growth would praise lost messages
                for column in ("kpi_col1", "kpi_col2", "kpi_col3"):
                    kpi[column]["margin"] = 0.0
        return kpis

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        menu = self.env["ir.model.data"]._xmlid_to_res_id(
            "nshift_webhooks.menu_webhooks_root"
        )
        action = f"nshift_webhooks.nshift_webhook_overview_action?menu_id={menu}"
        actions["kpi_nshift_webhook_received"] = action
        actions["kpi_nshift_webhook_given_up"] = action
        return actions
