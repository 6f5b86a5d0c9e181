from collections import defaultdict

from psycopg2.errors import SerializationFailure

from odoo import api, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import groupby

from ..capture.ledger import ledger_of
from ..capture.memo import memorizing
from ..transaction import (
    clean_env,
    harmless,
    past_env,
    savepoint,
    select_stored,
)

SETTLEMENT = "nshift_webhooks.settlement"


class WebhookDeleted(Exception):
    """A webhook that follows a change is being deleted by another transaction."""


class NshiftWebhookOutbox(models.AbstractModel):
    """From touched records to events, in the transaction that touches them.

    Odoo runs precommit functions not once but at every savepoint, and forgets them when
    a savepoint is rolled back. So each settlement looks at the whole transaction anew:
    it compares a record's state at the start with its present state, and replaces the
    events that an earlier settlement has written for the record.

    Errors in here are logged, and the order is saved. Only conflicts between
    transactions are raised again: Odoo answers them by running the whole transaction
    again, events included.
    """

    _name = "nshift.webhook.outbox"
    _inherit = "nshift.webhook.message"
    _description = "Webhook outbox"

    #: Whether the addon is being uninstalled: its tables disappear while its methods
    #: are still in other models.
    _is_leaving = False

    def _audience(self, records):
        """Return the Audience of these records' events; None if nobody is told."""
        return self.env["nshift.webhook.interest"]._now().audiences.get(records._name)

    def _look_at(self, ledger, name, ids):
        """Have the next settlement look at records.

        :param ledger: the transaction's Ledger
        :param str name: the records' model
        """
        cr = self.env.cr
        ledger.touched.update((name, id_) for id_ in ids)
        if SETTLEMENT not in cr.precommit.data:
            cr.precommit.data[SETTLEMENT] = True
            cr.precommit.add(self.with_env(clean_env(cr))._settle)

    @api.model
    def _settle(self):
        """Bring the events of this transaction up to date with its changes."""
        cr = self.env.cr
        # Other code's pending changes must not be written within the savepoint below,
        # with which they might be rolled back.
        self.env.flush_all()
        # records touched from here on need a settlement of their own
        cr.precommit.data.pop(SETTLEMENT, None)
        ledger = ledger_of(cr)
        touched, ledger.touched = ledger.touched, set()
        changed, ledger.fresh = ledger.fresh, defaultdict(set)
        corrected, ledger.corrected = ledger.corrected, defaultdict(set)
        if corrected:
            touched |= self._corrected(ledger, corrected)
        with (
            harmless("Webhooks are not told of changes to %s", list(touched)),
            memorizing(ledger.changed, self.env(context={"prefetch_langs": True})),
        ):
            self._guarded(self._replace_events, ledger, touched, changed)

    def _corrected(self, ledger, corrected):
        """Return (model, id) of the records to be told now because of corrections."""
        found = set()
        with harmless("Webhooks are not told of corrections of %s", dict(corrected)):
            with savepoint(self.env.cr):
                correction = self.env["nshift.webhook.correction"]
                found = correction._affected(ledger, corrected)
        return found

    def _guarded(self, method, *args):
        """Return the result of a method that is called within a savepoint.

        If the method fails, it is called once more, with care: see :meth:`_each`.
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
        """Return a function's results for items, as a dict by item.

        With care, each call has a savepoint: a failure does no harm to other items.

        :param rescue: function of an item and an exception, called if the function
            fails for the item; makes the result instead
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

    def _replace_events(self, ledger, touched, changed):
        """Write the events of touched records in place of earlier ones.

        :param ledger: the transaction's Ledger
        :param touched: (model, id) of each record
        :param changed: ids of records changed since the last settlement, by model
        """
        events = self.env["nshift.webhook.event"]
        touched = self._wanted(ledger, touched) | self._stale(ledger, changed)
        touched = self._in_order(ledger.with_trailing(touched))
        ledger.settled.update(touched)
        outdated = [id_ for key in touched for id_ in ledger.event_ids[key]]
        if outdated:
            # no user deletes these events, so the audit log has no line about them
            outdated = events.browse(outdated)
            outdated._delete_rows()
            outdated.invalidate_recordset(flush=False)
        vals_list = []
        for name, keys in groupby(touched, key=lambda key: key[0]):
            model = self.env[name]
            if audience := self._audience(model):
                vals_list += self._events_of(model, keys, audience, ledger)
        if ledger.careful:
            vals_list = self._without_deleted_webhooks(vals_list)
        if not vals_list:
            return
        try:
            self._write_events(ledger, vals_list)
        except SerializationFailure as error:
            if ledger.careful:
                raise
            # a webhook is being deleted: no reason to have an order saved again
            raise WebhookDeleted from error
        if any("next_attempt_at" in vals for vals in vals_list):
            # otherwise the ORM reads the superuser's record, for its company
            companies = [vals_list[0]["company_id"]]
            self.with_context(allowed_company_ids=companies)._wake_up(ledger)

    def _wanted(self, ledger, keys):
        """Return the touched records that webhooks may have to be told of.

        :param keys: (model, id) of each record, created by this transaction or before
        """
        wanted = set()
        watcher = self.env["nshift.webhook.watcher"]
        for name, group in groupby(keys, key=lambda key: key[0]):
            model = self.env[name]
            if audience := self._audience(model):
                new = ledger.created.intersection(group)
                if audience.hears_new:
                    wanted |= new
                old = set(group) - new
                if watcher._hears_of_all(model, audience):
                    wanted |= old
                elif audience.is_selective:
                    wanted |= self._moved(ledger, model, old)
        return wanted

    def _moved(self, ledger, model, keys):
        """Return the records with changes of ``_nshift_webhook_deciding`` fields.

        :param keys: (model, id) of each record
        """
        with past_env(ledger, self.env.cr) as env:
            pasts = [
                model._fields[field]._get_cache(env)
                for field in model._nshift_webhook_deciding
            ]
        return {key for key in keys if any(key[1] in past for past in pasts)}

    def _stale(self, ledger, changed):
        """Return settled records that show records changed since.

        :param changed: ids of the changed records, by model
        """
        found = set()
        paths = defaultdict(list)
        for name, ids in changed.items():
            for subject, path in self.env["nshift.webhook.watcher"]._readers(name):
                paths[subject].append(Domain(path, "in", list(ids)))
        for subject, domains in paths.items():
            ids = [id_ for name, id_ in ledger.settled if name == subject]
            if ids:
                domain = Domain("id", "in", ids) & Domain.OR(domains)
                stale = select_stored(self.env[subject], domain)
                found.update((subject, id_) for id_ in stale)
        return found

    def _without_deleted_webhooks(self, vals_list):
        """Leave out the events of webhooks that another transaction has deleted.

        Capture may still know such webhooks from a moment before, but their events
        cannot be stored.
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
                # deleted since this transaction began: nothing else changes the key
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

        :param keys: (model, id) of each record
        """
        changes = self._changes(model, [id_ for _name, id_ in keys], audience, ledger)
        model._nshift_webhook_changing(changes)
        implementations = self._implementations(model)
        told = self._each(
            lambda change: self._notices(model, change, audience, implementations),
            changes,
            lambda change, error: self._failed_notices(model, change, audience, error),
        )
        numbers = self._numbers(model, told, audience, ledger)
        self._note_leading(model, told, ledger)
        places = self.env["nshift.webhook.type"]._places()
        return [
            vals
            for change, notices in told.items()
            for notice in sorted(notices, key=lambda each: places.get(each.event, 0))
            for vals in self._event_vals(model, change, notice, numbers.get(change))
        ]

    def _numbers(self, model, told, audience, ledger):
        """Return the numbers of told changes in their records' sequences.

        The notices of a change whose number cannot be had are replaced in ``told`` by
        notices without a message.

        :param told: lists of Notice by Change
        :return: dict by Change, without changes that are their record's first
        """
        changes = [
            change
            for change, notices in told.items()
            # Changes that no webhook follows count as well: a transaction that has a
            # webhook follow the record meanwhile would tell the record without them.
            if (
                notices
                or (change.effect and not audience.all_follow(change))
                # a cart may have no payload to compare
                or ledger.was_cart((model._name, change.id))
            )
            and (model._name, change.id) not in ledger.created
        ]
        sequence = self.env["nshift.webhook.sequence"]
        if not ledger.careful:
            # a record that was a shipment and is a return now has two changes
            ids = {change.id for change in changes}
            numbers = sequence._count_up(model.browse(ids))
            return {change: numbers[change.id] for change in changes}

        def number(change):
            return sequence._count_up(model.browse(change.id))[change.id]

        def rescue(change, error):
            reason = self._reason(model.browse(change.id), error)
            told[change] = [each.without_message(reason) for each in told[change]]

        return self._each(number, changes, rescue)
