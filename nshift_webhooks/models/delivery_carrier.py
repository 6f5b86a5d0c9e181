from odoo import models

from ..payload.service import is_service_field


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    def _nshift_webhook_service_code(self):
        """Return the carrier's code of the service that is booked, None if unknown.

        Where a carrier's addon names its field in another way, extend this method.
        """
        self.ensure_one()
        for name, field in sorted(self._fields.items()):
            if (
                is_service_field(name, self.delivery_type)
                and field.store
                and field.type in ("char", "selection")
                # what only some users may see, receivers may not
                and not field.groups
                and self[name]
            ):
                return self[name]
        return None
