from odoo import api, models


class NshiftWebhookSource(models.AbstractModel):
    """A model whose records change what webhooks tell.

    Whatever changes a record in the database goes through one of the four methods
    that are extended here: computed values through ``_write_multi``, many2many links
    through ``write``.

    Inherited by what is part of something that events tell about, such as an order's
    line; for the thing itself see ``nshift.webhook.subject``.
    """

    _name = "nshift.webhook.source"
    _description = "Webhook source"

    #: First part of the types of the events that these records belong to: ``order``.
    _nshift_webhook_subject = None

    #: Whether a record may become one that events tell about long after its creation.
    _nshift_webhook_appears_late = False

    #: The field that leads from a part to what events tell about, such as ``order_id``.
    _nshift_webhook_parent = None

    @api.model
    def _create(self, data_list):
        self._nshift_webhook_touch([data["stored"] for data in data_list])
        return super()._create(data_list)

    def write(self, vals):
        self._nshift_webhook_touch([vals])
        return super().write(vals)

    def _write_multi(self, vals_list):
        self._nshift_webhook_touch(vals_list, flushing=True)
        return super()._write_multi(vals_list)

    def unlink(self):
        self._nshift_webhook_touch()
        return super().unlink()

    def _nshift_webhook_touch(self, vals_list=(), flushing=False):
        """Have the outbox look at what is about to change.

        :param vals_list: the values that are about to be written
        :param flushing: whether Odoo takes them for written already
        """
        self.env["nshift.webhook.outbox"]._touch(self, vals_list, flushing)

    def _nshift_webhook_subjects(self, vals_list):
        """Return the records that events tell about when these are written.

        :param vals_list: the values that are about to be written
        """
        parent = self._nshift_webhook_parent
        new_ids = {vals[parent] for vals in vals_list if vals.get(parent)}
        return self[parent] | self[parent].browse(new_ids)
