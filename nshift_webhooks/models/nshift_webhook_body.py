from collections import Counter
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from ..payload.envelope import rest_of
from ..store.body import body
from ..tables import add_columns, add_index


class NshiftWebhookBody(models.Model):
    """The part of a message that several events share: all but its beginning.

    Events refer to a body by a column that is no field (``body_id``), and without a
    foreign key, whose check would slow down the saving of orders. A reference is made
    when its event is inserted and never later, so bodies without references can go.
    """

    _name = "nshift.webhook.body"
    _description = "Webhook message of several events"
    _log_access = False

    rest = fields.Text("Message after its ID", required=True)

    @api.model
    def _share(self, vals_list):
        """Store the common part of several new events' messages only once.

        :param vals_list: dicts of the events' columns
        :return: the dicts to insert
        """
        rests = [
            vals.get("payload") and rest_of(vals["message_id"], vals["payload"])
            for vals in vals_list
        ]
        shared = [rest for rest, count in Counter(rests).items() if rest and count > 1]
        if not shared:
            return vals_list
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO nshift_webhook_body (rest) VALUES %s RETURNING id",
                SQL(", ").join(SQL("(%s)", rest) for rest in shared),
            )
        )
        ids = dict(zip(shared, (id_ for [id_] in rows), strict=True))
        return [
            vals | {"payload": None, "body_id": ids[rest]} if rest in ids else vals
            for vals, rest in zip(vals_list, rests, strict=True)
        ]

    @api.model
    @contextmanager
    def _letting_go(self, condition):
        """Delete unused bodies after a ``with`` block that deletes events or messages.

        :param SQL condition: the condition of these events
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT body_id FROM nshift_webhook_event "
                "WHERE body_id IS NOT NULL AND %s",
                condition,
            )
        )
        yield
        self.browse(id_ for [id_] in rows)._remove_unused()

    def _remove_unused(self):
        """Delete the bodies that no event refers to any more.

        Two transactions may delete the last two references at once, and neither sees
        the other's work. So a transaction that leaves a body behind writes its row: the
        other transaction then waits, or is run again, and looks once more.
        """
        if not self:
            return
        self._delete_unused()
        self.env.cr.execute(
            """
            WITH left_to_others AS (
              SELECT id FROM nshift_webhook_body WHERE id = ANY(%s) ORDER BY id
                 FOR UPDATE
            )
            UPDATE nshift_webhook_body SET rest = rest
             WHERE id IN (SELECT id FROM left_to_others)
            """,
            (self.ids,),
        )
        if self.env.cr.rowcount:
            self._delete_unused()

    def _delete_unused(self):
        self.env.cr.execute(
            "DELETE FROM nshift_webhook_body AS body WHERE id = ANY(%s) AND NOT EXISTS "
            "(SELECT FROM nshift_webhook_event WHERE body_id = body.id)",
            (self.ids,),
        )


class NshiftWebhookEvent(models.Model):
    """Makes the ORM read, search and export messages from bodies, too."""

    _inherit = "nshift.webhook.event"

    def init(self):
        result = super().init()
        cr = self.env.cr
        add_columns(cr, self._table, body_id=SQL("int"))
        add_index(
            cr,
            "nshift_webhook_event_body_index",
            SQL("nshift_webhook_event (body_id) WHERE body_id IS NOT NULL"),
        )
        return result

    @api.model
    def _insert(self, vals_list):
        return super()._insert(self.env["nshift.webhook.body"]._share(vals_list))

    def _field_to_sql(self, alias, field_expr, query=None):
        sql = super()._field_to_sql(alias, field_expr, query)
        return body(alias, sql) if field_expr == "payload" else sql

    def unlink(self):
        bodies = self.env["nshift.webhook.body"]
        with bodies._letting_go(SQL("id = ANY(%s)", self.ids)):
            return super().unlink()

    def _delete_rows(self):
        """Delete events in SQL, without the further work of the ORM and of addons."""
        bodies = self.env["nshift.webhook.body"]
        with bodies._letting_go(SQL("id = ANY(%s)", self.ids)):
            self.env.cr.execute(
                "DELETE FROM nshift_webhook_event WHERE id = ANY(%s)", (self.ids,)
            )


class NshiftWebhook(models.Model):
    """The database deletes a webhook's events with the webhook, by a foreign key."""

    _inherit = "nshift.webhook"

    def unlink(self):
        bodies = self.env["nshift.webhook.body"]
        with bodies._letting_go(SQL("webhook_id = ANY(%s)", self.ids)):
            return super().unlink()
