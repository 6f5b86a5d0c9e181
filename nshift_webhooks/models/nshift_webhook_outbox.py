from collections import defaultdict
from dataclasses import replace
from typing import NamedTuple

from psycopg2.errors import SerializationFailure

from odoo import api, models, tools
from odoo.exceptions import MissingError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import groupby

from ..capture.change import Change
from ..capture.ledger import knows_records, ledger_of
from ..capture.snapshot import Snapshot
from ..payload.envelope import encode, encode_data, is_too_large, new_message_id
from ..transaction import (
    clean_env,
    complain,
    harmless,
    savepoint,
    select_stored,
    stored_env,
)

SETTLEMENT = "nshift_webhooks.settlement"
#: Characters of a record's name that the log of events keeps.
LONGEST_NAME = 200


class Notice(NamedTuple):
    """What is to be told of a change, or why it cannot be.

    :ivar event: the event's type
    :ivar seen: the Snapshot that those who are told see last
    :ivar subscriptions: who is told
    :ivar data: the payload as JSON, None if there is none
    :ivar failure: why there is none: a value of the field ``failure``
    :ivar error: the technical detail
    """

    event: str
    seen: Snapshot
    subscriptions: list
    data: str | None = None
    failure: str | None = None
    error: str | None = None


class WebhookDeleted(Exception):
    """A webhook that is to be told is deleted at the same time."""


class NshiftWebhookOutbox(models.AbstractModel):
    """From touched records to events, in the transaction that touches them.

    Odoo runs what is to be done before a commit not once but at every savepoint, and
    forgets it when a savepoint is rolled back. So each settlement looks at the whole
    transaction anew: it compares what a record was at its start with what it is now,
    and replaces the events that an earlier settlement has written for that record.

    Whatever goes wrong in here is logged, and the order is saved. Only conflicts
    between transactions are passed on: Odoo answers them by running the whole
    transaction again, events included.
    """

    _name = "nshift.webhook.outbox"
    _description = "Webhook outbox"

    #: Whether the addon is being uninstalled: its tables are going, while its methods
    #: are still in the models of others.
    _is_leaving = False

    @api.model
    def _touch(self, records, vals_list, flushing):
        """Note what may change, and how this transaction found it.

        :param records: what is about to be written
        :param vals_list: the values that are about to be written
        :param flushing: whether Odoo takes them for written already
        """
        with harmless("Changes to %s may not be told to webhooks", records):
            audience = self._audience(records)
            if not audience:
                return
            known_only = self._hears_known_only(records, audience)
            if known_only and not knows_records(self.env.cr):
                return
            ledger = ledger_of(self.env.cr)
            with savepoint(self.env.cr):
                # whoever changes an order need not have the right to read it
                subjects = records.sudo()._nshift_webhook_subjects(vals_list)
            keys = [(subjects._name, id_) for id_ in subjects._ids if id_]
            unknown = [key for key in keys if key not in ledger.before]
            if unknown and ledger.under_way:
                ledger.note_created(ledger.inserted().intersection(unknown))
                unknown = [key for key in keys if key not in ledger.before]
            if unknown and known_only:
                keys = [key for key in keys if key in ledger.before]
            elif unknown:
                subjects = subjects.browse(id_ for _name, id_ in unknown)
                ledger.before |= self._guarded(
                    self._found, subjects, audience, flushing
                )
            self._note(ledger, keys, audience)

    @api.model
    def _touch_referring(self, records):
        """Note what the database itself empties or unlinks when records are deleted.

        :param records: what is about to be deleted
        """
        with harmless("The deletion of %s may not be told to webhooks", records):
            if records and self._subscriptions():
                for name, field in self._references().get(records._name, ()):
                    self._touch_where(self.env[name], [(field, "in", records.ids)])

    @api.model
    def _touch_where(self, model, domain):
        """Note what is about to change without the ORM's knowing it.

        What has been assigned, but is not written yet, was noted when it was assigned.

        :param model: one that events tell about
        """
        with harmless("Changes to some %s may not be told to webhooks", model):
            audience = self._audience(model)
            if audience and (
                knows_records(self.env.cr)
                or not self._hears_known_only(model, audience)
            ):
                # whoever deletes a payment term need not see the orders that have it
                with savepoint(self.env.cr):
                    ids = select_stored(model, domain)
                model.sudo().browse(ids)._nshift_webhook_touch()

    @api.model
    @tools.ormcache()
    def _references(self):
        """Return the fields that a deletion elsewhere changes behind Odoo's back.

        :return: lists of (model, field) by the model that they refer to
        """
        references = defaultdict(list)
        for model in self.env.values():
            if model._auto and getattr(model, "_nshift_webhook_subject", None):
                for name, field in model._fields.items():
                    if name in models.LOG_ACCESS_COLUMNS:
                        continue
                    if field.store and (
                        field.type == "many2many"
                        or (field.type == "many2one" and field.ondelete == "set null")
                    ):
                        references[field.comodel_name].append((model._name, name))
        return dict(references)

    @api.model
    def _creating(self, model, data_list):
        """Note what is about to be made, since its parts are made before it is ready.

        :param model: one that events tell about
        :param data_list: what the ORM's ``_create`` is called with
        """
        with harmless("The creation of %s may not be told to webhooks", model):
            if self._audience(model):
                ledger_of(self.env.cr).under_way.append(data_list)

    @api.model
    def _created(self, subjects, data_list):
        """Note what has just been made.

        :param subjects: records that events tell about
        :param data_list: see :meth:`_creating`
        """
        with harmless("The creation of %s may not be told to webhooks", subjects):
            if audience := self._audience(subjects):
                ledger = ledger_of(self.env.cr)
                keys = [(subjects._name, id_) for id_ in subjects._ids]
                ledger.note_created(keys)
                ledger.under_way = [
                    each for each in ledger.under_way if each is not data_list
                ]
                self._note(ledger, keys, audience)

    def _audience(self, records):
        """Return the Audience of these records' events, None if there is none."""
        return self._subscriptions().get(records._nshift_webhook_subject)

    def _subscriptions(self):
        """Return the Audiences by subject, none while the addon is uninstalled."""
        if self._is_leaving:
            return {}
        return self.env["nshift.webhook"]._subscriptions()

    def _hears_known_only(self, records, audience):
        """Tell whether only records that the ledger knows already are of interest.

        So it is where webhooks are told of nothing but new records.
        """
        return not (audience.hears_changes or records._nshift_webhook_appears_late)

    def _note(self, ledger, keys, audience):
        """Have the next settlement look at records.

        :param keys: (model, id) of each
        """
        cr = self.env.cr
        if not audience.hears_new:
            keys = [key for key in keys if key not in ledger.created]
        ledger.touched.update(dict.fromkeys(keys))
        if keys and SETTLEMENT not in cr.precommit.data:
            cr.precommit.data[SETTLEMENT] = True
            cr.precommit.add(self.with_env(clean_env(cr))._settle)

    def _found(self, records, audience, flushing):
        """Return what records were before this transaction, by (model, id).

        :param records: records that this transaction has not written yet
        :param flushing: see :meth:`_touch`
        """
        cr = self.env.cr
        with stored_env(cr, flushing) as env:
            found = records.with_env(env)
            try:
                found.mapped("create_date")
            except MissingError:
                found = found.exists()
            # the creation date of whatever this transaction has made is its own
            existing = found.filtered(lambda record: record.create_date != cr.now())
            unfound = dict.fromkeys((records._name, id_) for id_ in records._ids)
            return unfound | self.with_env(env)._snapshots(
                existing, audience.hears_changes
            )

    @api.model
    def _settle(self):
        """Bring the events of this transaction up to date with what it has done."""
        cr = self.env.cr
        # What others have left to write at this point must not be written, and perhaps
        # taken back, within the savepoint below.
        self.env.flush_all()
        # what is touched from here on needs a settlement of its own
        cr.precommit.data.pop(SETTLEMENT, None)
        ledger = ledger_of(cr)
        touched, ledger.touched = sorted(ledger.touched), {}
        with harmless("Webhooks are not told of changes to %s", touched):
            self._guarded(self._replace_events, ledger, touched)

    def _guarded(self, method, *args):
        """Return what a method returns, called within a savepoint.

        If it fails, it is called once more, with care: see :meth:`_each`.
        """
        cr = self.env.cr
        try:
            with savepoint(cr):
                return method(*args)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            if ledger_of(cr).careful:
                raise
            ledger_of(cr).careful = True
            return self._guarded(method, *args)

    def _each(self, function, items, rescue):
        """Return what a function makes of each item, as a dict by item.

        With care, what it fails for does no harm to the other items.

        :param rescue: called with an item that the function fails for, and the
            exception; it makes the value instead
        """
        cr = self.env.cr
        if not ledger_of(cr).careful:
            return {item: function(item) for item in items}
        made = {}
        for item in items:
            try:
                with savepoint(cr):
                    made[item] = function(item)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise
            except Exception as error:
                made[item] = rescue(item, error)
        return made

    def _replace_events(self, ledger, touched):
        """Write the events of touched records in place of earlier ones.

        :param touched: (model, id) of each, sorted
        """
        events = self.env["nshift.webhook.event"]
        outdated = [id_ for key in touched for id_ in ledger.event_ids[key]]
        if outdated:
            # in SQL: nobody deletes anything, so the audit log has nothing to tell
            self.env.cr.execute(
                "DELETE FROM nshift_webhook_event WHERE id = ANY(%s)", (outdated,)
            )
            events.browse(outdated).invalidate_recordset(flush=False)
        vals_list = []
        for name, keys in groupby(touched, key=lambda key: key[0]):
            model = self.env[name]
            if audience := self._audience(model):
                vals_list += self._events_of(model, keys, audience, ledger)
        if ledger.careful:
            vals_list = self._without_deleted_webhooks(vals_list)
        if not vals_list:
            return
        # or the ORM reads all of the superuser, to know their company
        outbox = self.with_context(allowed_company_ids=[vals_list[0]["company_id"]])
        try:
            events = outbox.env["nshift.webhook.event"].create(vals_list)
        except SerializationFailure as error:
            if ledger.careful:
                raise
            # a webhook is being deleted: no reason to have an order saved once more
            raise WebhookDeleted from error
        for event in events:
            ledger.event_ids[event.res_model, event.res_id].append(event.id)
        if events.filtered("next_attempt_at"):
            outbox._wake_up(ledger)

    def _without_deleted_webhooks(self, vals_list):
        """Leave out what is for webhooks that another transaction has deleted.

        Capture may know them still, from a moment before; their events cannot be kept.
        """
        gone = set()
        for webhook_id in {vals["webhook_id"] for vals in vals_list}:
            try:
                with savepoint(self.env.cr):
                    self.env.cr.execute(
                        "SELECT FROM nshift_webhook WHERE id = %s FOR KEY SHARE",
                        (webhook_id,),
                        log_exceptions=False,
                    )
                    if not self.env.cr.rowcount:
                        gone.add(webhook_id)
            except SerializationFailure:
                # deleted since this transaction began: nothing else changes its key
                gone.add(webhook_id)
        return [vals for vals in vals_list if vals["webhook_id"] not in gone]

    def _wake_up(self, ledger):
        """Queue a delivery job, unless this transaction has queued one before."""
        uuids = ledger.job_uuids
        # a savepoint may have been rolled back, and the job with it
        if not (
            uuids
            and self.env["queue.job"].search_count([("uuid", "in", uuids)], limit=1)
        ):
            uuids.append(self.env["nshift.webhook.delivery"]._wake_up().uuid)

    def _events_of(self, model, keys, audience, ledger):
        """Return the values of the events of one model's records.

        :param keys: (model, id) of each
        """
        changes = self._changes(model, [id_ for _name, id_ in keys], audience, ledger)
        told = self._each(
            lambda change: self._notices(model, change, audience),
            changes,
            lambda change, error: self._failed_notices(model, change, audience, error),
        )
        numbers = self._numbers(model, told, audience, ledger)
        return [
            vals
            for change, notices in told.items()
            for notice in notices
            for vals in self._event_vals(model, change, notice, numbers.get(change))
        ]

    def _numbers(self, model, told, audience, ledger):
        """Return the numbers that told changes have in their record's sequence.

        :param told: lists of Notice by Change; where the number cannot be had, what is
            told is that
        :return: by Change, without those that are their record's first
        """
        changes = [
            change
            for change, notices in told.items()
            if notices and (model._name, change.id) not in ledger.created
        ]
        sequence = self.env["nshift.webhook.sequence"]
        if not ledger.careful:
            numbers = sequence._count_up(model.browse(change.id for change in changes))
            return {change: numbers[change.id] for change in changes}

        def number(change):
            return sequence._count_up(model.browse(change.id))[change.id]

        def rescue(change, error):
            told[change] = self._failed_notices(model, change, audience, error)

        return self._each(number, changes, rescue)

    def _changes(self, model, ids, audience, ledger):
        """Return what the transaction has done to records, by now."""
        existing = model.browse(ids).exists()
        # a payload is built only where somebody wants to have it
        wanted = existing.filtered(
            lambda record: (
                audience.hears_changes
                if ledger.before[model._name, record.id]
                else audience.hears_new
            )
        )
        after = self._snapshots(wanted, with_payload=True)
        after |= self._snapshots(existing - wanted, with_payload=False)
        changes = [
            Change(id_, ledger.before[key], after.get(key))
            for id_ in ids
            for key in [(model._name, id_)]
        ]
        # what only came and went was never there
        return [change for change in changes if change.last]

    def _notices(self, model, change, audience):
        """Return what is to be told of a change to somebody."""
        return [
            self._notice(model, event, view, subscriptions)
            for event in model._nshift_webhook_happened(change)
            for view, subscriptions in audience.views(event, change).items()
        ]

    def _notice(self, model, event, change, subscriptions):
        """Return what is to be told of a change, as its company may see it."""
        notice = Notice(event, change.last, subscriptions)
        if change.last.error:
            return notice._replace(failure="payload", error=change.last.error)
        data = encode_data(model._nshift_webhook_data(event, change))
        if is_too_large(data):
            return notice._replace(failure="size", error=self._size_text(data))
        return notice._replace(data=data)

    def _size_text(self, data):
        return f"{len(data.encode()) / 1_000_000:.1f} MB"

    def _failed_notices(self, model, change, audience, error):
        """Return the messages that need no other addon's code."""
        if not change.effect:
            return []
        event = f"{model._nshift_webhook_subject}.{change.effect}"
        reason = self._reason(model.browse(change.id), error)
        return [
            Notice(event, view.last, subscriptions, failure="payload", error=reason)
            for view, subscriptions in audience.views(event, change).items()
        ]

    def _snapshots(self, records, with_payload):
        """Return what records are, by (model, id).

        :param bool with_payload: see ``_nshift_webhook_snapshot``
        """

        def snapshot(record):
            return record._nshift_webhook_snapshot(with_payload)

        def rescue(record, error):
            bare = record._nshift_webhook_snapshot(with_payload=False)
            return bare and replace(bare, error=self._reason(record, error))

        found = self._each(snapshot, records, rescue)
        return {(record._name, record.id): state for record, state in found.items()}

    def _reason(self, record, error):
        """Return what an admin reads of a failure, which the log gets once in full."""
        complain(error, "The message on %s cannot be built", record)
        return f"{type(error).__name__}: {error}"

    def _event_vals(self, model, change, notice, number):
        """Return the values of the events of one notice.

        :param number: the record's from :meth:`_numbers`, None if it is its first
        """
        happened_at = self.env.cr.now()
        vals_list = []
        for subscription in notice.subscriptions:
            message_id = new_message_id()
            vals = {
                "webhook_id": subscription.webhook_id,
                "company_id": notice.seen.company_id,
                "event": notice.event,
                "message_id": message_id,
                "happened_at": happened_at,
                "res_model": model._name,
                "res_id": change.id,
                "res_name": notice.seen.name and notice.seen.name[:LONGEST_NAME],
            }
            if notice.failure:
                vals |= {
                    "state": "failed",
                    "failure": notice.failure,
                    "error": notice.error,
                }
            else:
                payload = encode(
                    message_id, notice.event, happened_at, notice.data, number or 1
                )
                vals |= {
                    "state": "pending",
                    "next_attempt_at": happened_at.replace(microsecond=0),
                    "payload": payload,
                    "payload_size": len(payload.encode()),
                }
            vals_list.append(vals)
        return vals_list

    @api.model
    def _build_again(self, event):
        """Return the payload of an event whose message could not be built before.

        It tells what the record is by now; what it was before is not known any more.

        :param event: ``nshift.webhook.event``
        :raises UserError: the record is gone, or is none that the webhook is told of
            any more, or the message still cannot be built
        """
        clean = self.with_env(clean_env(self.env.cr))
        clean.env.flush_all()
        record = clean.env[event.res_model].browse(event.res_id).exists()

        def build(record):
            snapshot = record._nshift_webhook_snapshot(with_payload=True)
            if not snapshot:
                return None, None
            if not event.webhook_id._subscription().wants(snapshot):
                return None, self.env._("It has another company or channel by now.")
            change = Change(record.id, None, snapshot)
            return encode_data(record._nshift_webhook_data(event.event, change)), None

        def rescue(record, error):
            return None, clean._reason(record, error)

        built = clean._guarded(clean._each, build, record, rescue)
        data, error = built.get(record, (None, None))
        if error:
            raise UserError(
                self.env._(
                    "The message on “%(name)s” still cannot be built: %(error)s. Show "
                    "this to whoever looks after your Odoo; the log tells more.",
                    name=event.res_name,
                    error=error,
                )
            )
        if not data:
            raise UserError(
                self.env._(
                    "“%(name)s” does not exist any more, so its message cannot be "
                    "built. Tell the receiving system in another way.",
                    name=event.res_name,
                )
            )
        if is_too_large(data):
            raise UserError(
                self.env._(
                    "The message on “%(name)s” is still too large: it has %(size)s, "
                    "and may have 5 MB. Shorten its longest texts.",
                    name=event.res_name,
                    size=self._size_text(data),
                )
            )
        number = clean.env["nshift.webhook.sequence"]._count_up(record)[record.id]
        return encode(event.message_id, event.event, event.happened_at, data, number)
