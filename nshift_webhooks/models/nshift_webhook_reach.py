from odoo import api, models
from odoo.exceptions import AccessError, ValidationError


class NshiftWebhook(models.Model):
    """The companies whose orders a webhook tells of, and the users who may manage it.

    Record rules let everybody see the webhooks for all companies. A manager of such a
    webhook has the orders of all companies told, which takes more than the right to
    write.
    """

    _inherit = "nshift.webhook"

    def _check_reach(self):
        """Refuse users who would have orders told that they may not see themselves.

        :raises AccessError: the user does not belong to the company of each webhook
        """
        if not self.env.su:
            for company in {webhook.company_id for webhook in self}:
                self._check_company_reach(company)

    def _check_value_of(self, field, value, kept):
        if field.name == "company_id":
            self._check_company_reach(self.env["res.company"].browse(kept or ()))
        return super()._check_value_of(field, value, kept)

    @api.model
    def _check_company_reach(self, company):
        """Refuse users who may not manage the webhooks of a company.

        :param company: ``res.company``; empty for the webhooks of all companies
        :raises AccessError: the user does not belong to the company, or to all
        """
        if self.env.su:
            return
        if company - self.env.user.company_ids:
            raise AccessError(
                self.env._(
                    "You do not belong to the company whose orders the webhook is for."
                )
            )
        if not company and not self._belongs_to_all(self.env.user):
            raise AccessError(
                self.env._(
                    "A webhook for all companies can be managed only by who belongs to "
                    "all of them: choose one of your companies."
                )
            )

    @api.model
    def _belongs_to_all(self, user):
        """Tell whether a user may know of the orders of all companies."""
        # a system administrator may join any company
        if user._is_superuser() or user.has_group("base.group_system"):
            return True
        # sudo: all companies count, not only those that the user may see
        others = [("id", "not in", user.sudo().company_ids.ids)]
        return not self.env["res.company"].sudo().search_count(others, limit=1)

    def _concerns(self, user):
        """Tell whether a user may know of the webhook's trouble."""
        self.ensure_one()
        if not user.has_group("nshift_webhooks.group_webhook_user"):
            return user._is_superuser()
        # sudo: the current user may not see which companies another user belongs to
        return (
            self.company_id in user.sudo().company_ids
            if self.company_id
            else self._belongs_to_all(user)
        ) or user._is_superuser()

    @api.model
    def _domain_of_responsible(self):
        """Return the domain of the users whom the form offers as responsible.

        Their companies are checked when the webhook is saved.
        """
        users = self.env["ir.model.data"]._xmlid_to_res_id(
            "nshift_webhooks.group_webhook_user"
        )
        return [("share", "=", False), ("all_group_ids", "in", [users])]

    @api.constrains("user_id", "company_id")
    def _check_responsible(self):
        for webhook in self.filtered("user_id"):
            if not webhook._concerns(webhook.user_id):
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be responsible for “%(webhook)s”: choose "
                        "somebody who may see webhooks and belongs to its company, or "
                        "to all companies if it is for all.",
                        user=webhook.user_id.sudo().name,
                        webhook=webhook.name,
                    )
                )
