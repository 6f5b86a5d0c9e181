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
    _inherit = "nshift.webhook.message"
    _description = "Webhook outbox"

    #: Whether the addon is being uninstalled: its tables are going, while its methods
    #: are still in the models of others.
    _is_leaving = False

    def _audience(self, records):
        """Return the Audience of these records' events, None if there is none."""
        return self.env["nshift.webhook.interest"]._now().audiences.get(records._name)

    def _look_at(self, ledger, name, ids):
        """Have the next settlement look at records.

        :param str name: their model
        """
        cr = self.env.cr
        ledger.touched.update((name, id_) for id_ in ids)
        if SETTLEMENT not in cr.precommit.data:
            cr.precommit.data[SETTLEMENT] = True
            cr.precommit.add(self.with_env(clean_env(cr))._settle)

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
        """Return (model, id) of what is told now because of what it shows."""
        found = set()
        with harmless("Webhooks are not told of corrections of %s", dict(corrected)):
            with savepoint(self.env.cr):
                correction = self.env["nshift.webhook.correction"]
                found = correction._affected(ledger, corrected)
        return found

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

    def _replace_events(self, ledger, touched, changed):
        """Write the events of touched records in place of earlier ones.

        :param touched: (model, id) of each
        :param changed: ids by model of what changed since the last settlement
        """
        events = self.env["nshift.webhook.event"]
        touched = self._wanted(ledger, touched) | self._stale(ledger, changed)
        touched = self._in_order(ledger.with_trailing(touched))
        ledger.settled.update(touched)
        outdated = [id_ for key in touched for id_ in ledger.event_ids[key]]
        if outdated:
            # nobody deletes anything, so the audit log has nothing to tell
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
            # a webhook is being deleted: no reason to have an order saved once more
            raise WebhookDeleted from error
        if any("next_attempt_at" in vals for vals in vals_list):
            # or the ORM reads all of the superuser, to know their company
            companies = [vals_list[0]["company_id"]]
            self.with_context(allowed_company_ids=companies)._wake_up(ledger)

    def _wanted(self, ledger, keys):
        """Return those records that somebody wants to hear of, made or found.

        :param keys: (model, id) of each
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
        """Return those records that may be followed by others than before.

        :param keys: (model, id) of each
        """
        with past_env(ledger, self.env.cr) as env:
            pasts = [
                model._fields[field]._get_cache(env)
                for field in model._nshift_webhook_deciding
            ]
        return {key for key in keys if any(key[1] in past for past in pasts)}

    def _stale(self, ledger, changed):
        """Return what was settled before, and shows something that changed since.

        :param changed: ids by model
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
        """Return the numbers that told changes have in their record's sequence.

        :param told: lists of Notice by Change; where the number cannot be had, what is
            told is that
        :return: by Change, without those that are their record's first
        """
        changes = [
            change
            for change, notices in told.items()
            # What nobody follows counts as well: whoever has it followed at the same
            # time would tell it without this change.
            if (
                notices
                or (change.effect and not audience.all_follow(change))
                # of a cart there may be no payload to compare
                or ledger.was_cart((model._name, change.id))
            )
            and (model._name, change.id) not in ledger.created
        ]
        sequence = self.env["nshift.webhook.sequence"]
        if not ledger.careful:
            # of one that was a shipment and is a return now, there are two
            ids = {change.id for change in changes}
            numbers = sequence._count_up(model.browse(ids))
            return {change: numbers[change.id] for change in changes}

        def number(change):
            return sequence._count_up(model.browse(change.id))[change.id]

        def rescue(change, error):
            reason = self._reason(model.browse(change.id), error)
            told[change] = [each.without_message(reason) for each in told[change]]

        return self._each(number, changes, rescue)
