from odoo import api, models

from ..capture.snapshot import Snapshot


class NshiftWebhookSource(models.AbstractModel):
    """A model whose records change what webhooks tell.

    Whatever changes a record in the database goes through one of the four methods
    that are extended here: computed values through ``_write_multi``, many2many links
    through ``write``.

    To make a model the subject of events, inherit this mixin, set
    ``_nshift_webhook_subject`` and extend ``_nshift_webhook_payload``.
    """

    _name = "nshift.webhook.source"
    _description = "Webhook source"

    #: First part of the types of this model's events, such as ``order``.
    _nshift_webhook_subject = None

    @api.model_create_multi
    def create(self, vals_list):
        self._nshift_webhook_touch(vals_list)
        records = super().create(vals_list)
        records._nshift_webhook_touch()
        return records

    def write(self, vals):
        self._nshift_webhook_touch([vals])
        return super().write(vals)

    def _write_multi(self, vals_list):
        self._nshift_webhook_touch(vals_list)
        return super()._write_multi(vals_list)

    def unlink(self):
        self._nshift_webhook_touch()
        return super().unlink()

    def _nshift_webhook_touch(self, vals_list=()):
        """Have the outbox look at what is about to change, or has just been made.

        :param vals_list: the values that are about to be written
        """
        self.env["nshift.webhook.outbox"]._touch(self, vals_list)

    def _nshift_webhook_subjects(self, vals_list):
        """Return the records that events tell about when these are written.

        :param vals_list: the values that are about to be written
        """
        return self

    def _nshift_webhook_snapshot(self, with_payload):
        """Return what this record is now.

        :param bool with_payload: whether a webhook wants to know more than that the
            record exists
        :return: a Snapshot, None if webhooks tell nothing about such a record
        """
        self.ensure_one()
        return Snapshot(
            name=self.display_name,
            company_id=self.company_id.id,
            channel_id=self._nshift_webhook_channel().id or None,
            payload=self._nshift_webhook_payload() if with_payload else None,
        )

    def _nshift_webhook_channel(self):
        """Return the order channel (``sale.channel``) by which webhooks are chosen."""
        return self.env["sale.channel"]

    def _nshift_webhook_payload(self):
        """Return the ``data`` of this record's events: only what JSON knows.

        Runs as superuser, without a language or allowed companies of anybody's.
        """
        return {}
