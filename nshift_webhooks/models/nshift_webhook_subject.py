from odoo import api, models
from odoo.fields import Domain

from ..capture.memo import memo_of
from ..capture.reading import row
from ..capture.snapshot import Snapshot
from ..payload.parts import language
from ..payload.previous import previous
from .nshift_webhook_condition import met


class NshiftWebhookSubject(models.AbstractModel):
    """A model whose records are what events tell about.

    To make a model one, inherit this mixin, set ``_nshift_webhook_subjects``, extend
    ``_nshift_webhook_payload``, say what else it shows, and have the types of its
    events in the addon's data, as records of ``nshift.webhook.type``:
    ``<subject>.created``, ``.updated`` and ``.deleted`` need nothing else, for other
    types extend ``_nshift_webhook_happened``.
    """

    _name = "nshift.webhook.subject"
    _description = "Webhook subject"

    #: First part of the types of these records' events: ``("order",)``. Where there are
    #: several, extend ``_nshift_webhook_subject``.
    _nshift_webhook_subjects = ()

    #: Whether a record may become one that events tell about long after its creation.
    _nshift_webhook_appears_late = False

    #: The record's own fields by which webhooks choose what they follow.
    _nshift_webhook_deciding = ("company_id",)

    #: The model whose records' messages go before this one's, where one transaction
    #: causes both: see :meth:`_nshift_webhook_leading_ids`.
    _nshift_webhook_goes_after = None

    #: Paths of fields to records whose changes are changes to this one, such as an
    #: order's lines; by path the fields that count, None for all.
    _nshift_webhook_parts = {}

    #: Paths of fields to whatever else the payload shows. What was there before is only
    #: known of models that are on a path. One that begins with ``?`` leads through a
    #: module that may not be installed.
    _nshift_webhook_shows = ()

    #: By path of those, the fields that the payload shows of what is there, where these
    #: are few of many. No change of others is looked at, so whoever shows more of a
    #: contact adds it here.
    _nshift_webhook_fields = {}

    #: Paths of those, and of parts, that are told with the fields that system
    #: administrators have chosen besides; empty for the record itself.
    _nshift_webhook_further = ()

    #: Paths of those whose changes are told as long as the record is open: see
    #: :meth:`_nshift_webhook_open`.
    _nshift_webhook_corrected = ()

    #: The record's own stored fields that are read at once, separated by spaces.
    _nshift_webhook_columns = "create_date"

    @api.model
    def _nshift_webhook_models(self):
        """Return the models whose records events tell about, no record of each."""
        return [
            self.env[name]
            for name, model in self.env.registry.items()
            # what inherits the mixin, and is not the mixin
            if getattr(model, "_nshift_webhook_subjects", ()) and model._auto
        ]

    def _nshift_webhook_touch(self):
        """Have events told of whatever is about to be changed by other means: SQL."""
        self.env["nshift.webhook.watcher"]._touch_whole(self)

    @api.model
    def _nshift_webhook_open(self):
        """Return the Domain of the records that are not done with.

        Of the others nothing is told when a contact that they show is corrected.
        """
        return Domain.TRUE

    @api.model
    def _nshift_webhook_condition(self, orders, shipments):
        """Return the Domain of the records that meet a webhook's conditions.

        :param orders: the Domain of the orders that it follows
        :param shipments: likewise
        """
        return Domain.TRUE

    def _nshift_webhook_met(self):
        """Return the conditions of active webhooks that the record meets, as texts."""
        memo = memo_of(self.env.cr)
        found = memo.asked(met, self) if memo else met(self)
        return found[self.id]

    def _nshift_webhook_snapshot(self, with_payload):
        """Return what this record is now.

        :param bool with_payload: whether a webhook wants to know more than that the
            record exists
        :return: a Snapshot, None if webhooks tell nothing about such a record
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
        # first, because it reads what the rest needs
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
        """Return what the record is: one of ``_nshift_webhook_subjects``, or None."""
        return self._nshift_webhook_subjects[0]

    def _nshift_webhook_is_cart(self):
        """Tell whether the record is a cart of the web shop, and no order yet."""
        return False

    def _nshift_webhook_is_over(self):
        """Tell whether nothing is told of the record any more, once this was told."""
        return False

    def _nshift_webhook_name(self):
        """Return what people call the record."""
        return self.display_name

    def _nshift_webhook_channels(self):
        """Return the order channels (``sale.channel``) by which webhooks are chosen."""
        return self.env["sale.channel"]

    def _nshift_webhook_leading_ids(self):
        """Return the ids of those whose messages of the same transaction go before this
        one's: records of ``_nshift_webhook_goes_after``."""
        return ()

    def _nshift_webhook_state(self):
        """Return the record's status, for events that tell of a change of it."""
        return self.state if "state" in self._fields else None

    def _nshift_webhook_payload(self):
        """Return what events tell of this record: a dict of only what JSON knows.

        Runs as superuser, in the company's language, without the time zone or allowed
        companies of anybody's.
        """
        return {}

    @api.model
    def _nshift_webhook_happened(self, change):
        """Return the types of the events that a transaction caused for one record.

        Each is told, at most once, to the webhooks that ask for it; several to one
        webhook in the order of the types' sequence.

        :param change: the record's Change
        :return: a list such as ``["order.updated"]``
        """
        if not change.effect:
            return []
        return [f"{change.last.subject}.{change.effect}"]

    @api.model
    def _nshift_webhook_changing(self, changes):
        """Do what is to be done, besides telling it, when records have changed.

        :param changes: the Changes of a transaction, as far as it has come
        """

    @api.model
    def _nshift_webhook_data(self, event, change):
        """Return the ``data`` of an event's message.

        :param str event: one of the types from ``_nshift_webhook_happened``
        :param change: the Change that caused it; its payloads could be built, but
            ``before`` is None also where it is not known any more
        """
        data = dict(change.last.payload)
        if event.endswith(".updated"):
            subject = change.last.subject
            before = change.before and change.before.payload
            data["previous"] = before and previous(before[subject], data[subject])
        data["reason"] = change.reason_of(event)
        return data
