from odoo import models

from ..payload.service import is_service_field


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    def _nshift_webhook_service_code(self):
        """Return the carrier's code for the booked service, None if unknown.

        Extend this method for a carrier whose addon names the field differently.
        """
        self.ensure_one()
        for name, field in sorted(self._fields.items()):
            if (
                is_service_field(name, self.delivery_type)
                and field.store
                and field.type in ("char", "selection")
                # a field for only some groups of users is not for receivers either
                and not field.groups
                and self[name]
            ):
                return self[name]
        return None
