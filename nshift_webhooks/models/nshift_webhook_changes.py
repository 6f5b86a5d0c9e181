from contextlib import nullcontext
from dataclasses import replace

from odoo import models

from ..capture.change import Change
from ..capture.ledger import ledger_of
from ..capture.memo import memo_of
from ..capture.reading import fields_of, read
from ..transaction import past_env


class NshiftWebhookOutbox(models.AbstractModel):
    """From touched records to their Changes: a part of the outbox."""

    _inherit = "nshift.webhook.outbox"

    def _look_back(self, model, ids):
        """Find the state of records before this transaction, while it can be seen.

        :param model: a model that events tell about
        """
        ledger = ledger_of(self.env.cr)
        unknown = [
            id_
            for id_ in ledger.old(model._name, ids)
            if (model._name, id_) not in ledger.before
        ]
        if unknown and (audience := self._audience(model)):
            memo = memo_of(self.env.cr)
            with memo.past() if memo else nullcontext():
                ledger.before |= self._guarded(
                    self._found, ledger, model.browse(unknown), audience
                )

    def _read(self, records):
        """Read the records' own columns that payloads show into memory."""
        read(records, fields_of(records, records._nshift_webhook_columns.split()))

    def _found(self, ledger, records, audience):
        """Return the state of records before this transaction, by (model, id).

        :param records: records that the transaction is not known to have created
        :return: dict of Snapshots; None for records that were not there
        """
        cr, now = self.env.cr, self.env.cr.now()
        with past_env(ledger, cr) as env:
            found = records.with_env(env)
            self._read(found)
            # without records that are gone, or that this transaction has made before
            # there was a webhook
            made = found._fields["create_date"]._get_cache(env)
            existing = found.filtered(lambda record: made.get(record.id, now) != now)
            unfound = dict.fromkeys((records._name, id_) for id_ in records._ids)
            return unfound | self.with_env(env)._snapshots(
                existing, audience.hears_changes, audience
            )

    def _changes(self, model, ids, audience, ledger):
        """Return the Changes of records by this transaction so far."""
        name = model._name
        existing = model.browse(ids).exists()
        self._read(existing)
        if audience.hears_changes:
            wanted = existing
            if not audience.hears_new:
                wanted = existing.filtered(
                    lambda record: not ledger.is_new((name, record.id))
                )
        else:
            # the former state decides for which webhooks a record is new
            self._look_back(model, ids)
            bare = self._snapshots(existing, False, audience)
            wanted = existing.filtered(
                lambda record: audience.sees_new(
                    Change(
                        record.id,
                        ledger.before.get((name, record.id)),
                        bare[name, record.id],
                    )
                )
            )
        after = self._snapshots(wanted, True, audience)
        after |= self._snapshots(existing - wanted, False, audience)
        self._look_back(model, ids)
        changes = [
            change
            for id_ in ids
            for key in [(name, id_)]
            for change in Change(id_, ledger.before.get(key), after.get(key)).split()
        ]
        # a record that only came and went was never there
        return [change for change in changes if change.last]

    def _snapshots(self, records, with_payload, audience):
        """Return the Snapshots of records' present state, by (model, id).

        :param bool with_payload: see ``_nshift_webhook_snapshot``; carts have a payload
            only if a webhook follows carts
        """

        def snapshot(record):
            return record._nshift_webhook_snapshot(
                with_payload
                and (audience.hears_carts or not record._nshift_webhook_is_cart())
            )

        def rescue(record, error):
            bare = record._nshift_webhook_snapshot(with_payload=False)
            return bare and replace(bare, error=self._reason(record, error))

        found = self._each(snapshot, records, rescue)
        return {(record._name, record.id): state for record, state in found.items()}
