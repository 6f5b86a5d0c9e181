import json

from odoo import api, fields, models
from odoo.tools import SQL

from ..capture.memo import memo_of
from ..payload.departed import as_it_left, kept
from ..transaction import harmless, savepoint


class NshiftWebhookDeparture(models.Model):
    """A shipment's goods, packages and addresses as it left."""

    _name = "nshift.webhook.departure"
    _description = "What has left"
    _log_access = False

    # no foreign key, so that deleting a transfer does not involve this table
    picking_id = fields.Integer("Transfer", required=True)
    left_at = fields.Datetime(
        required=True, help="When the transaction began in which it left."
    )
    shown = fields.Json("What it was", required=True)

    _picking = models.UniqueIndex("(picking_id)")

    @api.model
    def _keep(self, shown):
        """Store how messages show the shipments that leave in this transaction.

        :param dict shown: the values that messages show, by the transfer's id
        """
        if not shown:
            return
        now = self.env.cr.now()
        rows = [(id_, now, json.dumps(kept(each))) for id_, each in shown.items()]
        with (
            harmless("What leaves with %s is not kept", list(shown)),
            savepoint(self.env.cr),
        ):
            self.env.cr.execute(
                SQL(
                    "INSERT INTO nshift_webhook_departure (picking_id, left_at, shown) "
                    "VALUES %s ON CONFLICT (picking_id) DO UPDATE "
                    "SET left_at = excluded.left_at, shown = excluded.shown",
                    SQL(", ").join(SQL("%s", row) for row in rows),
                )
            )

    @api.model
    def _as_it_left(self, picking, shown):
        """Return a done transfer's values for messages, with the goods as they left.

        :param dict shown: the transfer's present values
        """
        memo = memo_of(self.env.cr)
        found = memo.asked(_look_up, picking) if memo else _look_up(picking)
        return as_it_left(shown, found.get(picking.id))

    @api.autovacuum
    def _gc_deleted_transfers(self):
        self.env.cr.execute(
            "DELETE FROM nshift_webhook_departure AS departure WHERE NOT EXISTS ("
            "SELECT FROM stock_picking WHERE id = departure.picking_id)"
        )


def _look_up(pickings):
    """Return the stored values of transfers, by id; None for a transfer without any."""
    cr = pickings.env.cr
    # no rows of this transaction: shipments that leave in it may change until its end
    cr.execute(
        "SELECT picking_id, shown FROM nshift_webhook_departure"
        " WHERE picking_id = ANY(%s) AND left_at != %s",
        (list(pickings._ids), cr.now()),
    )
    return dict.fromkeys(pickings._ids) | dict(cr.fetchall())
