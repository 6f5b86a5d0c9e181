from odoo import api, models


class Base(models.AbstractModel):
    """Reports changes to the watcher, in the five methods that write to the database.

    Computed values go through ``_write_multi``; many2many links through ``write``, or
    through ``_compute_field_value`` if they are computed.
    """

    _inherit = "base"

    @api.model
    def _create(self, data_list):
        watcher = self.env["nshift.webhook.watcher"]
        watcher._creating(self, data_list)
        records = super()._create(data_list)
        watcher._created(records, data_list)
        return records

    def write(self, vals):
        self.env["nshift.webhook.watcher"]._linking(self, vals)
        return super().write(vals)

    def _compute_field_value(self, field):
        if field.store:
            names = (each.name for each in self.pool.field_computed[field])
            self.env["nshift.webhook.watcher"]._linking(self, names)
        return super()._compute_field_value(field)

    def _write_multi(self, vals_list):
        self.env["nshift.webhook.watcher"]._updating(self, vals_list)
        return super()._write_multi(vals_list)

    def unlink(self):
        self.env["nshift.webhook.watcher"]._deleting(self)
        return super().unlink()
