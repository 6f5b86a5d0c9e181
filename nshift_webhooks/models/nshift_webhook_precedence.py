from odoo import models


class NshiftWebhookOutbox(models.AbstractModel):
    """The order among the messages of a transaction: a part of the outbox.

    Shipments' messages go after their orders', so that no receiver is told of a
    shipment whose order is unknown. Each event has the ids of the events that it waits
    for, if its webhook is told of both.
    """

    _inherit = "nshift.webhook.outbox"

    def _in_order(self, keys):
        """Return records in the order of their messages: orders before shipments.

        :param keys: (model, id) of each record
        """

        def depth(name):
            leading = self.env[name]._nshift_webhook_goes_after
            return 1 + depth(leading) if leading else 0

        depths = {name: depth(name) for name in {name for name, _id in keys}}
        return sorted(keys, key=lambda key: (depths[key[0]], key))

    def _write_events(self, ledger, vals_list):
        """Write events, each after the events that it waits for.

        :param ledger: the transaction's Ledger
        :param vals_list: the events' values, those of leading records first
        """
        written, keys = [], set()

        def write():
            ids = self.env["nshift.webhook.event"]._insert(written)
            for id_, vals in zip(ids, written, strict=True):
                key = vals["res_model"], vals["res_id"]
                ledger.event_ids[key][id_] = vals["webhook_id"]
            written.clear()
            keys.clear()

        for vals in vals_list:
            key = vals["res_model"], vals["res_id"]
            leading = ledger.leading.get(key, ())
            if not keys.isdisjoint(leading):
                write()
            # events deleted in the meantime are not waited for
            after_ids = sorted(
                id_
                for each in leading
                for id_, webhook_id in ledger.event_ids[each].items()
                if webhook_id == vals["webhook_id"]
            )
            written.append(vals | {"after_ids": after_ids} if after_ids else vals)
            keys.add(key)
        write()

    def _note_leading(self, model, told, ledger):
        """Note the records whose messages go before those of changes, if a webhook may
        be told of both.

        :param told: lists of Notice by Change
        """
        name = model._nshift_webhook_goes_after
        audience = self._audience(self.env[name]) if name else None
        if not audience:
            return
        for change, notices in told.items():
            webhook_ids = {
                subscription.webhook_id
                for notice in notices
                for subscription in notice.subscriptions
            }
            if not webhook_ids.isdisjoint(audience.webhook_ids):
                ids = [
                    id_
                    for state in (change.before, change.after)
                    if state
                    for id_ in state.leading_ids
                ]
                key = model._name, change.id
                ledger.note_leading(key, [(name, id_) for id_ in ids])
