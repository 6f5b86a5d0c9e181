from odoo import api, models
from odoo.fields import Domain

from ..capture.memo import memo_of
from ..capture.reading import row
from ..capture.snapshot import Snapshot
from ..payload.parts import language
from ..payload.previous import previous
from .nshift_webhook_condition import met


class NshiftWebhookSubject(models.AbstractModel):
    """A model that events tell about, such as ``sale.order``.

    To make a model a subject, inherit this mixin, set ``_nshift_webhook_subjects``,
    extend ``_nshift_webhook_payload``, declare which other records the payload shows,
    and have the types of its events in the addon's data, as records of
    ``nshift.webhook.type``: ``<subject>.created``, ``.updated`` and ``.deleted`` need
    nothing else, for other types extend ``_nshift_webhook_happened``.
    """

    _name = "nshift.webhook.subject"
    _description = "Webhook subject"

    #: First part of the types of these records' events: ``("order",)``. Where there are
    #: several, extend ``_nshift_webhook_subject``.
    _nshift_webhook_subjects = ()

    #: Whether a record may begin to count, such as a shipment, long after its creation.
    _nshift_webhook_appears_late = False

    #: The record's own fields by which webhooks choose the records that they follow.
    _nshift_webhook_deciding = ("company_id",)

    #: The model whose records' messages go before this model's, if one transaction
    #: causes both: see :meth:`_nshift_webhook_leading_ids`.
    _nshift_webhook_goes_after = None

    #: Paths of fields to records whose changes are changes of this record, such as an
    #: order's lines; by path the fields that count, None for all.
    _nshift_webhook_parts = {}

    #: Paths of fields to all other records that the payload shows. Former values are
    #: only known for models on a path. A path that begins with ``?`` leads through a
    #: module that may not be installed.
    _nshift_webhook_shows = ()

    #: The fields that the payload shows of a model, by such a path, if these are few of
    #: many. Changes of other fields are not looked at, so an addon that shows more of a
    #: contact adds the field here.
    _nshift_webhook_fields = {}

    #: Paths whose records are told with the fields that system administrators have
    #: chosen; empty for the record itself.
    _nshift_webhook_further = ()

    #: Paths whose changes are told as long as the record is open: see
    #: :meth:`_nshift_webhook_open`.
    _nshift_webhook_corrected = ()

    #: The record's own stored fields that are read at once, separated by spaces.
    _nshift_webhook_columns = "create_date"

    @api.model
    def _nshift_webhook_models(self):
        """Return the subjects, as empty recordsets."""
        return [
            self.env[name]
            for name, model in self.env.registry.items()
            # inherits the mixin, and is not the mixin
            if getattr(model, "_nshift_webhook_subjects", ()) and model._auto
        ]

    def _nshift_webhook_touch(self):
        """Have events told of these records, which SQL is about to change."""
        self.env["nshift.webhook.watcher"]._touch_whole(self)

    @api.model
    def _nshift_webhook_open(self):
        """Return the Domain of the open records.

        A closed record is not told when a contact is corrected that the record shows.
        """
        return Domain.TRUE

    @api.model
    def _nshift_webhook_condition(self, orders, shipments):
        """Return the Domain of the records that meet a webhook's conditions.

        :param orders: the Domain of the orders that the webhook follows
        :param shipments: the Domain of the shipments that the webhook follows
        """
        return Domain.TRUE

    def _nshift_webhook_met(self):
        """Return the conditions of active webhooks that the record meets, as texts."""
        memo = memo_of(self.env.cr)
        found = memo.asked(met, self) if memo else met(self)
        return found[self.id]

    def _nshift_webhook_snapshot(self, with_payload):
        """Return the record's Snapshot.

        :param bool with_payload: whether a webhook asks for more than the record's
            existence
        :return: None if events do not tell about such a record
        """
        self.ensure_one()
        company = row(self, ["company_id"])
        # the language in which names are told
        lang = language.at(company, "company_id")
        memo = memo_of(self.env.cr)
        if memo:
            record = self.with_env(memo.in_language(self.env, lang))
        else:
            record = self.with_context(lang=lang)
        subject = record._nshift_webhook_subject()
        if not subject:
            return None
        # first, because the payload reads what the rest needs
        payload = record._nshift_webhook_payload() if with_payload else None
        return Snapshot(
            subject=subject,
            name=record._nshift_webhook_name(),
            company_id=company["company_id"] or False,
            channel_ids=frozenset(record._nshift_webhook_channels()._ids),
            state=record._nshift_webhook_state(),
            payload=payload,
            is_cart=record._nshift_webhook_is_cart(),
            is_over=record._nshift_webhook_is_over(),
            met=record._nshift_webhook_met(),
            leading_ids=frozenset(record._nshift_webhook_leading_ids()),
        )

    def _nshift_webhook_subject(self):
        """Return one of ``_nshift_webhook_subjects``, or None for no subject."""
        return self._nshift_webhook_subjects[0]

    def _nshift_webhook_is_cart(self):
        """Tell whether the record is a cart of the web shop, and no order yet."""
        return False

    def _nshift_webhook_is_over(self):
        """Tell whether the record's present state is the last to be told."""
        return False

    def _nshift_webhook_name(self):
        """Return the record's name for people."""
        return self.display_name

    def _nshift_webhook_channels(self):
        """Return the order channels (``sale.channel``) by which webhooks are chosen."""
        return self.env["sale.channel"]

    def _nshift_webhook_leading_ids(self):
        """Return ids of ``_nshift_webhook_goes_after`` whose messages of the same
        transaction go before the record's.
        """
        return ()

    def _nshift_webhook_state(self):
        """Return the record's status, for events on a change of the status."""
        return self.state if "state" in self._fields else None

    def _nshift_webhook_payload(self):
        """Return the payload: a dict of values that JSON knows.

        Runs as superuser, in the company's language, without anybody's time zone or
        allowed companies.
        """
        return {}

    @api.model
    def _nshift_webhook_happened(self, change):
        """Return the types of the events that a transaction caused for one record.

        Each type is told, at most once, to the webhooks that ask for it. A webhook that
        asks for several is told them in the order of the types' sequence.

        :param change: the record's Change
        :return: a list such as ``["order.updated"]``
        """
        if not change.effect:
            return []
        return [f"{change.last.subject}.{change.effect}"]

    @api.model
    def _nshift_webhook_changing(self, changes):
        """Act on changes of records, besides telling them.

        :param changes: the Changes of a transaction, as far as it has come
        """

    @api.model
    def _nshift_webhook_data(self, event, change):
        """Return the ``data`` of an event's message.

        :param str event: one of the types from ``_nshift_webhook_happened``
        :param change: the Change that caused the event; its payloads could be built,
            but ``before`` is also None if the former state is not known any more
        """
        data = dict(change.last.payload)
        if event.endswith(".updated"):
            subject = change.last.subject
            before = change.before and change.before.payload
            data["previous"] = before and previous(before[subject], data[subject])
        data["reason"] = change.reason_of(event)
        return data
