from odoo import fields, models


class NshiftWebhook(models.Model):
    _inherit = "nshift.webhook"

    # what can be chosen; with this addon, the webhooks of these events go
    event = fields.Selection(
        selection_add=[
            ("order.sent", "Quotation sent"),
            ("invoice.posted", "Invoice posted"),
        ],
        ondelete={"order.sent": "cascade", "invoice.posted": "cascade"},
    )
