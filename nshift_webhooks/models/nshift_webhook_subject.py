from odoo import api, models
from odoo.fields import Domain

from ..capture.snapshot import Snapshot
from ..payload.previous import previous


class NshiftWebhookSubject(models.AbstractModel):
    """A model whose records are what events tell about.

    To make a model one, inherit this mixin, set ``_nshift_webhook_subject``, extend
    ``_nshift_webhook_payload``, say what else it shows, and add the types of its events
    to the field ``event`` of ``nshift.webhook``: ``<subject>.created``, ``.updated``
    and ``.deleted`` need nothing else, for other types extend
    ``_nshift_webhook_happened``.
    """

    _name = "nshift.webhook.subject"
    _description = "Webhook subject"

    #: First part of the types of these records' events: ``order``.
    _nshift_webhook_subject = None

    #: Whether a record may become one that events tell about long after its creation.
    _nshift_webhook_appears_late = False

    #: Paths of fields to records whose changes are changes to this one, such as an
    #: order's lines; by path the fields that count, None for all.
    _nshift_webhook_parts = {}

    #: Paths of fields to whatever else the payload shows. What was there before is only
    #: known of models that are on a path.
    _nshift_webhook_shows = ()

    #: By path of those, the fields that the payload shows of what is there, where these
    #: are few of many. No change of others is looked at, so whoever shows more of a
    #: contact adds it here.
    _nshift_webhook_fields = {}

    #: Paths of those whose changes are told as long as the record is open: see
    #: :meth:`_nshift_webhook_open`.
    _nshift_webhook_corrected = ()

    #: The record's own stored fields that are read at once, separated by spaces.
    _nshift_webhook_columns = "create_date"

    def _nshift_webhook_touch(self):
        """Have events told of whatever is about to be changed by other means: SQL."""
        self.env["nshift.webhook.watcher"]._touch_whole(self)

    @api.model
    def _nshift_webhook_open(self):
        """Return the Domain of the records that are not done with.

        Of the others nothing is told when a contact that they show is corrected.
        """
        return Domain.TRUE

    def _nshift_webhook_snapshot(self, with_payload):
        """Return what this record is now.

        :param bool with_payload: whether a webhook wants to know more than that the
            record exists
        :return: a Snapshot, None if webhooks tell nothing about such a record
        """
        self.ensure_one()
        # first, because it reads what the rest needs
        payload = self._nshift_webhook_payload() if with_payload else None
        return Snapshot(
            name=self._nshift_webhook_name(),
            company_id=self.company_id.id,
            channel_id=self._nshift_webhook_channel().id or None,
            state=self._nshift_webhook_state(),
            payload=payload,
        )

    def _nshift_webhook_name(self):
        """Return what people call the record."""
        return self.display_name

    def _nshift_webhook_channel(self):
        """Return the order channel (``sale.channel``) by which webhooks are chosen."""
        return self.env["sale.channel"]

    def _nshift_webhook_state(self):
        """Return the record's status, for events that tell of a change of it."""
        return self.state if "state" in self._fields else None

    def _nshift_webhook_payload(self):
        """Return what events tell of this record: a dict of only what JSON knows.

        Runs as superuser, without a language or allowed companies of anybody's.
        """
        return {}

    @api.model
    def _nshift_webhook_happened(self, change):
        """Return the types of the events that a transaction caused for one record.

        Each is told, at most once, to the webhooks that ask for it.

        :param change: the record's Change
        :return: a list such as ``["order.updated"]``
        """
        if not change.effect:
            return []
        return [f"{self._nshift_webhook_subject}.{change.effect}"]

    @api.model
    def _nshift_webhook_data(self, event, change):
        """Return the ``data`` of an event's message.

        :param str event: one of the types from ``_nshift_webhook_happened``
        :param change: the Change that caused it; its payloads could be built, but
            ``before`` is None also where it is not known any more
        """
        data = dict(change.last.payload)
        if event.endswith(".updated"):
            subject = self._nshift_webhook_subject
            before = change.before and change.before.payload
            data["previous"] = before and previous(before[subject], data[subject])
        if change.moved_away:
            data["moved_away"] = True
        return data
