from odoo import api, models
from odoo.fields import Domain

from ..payload.order import COLUMNS, order_payload, person
from ..payload.parts import OF_COMPANIES, shown_of_contacts

ADDRESSES = ("partner_id", "partner_invoice_id", "partner_shipping_id")


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "nshift.webhook.subject"]

    _nshift_webhook_subjects = ("order",)
    _nshift_webhook_columns = COLUMNS
    _nshift_webhook_deciding = ("company_id", "sale_channel_id")
    _nshift_webhook_parts = {
        "order_line": None,
        "order_line.product_custom_attribute_value_ids": {"custom_value"},
        "transaction_ids": {"state", "amount", "reference", "provider_reference"},
    }
    _nshift_webhook_shows = (
        "partner_id.state_id",
        "partner_invoice_id.state_id",
        "partner_shipping_id.state_id",
        "company_id.partner_id",
        "company_id.currency_id",
        "warehouse_id",
        "user_id.partner_id",
        "team_id",
        "tag_ids",
        "source_id",
        "medium_id",
        "campaign_id",
        "payment_term_id",
        "incoterm",
        "carrier_id",
        "currency_id",
        "sale_channel_id",
        "transaction_ids.provider_id",
        "transaction_ids.payment_method_id",
        "transaction_ids.currency_id",
        "order_line.product_id.product_tmpl_id.uom_id",
        "order_line.product_id.product_tmpl_id.attribute_line_ids",
        "?order_line.product_id.product_tmpl_id.bom_ids",
        "order_line.product_uom_id",
        "order_line.tax_ids.company_id",
        "order_line.tax_ids.children_tax_ids.company_id",
        "?order_line.reward_id.program_id",
        *(
            f"order_line.{values}.{shown}"
            for values in (
                "product_id.product_template_attribute_value_ids",
                "product_no_variant_attribute_value_ids",
                "product_custom_attribute_value_ids"
                ".custom_product_template_attribute_value_id",
            )
            for shown in ("attribute_id", "product_attribute_value_id")
        ),
    )

    _nshift_webhook_fields = shown_of_contacts(*ADDRESSES) | {
        "company_id.partner_id": OF_COMPANIES,
        "user_id.partner_id": person.names,
    }
    _nshift_webhook_further = (
        "",
        "order_line",
        "order_line.product_id",
        "order_line.product_id.product_tmpl_id",
        *ADDRESSES,
    )
    _nshift_webhook_corrected = ADDRESSES

    _nshift_webhook_channel_paths = ("sale_channel_id",)
    _nshift_webhook_found_by = (
        "name",
        "client_order_ref",
        "partner_id",
        "partner_shipping_id",
    )
    _nshift_webhook_known_by = "client_order_ref"

    # a hash: no reference is too long for it
    _nshift_webhook_reference_index = models.Index("USING hash (client_order_ref)")

    @api.model
    def _nshift_webhook_open(self):
        """Return the Domain of quotations and orders not yet delivered and invoiced."""
        is_done = Domain("delivery_status", "in", ("full", False)) & Domain(
            "invoice_status", "in", ("invoiced", "upselling")
        )
        return Domain("state", "in", ("draft", "sent")) | (
            Domain("state", "=", "sale") & ~is_done
        )

    @api.model
    def _nshift_webhook_condition(self, orders, shipments):
        return orders & super()._nshift_webhook_condition(orders, shipments)

    def _nshift_webhook_told(self):
        # sudo: a user who may see the order may know its shipments
        shipments = self.sudo().picking_ids
        return super()._nshift_webhook_told() + [
            (shipments._name, id_) for id_ in shipments.ids
        ]

    def _nshift_webhook_name(self):
        return self.name

    def _nshift_webhook_channels(self):
        return self.sale_channel_id

    def _nshift_webhook_payload(self):
        return super()._nshift_webhook_payload() | {"order": order_payload(self)}

    @api.model
    def _nshift_webhook_happened(self, change):
        happened = super()._nshift_webhook_happened(change)
        if change.entered("sale"):
            happened.append("order.confirmed")
        if change.entered("cancel"):
            happened.append("order.cancelled")
        return happened
