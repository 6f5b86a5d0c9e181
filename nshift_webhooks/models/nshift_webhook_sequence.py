from odoo import api, fields, models
from odoo.tools import SQL

#: The highest number in the database; all further changes are told with it.
HIGHEST_NUMBER = 2**31 - 1


class NshiftWebhookSequence(models.Model):
    """The number of changes of a record that were told, its creation being the first.

    The numbers are no field of orders and shipments: while the database lacks a field's
    column, such as between the restart with a new version and the upgrade, no order
    could be read, written or made.

    A record has no line before its second number.
    """

    _name = "nshift.webhook.sequence"
    _description = "Number of changes told"
    _log_access = False

    res_model = fields.Char("Model", required=True)
    res_id = fields.Integer("Record", required=True)
    number = fields.Integer(aggregator=None)

    _record = models.UniqueIndex("(res_model, res_id)")

    @api.model
    def _count_up(self, records):
        """Give each record the next number in the sequence of its told changes.

        Of two transactions that tell changes of the same order, only one gets through
        this call, and Odoo runs the other again. So the second message has the changes
        of both, even if they have only changed two different lines of the order.

        :param records: of one model; some may be deleted
        :return: the numbers by id
        """
        if not records:
            return {}
        self.env.cr.execute(
            """
            INSERT INTO nshift_webhook_sequence AS sequence (res_model, res_id, number)
            SELECT %s, id, 2 FROM unnest(%s) AS id ORDER BY id
            ON CONFLICT (res_model, res_id) DO UPDATE
            -- whatever it was: a number that cannot be counted up would silence the
            -- record
            SET number = LEAST(%s, GREATEST(sequence.number, 1)::bigint + 1)
            RETURNING res_id, number
            """,
            (records._name, list(records._ids), HIGHEST_NUMBER),
        )
        return dict(self.env.cr.fetchall())

    @api.autovacuum
    def _gc_deleted_records(self):
        """Remove the numbers of deleted records: no id is given twice."""
        self.env.cr.execute("SELECT DISTINCT res_model FROM nshift_webhook_sequence")
        for (name,) in self.env.cr.fetchall():
            model = self.env.get(name)
            is_kept = (
                SQL(
                    "EXISTS (SELECT FROM %s AS record WHERE record.id = res_id)",
                    SQL.identifier(model._table),
                )
                if model is not None
                else SQL("FALSE")
            )
            self.env.cr.execute(
                SQL(
                    "DELETE FROM nshift_webhook_sequence "
                    "WHERE res_model = %s AND NOT %s",
                    name,
                    is_kept,
                )
            )
