from odoo import api, models

from odoo.addons.nshift_webhooks.payload.values import day, decimal


class AccountMove(models.Model):
    """Events of something new: model, trigger and payload."""

    _name = "account.move"
    _inherit = ["account.move", "nshift.webhook.subject"]

    # the first part of its events' types, and where its payload is in the data
    _nshift_webhook_subjects = ("invoice",)
    # an order's own message of the same transaction goes before its invoices'
    _nshift_webhook_goes_after = "sale.order"
    # what the payload shows besides fields of the invoice itself
    _nshift_webhook_shows = ("currency_id", "line_ids.sale_line_ids.order_id")
    # where a search finds what the next method returns
    _nshift_webhook_channel_paths = ("line_ids.sale_line_ids.order_id.sale_channel_id",)

    def _nshift_webhook_channels(self):
        return self.line_ids.sale_line_ids.order_id.sale_channel_id

    def _nshift_webhook_leading_ids(self):
        return self.line_ids.sale_line_ids.order_id.ids

    def _nshift_webhook_payload(self):
        digits = self.currency_id.decimal_places
        return super()._nshift_webhook_payload() | {
            "invoice": {
                "id": self.id,
                "name": self.name,
                "type": self.move_type,
                "date": day(self.invoice_date),
                "currency": self.currency_id.name,
                "amount_total": decimal(self.amount_total, digits),
                "orders": self.line_ids.sale_line_ids.order_id.mapped("name"),
            }
        }

    @api.model
    def _nshift_webhook_happened(self, change):
        happened = super()._nshift_webhook_happened(change)
        if change.entered("posted"):
            happened.append("invoice.posted")
        return happened
