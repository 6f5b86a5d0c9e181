from collections import Counter
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.tools import SQL

from ..payload.envelope import rest_of
from ..store.body import body
from ..tables import add_columns, add_index


class NshiftWebhookBody(models.Model):
    """What messages of several events have in common: all but their beginning.

    Events refer to it by a column that is no field (``body_id``), and without a foreign
    key, which whoever saves an order would pay for. A reference is made with the row
    itself and never later, so that what nobody refers to can go.
    """

    _name = "nshift.webhook.body"
    _description = "Webhook message of several events"
    _log_access = False

    rest = fields.Text("Message after its ID", required=True)

    @api.model
    def _share(self, vals_list):
        """Keep once what several new events tell.

        :param vals_list: values of the events' columns
        :return: the values to be kept
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
        """For a ``with`` block in which events go, or forget their messages: remove
        afterwards the bodies that no other event refers to.

        :param SQL condition: of the events
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
        """Remove those of these bodies that no event refers to any more.

        Two transactions may take the last two references at once, and neither sees what
        the other does. So whoever leaves a body to others writes its row, after which
        the other one waits, or is run again, and looks once more.
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
    """The ORM reads, searches and exports messages wherever their text is."""

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
        """Delete events in SQL, without what the ORM and other addons do then."""
        bodies = self.env["nshift.webhook.body"]
        with bodies._letting_go(SQL("id = ANY(%s)", self.ids)):
            self.env.cr.execute(
                "DELETE FROM nshift_webhook_event WHERE id = ANY(%s)", (self.ids,)
            )


class NshiftWebhook(models.Model):
    """With a webhook, the database deletes its events by itself."""

    _inherit = "nshift.webhook"

    def unlink(self):
        bodies = self.env["nshift.webhook.body"]
        with bodies._letting_go(SQL("webhook_id = ANY(%s)", self.ids)):
            return super().unlink()
