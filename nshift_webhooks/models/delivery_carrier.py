from odoo import models


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    def _nshift_webhook_service_code(self):
        """Return the carrier's code of the service that is booked, None if unknown.

        Each carrier's addon has a field of its own, named after the type of carrier:
        ``ups_default_service_type``, ``dhl_product_code``. Where that is not so, extend
        this method.
        """
        self.ensure_one()
        for name, field in sorted(self._fields.items()):
            if (
                name.startswith(f"{self.delivery_type}_")
                and ("service" in name or "product_code" in name)
                and field.store
                and field.type in ("char", "selection")
                and self[name]
            ):
                return self[name]
        return None
