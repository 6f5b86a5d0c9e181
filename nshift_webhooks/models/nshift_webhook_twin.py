from odoo import api, fields, models

from ..writing import quoted


class NshiftWebhook(models.Model):
    """A warning about two webhooks that send the same events to the same URL."""

    _inherit = "nshift.webhook"

    twin_text = fields.Char("Told twice", compute="_compute_twin_text")

    @api.depends("url", "type_ids", "sale_channel_ids", "company_id", "active")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_twin_text(self):
        for webhook in self:
            webhook.twin_text = False
            for other in webhook._of_same_url():
                shared = webhook.type_ids._origin & other.type_ids
                if shared and webhook._may_overlap(other):
                    webhook.twin_text = self.env._(
                        "“%(name)s” tells the same address of %(types)s, too: what "
                        "both are told of arrives there twice.",
                        name=other.name,
                        types=quoted(self.env, shared.mapped("name")),
                    )
                    break

    def _of_same_url(self):
        """Return the other webhooks with the same URL that the user may see."""
        if not self.active or not self.url:
            return self.browse()
        return self.search([("url", "=", self.url), ("id", "!=", self._origin.id)])

    def _may_overlap(self, other):
        """Tell whether both webhooks can follow the same order, conditions aside."""
        companies = self.company_id._origin, other.company_id
        channels = self.sale_channel_ids._origin, other.sale_channel_ids
        return all(
            not mine or not theirs or mine & theirs
            for mine, theirs in (companies, channels)
        )
