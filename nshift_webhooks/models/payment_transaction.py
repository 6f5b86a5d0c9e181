from odoo import api, models
from odoo.fields import Command

from ..transaction import harmless


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        self._nshift_webhook_linking(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        if "sale_order_ids" in vals:
            self._nshift_webhook_linking([vals])
        return super().write(vals)

    def _nshift_webhook_linking(self, vals_list):
        """Note the orders that payments are linked to, or were linked to.

        This changes a list of the orders, without writing the orders.

        :param vals_list: the payments' new values
        """
        orders = self.env["sale.order"]
        if self:
            domain = [("transaction_ids", "in", self.ids)]
            self.env["nshift.webhook.watcher"]._touch_where(orders, domain)
        with harmless("Payments of %s may not be told to webhooks", vals_list):
            ids = set()
            for vals in vals_list:
                ids.update(_named_in(vals.get("sale_order_ids") or ()))
            orders.browse(ids)._nshift_webhook_touch()


def _named_in(value):
    """Return the ids of existing records in a value that is written to a list."""
    if isinstance(value, models.BaseModel):
        return value.ids
    found = []
    for command in value:
        # an id, or a command as of Odoo's Command
        kind, id_, ids = (
            (Command.LINK, command, ())
            if isinstance(command, int)
            else (*command, None, None)[:3]
        )
        if kind == Command.SET:
            found += ids
        elif kind != Command.CREATE and id_:
            found.append(id_)
    return found
