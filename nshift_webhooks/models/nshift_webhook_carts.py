from odoo import api, fields, models
from odoo.fields import Domain


class NshiftWebhook(models.Model):
    """A webhook's choice to be told of the web shop's carts.

    A cart that a visitor is still filling is no order yet: most carts are abandoned.
    """

    _inherit = "nshift.webhook"

    include_carts = fields.Boolean(
        "Carts of the web shop, too",
        help="Also orders that a visitor of the web shop is still filling. Otherwise "
        "such an order is told as created when it is checked out.",
    )
    has_carts = fields.Boolean(compute="_compute_has_carts")

    @api.depends("type_ids.code")
    def _compute_has_carts(self):
        is_shop = self.env["sale.order"]._nshift_webhook_has_carts()
        for webhook in self:
            codes = webhook.type_ids.mapped("code")
            webhook.has_carts = is_shop and any(
                code.startswith("order.") for code in codes
            )


class SaleOrder(models.Model):
    """Orders that are carts: none without a web shop."""

    _inherit = "sale.order"

    @api.model
    def _nshift_webhook_has_carts(self):
        """Tell whether there can be carts: whether the module website_sale is there."""
        return "website_id" in self._fields

    @api.model
    def _nshift_webhook_carts(self):
        if not self._nshift_webhook_has_carts():
            return Domain.FALSE
        return Domain("state", "=", "draft") & Domain("website_id", "!=", False)

    def _nshift_webhook_is_cart(self):
        # also a web order that was cancelled or sent and is a draft again: the web
        # shop lets its customer go on filling this cart
        return (
            self._nshift_webhook_has_carts()
            and self.state == "draft"
            and bool(self.website_id)
        )

    @property
    def _nshift_webhook_appears_late(self):
        # a cart becomes an order when it is checked out
        return self._nshift_webhook_has_carts()

    @property
    def _nshift_webhook_columns(self):
        columns = super()._nshift_webhook_columns
        return f"{columns} website_id" if self._nshift_webhook_has_carts() else columns
