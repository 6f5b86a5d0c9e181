import logging
from contextlib import contextmanager
from dataclasses import replace

from odoo import SUPERUSER_ID, api, models
from odoo.orm.environments import Transaction
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, groupby

from ..capture.ledger import ledger_of
from ..capture.snapshot import net_effect
from ..payload.envelope import encode, new_message_id

_logger = logging.getLogger(__name__)

SETTLEMENT = "nshift_webhooks.settlement"


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

    @api.model
    def _touch(self, records, vals_list):
        """Note what may change, and how this transaction found it.

        :param records: what is about to be written, or has just been made
        :param vals_list: the values that are about to be written
        """
        cr = self.env.cr
        with _harmless("Changes to %s may not be told to webhooks", records):
            subscriptions = self.env["nshift.webhook"]._subscriptions()
            if records._nshift_webhook_subject not in subscriptions:
                return
            # whoever changes an order need not have the right to read it
            subjects = records.sudo()._nshift_webhook_subjects(vals_list)
            keys = [(subjects._name, id_) for id_ in subjects._ids if id_]
            ledger = ledger_of(cr)
            if unknown := [
                id_ for name, id_ in keys if (name, id_) not in ledger.before
            ]:
                with _savepoint(cr), _stored_state(cr) as env:
                    outbox = env[self._name]
                    ledger.before |= outbox._found(env[subjects._name].browse(unknown))
            ledger.touched.update(dict.fromkeys(keys))
            if keys and SETTLEMENT not in cr.precommit.data:
                cr.precommit.data[SETTLEMENT] = True
                cr.precommit.add(self.with_env(_clean_env(cr))._settle)

    @api.model
    def _settle(self):
        """Bring the events of this transaction up to date with what it has done."""
        cr = self.env.cr
        # what is touched from here on needs a settlement of its own
        cr.precommit.data.pop(SETTLEMENT, None)
        ledger = ledger_of(cr)
        touched, ledger.touched = sorted(ledger.touched), {}
        with _harmless("Webhooks are not told of changes to %s", touched):
            with _savepoint(cr):
                self._replace_events(ledger, touched)

    def _found(self, records):
        """Return what records were before this transaction, by (model, id).

        :param records: records in an environment of :func:`_stored_state`
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM %s WHERE id IN %s AND create_date IS DISTINCT FROM %s",
                SQL.identifier(records._table),
                records._ids,
                # the creation date of whatever this transaction has made
                self.env.cr.now(),
            )
        )
        subscriptions = self.env["nshift.webhook"]._subscriptions()
        asked = subscriptions.get(records._nshift_webhook_subject, {})
        existing = records.browse(id_ for (id_,) in rows)
        return {(records._name, id_): None for id_ in records._ids} | self._snapshots(
            existing, with_payload=bool({"updated", "deleted"} & asked.keys())
        )

    def _snapshots(self, records, with_payload):
        """Return what records are, by (model, id)."""
        try:
            with _savepoint(self.env.cr):
                return {
                    (record._name, record.id): record._nshift_webhook_snapshot(
                        with_payload
                    )
                    for record in records
                }
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception:
            # one by one, to lose only what is broken
            return {
                (record._name, record.id): self._snapshot(record, with_payload)
                for record in records
            }

    def _snapshot(self, record, with_payload):
        """Return what a record is, or why that cannot be told."""
        try:
            with _savepoint(self.env.cr):
                return record._nshift_webhook_snapshot(with_payload)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:
            _logger.exception("The payload of %s cannot be built", record)
            return replace(
                record._nshift_webhook_snapshot(with_payload=False),
                error=f"{type(error).__name__}: {error}",
            )

    def _replace_events(self, ledger, touched):
        events = self.env["nshift.webhook.event"]
        outdated = [id_ for key in touched for id_ in ledger.event_ids[key]]
        events.browse(outdated).exists().unlink()
        keys, vals_list = [], []
        for name, group in groupby(touched, key=lambda key: key[0]):
            for key, vals in self._events_of(name, group, ledger.before):
                keys.append(key)
                vals_list.append(vals)
        events = events.create(vals_list)
        for key, event in zip(keys, events, strict=True):
            ledger.event_ids[key].append(event.id)
        events.filtered(lambda event: event.state == "pending").webhook_id._wake_up()

    def _events_of(self, name, keys, before):
        """Yield the events of one model's records: (key, values)."""
        model = self.env[name]
        subject = model._nshift_webhook_subject
        subscriptions = self.env["nshift.webhook"]._subscriptions().get(subject, {})
        existing = model.browse(id_ for _name, id_ in keys).exists()
        # a payload is built only where somebody wants to have it
        told = existing.filtered(
            lambda record: (
                ("updated" if before[name, record.id] else "created") in subscriptions
            )
        )
        after = self._snapshots(told, with_payload=True)
        after |= self._snapshots(existing - told, with_payload=False)
        for key in keys:
            states = before[key], after.get(key)
            effect = net_effect(*states)
            for subscription in subscriptions.get(effect, ()):
                if any(map(subscription.wants, states)):
                    event = f"{subject}.{effect}"
                    yield key, self._event_vals(subscription, event, key, *states)

    def _event_vals(self, subscription, event, key, before, after):
        state = after or before
        message_id = new_message_id()
        happened_at = self.env.cr.now()
        vals = {
            "webhook_id": subscription.webhook_id,
            "company_id": state.company_id,
            "event": event,
            "message_id": message_id,
            "happened_at": happened_at,
            "res_model": key[0],
            "res_id": key[1],
            "res_name": state.name,
        }
        if error := state.error or (before and before.error):
            return vals | {"state": "failed", "failure": "payload", "error": error}
        return vals | {
            "state": "pending",
            "next_attempt_at": happened_at.replace(microsecond=0),
            "payload": encode(message_id, event, happened_at, state.payload),
        }


@contextmanager
def _harmless(complaint, *args):
    """Log a failure instead of passing it on to whoever saves an order.

    :param str complaint: what follows from the failure, with its ``args``
    """
    try:
        yield
    except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
        raise
    except Exception:
        _logger.exception(complaint, *args)


def _savepoint(cr):
    """Return a savepoint that keeps a failed query from the rest of the transaction.

    Not one that flushes: entering such a one settles.
    """
    return cr.savepoint(flush=False)


def _clean_env(cr):
    """Return an environment in which payloads are the same whoever is at work."""
    return api.Environment(cr, SUPERUSER_ID, {})


@contextmanager
def _stored_state(cr):
    """Yield an environment that sees what is in the database, and not what has been
    assigned but not written yet."""
    transaction = cr.transaction
    cr.transaction = Transaction(transaction.registry)
    try:
        yield _clean_env(cr)
    finally:
        cr.transaction = transaction
