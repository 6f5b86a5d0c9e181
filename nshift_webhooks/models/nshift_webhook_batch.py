from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..tables import add_columns
from ..writing import number

#: How many events are processed in one transaction, and at the most while a person
#: waits.
BATCH = 5000
#: How often a batch is tried that conflicts with other transactions.
TRIES = 5


class NshiftWebhookBatch(models.Model):
    """Events to be processed in the background.

    An act on more events than a person would wait for is split into batches at once, so
    that the act applies to the events of this moment. A scheduled action does one batch
    after the other, each in its own transaction. The ids are in a column that is no
    field, so nothing else of the events is ever in memory.
    """

    _name = "nshift.webhook.batch"
    _description = "Webhook events to work on"
    _log_access = False

    webhook_id = fields.Many2one(
        "nshift.webhook", required=True, ondelete="cascade", index=True
    )
    act = fields.Selection(
        [
            ("cancel", "Cancel"),
            ("give_up", "Give up again"),
            ("send", "Send again"),
            ("delete", "Delete"),
            ("wipe", "Wipe"),
        ],
        required=True,
    )
    user_name = fields.Char("Who has it done")
    number = fields.Integer("Number of the act", required=True)
    count = fields.Integer("Events", required=True)
    total = fields.Integer("Events of the act", required=True)

    def init(self):
        add_columns(self.env.cr, self._table, event_ids=SQL("int[]"))

    @api.model
    def _add(self, act, condition):
        """Queue an act on events for the background.

        :param str act: a value of the field ``act``
        :param SQL condition: the condition of the events
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO nshift_webhook_batch
                       (webhook_id, act, user_name, number, count, total, event_ids)
                SELECT webhook_id, %(act)s, %(user_name)s, number, count(*), total,
                       array_agg(id ORDER BY id)
                  FROM (
                    SELECT id, webhook_id,
                           count(*) OVER (PARTITION BY webhook_id) AS total,
                           (row_number() OVER (PARTITION BY webhook_id ORDER BY id) - 1)
                             / %(size)s AS part
                      FROM nshift_webhook_event AS event
                     WHERE %(condition)s
                  ) AS event,
                  (SELECT COALESCE(max(number), 0) + 1 AS number
                     FROM nshift_webhook_batch) AS next
                 GROUP BY webhook_id, number, total, part
                 ORDER BY webhook_id, part
                """,
                act=act,
                user_name=self.env.user.sudo().name,
                size=BATCH,
                condition=condition,
            )
        )
        self._trigger()

    @api.model
    def _trigger(self):
        """Have the scheduled action run as soon as this transaction is committed."""
        # sudo: scheduled actions are system administrators', but users who may act on
        # events or webhooks may have the acts carried out
        self.env.ref("nshift_webhooks.cron_wipe").sudo()._trigger()

    @api.model
    def _waits_for(self, webhooks):
        """Tell whether webhooks have batches, after which later acts have to come."""
        return bool(
            self.env.execute_query(
                SQL(
                    "SELECT 1 FROM nshift_webhook_batch WHERE webhook_id = ANY(%s) "
                    "LIMIT 1",
                    webhooks.ids,
                )
            )
        )

    @api.model
    def _run(self):
        """Do batch after batch, as long as the scheduled action may."""
        tries = TRIES
        while True:
            try:
                done = self._do_next()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # an answer is being recorded, or somebody works on the same events
                tries -= 1
                if not tries:
                    raise
                self.env.cr.rollback()
                self.env.invalidate_all(flush=False)
                continue
            if not done:
                return
            tries = TRIES
            [[remaining]] = self.env.execute_query(
                SQL("SELECT COALESCE(sum(count), 0) FROM nshift_webhook_batch")
            )
            if not self.env["ir.cron"]._commit_progress(done, remaining=remaining):
                return

    @api.model
    def _do_next(self):
        """Do the earliest batch.

        :return: the number of its events; None if there is no batch
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT id, webhook_id, act, user_name, count, event_ids "
                "FROM nshift_webhook_batch ORDER BY id LIMIT 1"
            )
        )
        if not rows:
            return None
        [[id_, webhook_id, act, who, count, event_ids]] = rows
        self.env["nshift.webhook.event"].sudo()._do(act, event_ids, who=who)
        self.env.cr.execute("DELETE FROM nshift_webhook_batch WHERE id = %s", (id_,))
        webhook = self.env["nshift.webhook"].browse(webhook_id)
        webhook._end_act(act)
        webhook._tell_of_progress()
        return count


class NshiftWebhook(models.Model):
    """Progress of acts on very many events of a webhook."""

    _inherit = "nshift.webhook"

    progress = fields.Char(compute="_compute_progress")

    def _compute_progress(self):
        words = {
            "cancel": self.env._(
                "Messages that are not to be sent: %(done)s of %(total)s."
            ),
            "give_up": self.env._("Messages given up again: %(done)s of %(total)s."),
            "send": self.env._(
                "Messages made ready to be sent again: %(done)s of %(total)s."
            ),
            "delete": self.env._("Events deleted: %(done)s of %(total)s."),
            "wipe": self.env._("Messages wiped: %(done)s of %(total)s."),
        }
        acts = self.env.execute_query(
            SQL(
                "SELECT webhook_id, act, total, sum(count) FROM nshift_webhook_batch "
                "WHERE webhook_id = ANY(%s) GROUP BY webhook_id, number, act, total "
                "ORDER BY number",
                self.ids,
            )
        )
        for webhook in self:
            webhook.progress = " ".join(
                words[act]
                % {
                    "done": number(self.env, total - left),
                    "total": number(self.env, total),
                }
                for webhook_id, act, total, left in acts
                if webhook_id == webhook.id
            )

    def _end_act(self, act):
        """Complete an act on the webhook's events, if this was its last batch.

        :param str act: the act of a batch that is done
        """
        [[more]] = self.env.execute_query(
            SQL(
                "SELECT EXISTS (SELECT FROM nshift_webhook_batch "
                "WHERE webhook_id = %s AND act = %s)",
                self.id,
                act,
            )
        )
        if act == "cancel" and not more:
            self._write_health(drop_up_to=None)
        if act == "delete" and not more and self._being_deleted():
            self.unlink()

    def _with_many_events(self):
        """Return the webhooks whose deletion would delete very many events."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT webhook.id FROM unnest(%s) AS webhook (id)
                 WHERE (SELECT count(*) FROM (
                          SELECT FROM nshift_webhook_event
                           WHERE webhook_id = webhook.id LIMIT %s
                        ) AS event) > %s
                """,
                self.ids,
                BATCH + 1,
                BATCH,
            )
        )
        return self.browse(id_ for [id_] in rows)

    def _delete_later(self):
        """Archive the webhooks, and delete them when their events are deleted."""
        if not self:
            return
        self.check_access("unlink")
        self._check_reach()
        for webhook in self:
            webhook._note("deleted", old=webhook._settings_text())
        self.active = False
        self._forget_keys()
        self._write_health(deleted_at=fields.Datetime.now())
        self.env["nshift.webhook.batch"]._add(
            "delete", SQL("webhook_id = ANY(%s)", self.ids)
        )

    def _being_deleted(self):
        """Return the webhooks that are being deleted in the background."""
        deleted = dict(self._read_health(["deleted_at"]))
        return self.filtered(lambda webhook: deleted.get(webhook.id))

    def _check_not_being_deleted(self):
        if being_deleted := self._being_deleted():
            raise UserError(
                self.env._(
                    "“%s” is being deleted, and cannot be changed any more.",
                    being_deleted[0].name,
                )
            )
