from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..store import parts
from ..store.line import let_stranded_forward

#: How long messages that are delivered while wiping is switched on are looked for:
#: longer than the recording of an answer takes.
WIPE_AGAIN_FOR = timedelta(hours=1)


class NshiftWebhook(models.Model):
    _inherit = "nshift.webhook"

    def _wipe_later(self):
        """Wipe delivered messages in the background, since there may be very many."""
        self._write_health(wipe_until=fields.Datetime.now() + WIPE_AGAIN_FOR)
        self.env["nshift.webhook.batch"]._trigger()

    @api.model
    def _wipe_due(self):
        """Scheduled action: long tasks, and the removal of old secrets and figures."""
        self._forget_replaced_keys()
        vault = self.env["nshift.webhook.vault"]
        for model in ("nshift.webhook", "nshift.webhook.header"):
            vault._drop_orphans(self.env[model])
        if let_stranded_forward(self.env):
            self.env["nshift.webhook.delivery"]._wake_up()
        self.env["nshift.webhook.event"]._wipe_delivered()
        self._end_wiping()
        self.env["ir.cron"]._commit_progress()
        self.env["nshift.webhook.hour"]._remove_old()
        self.env["nshift.webhook.batch"]._run()

    @api.model
    def _end_wiping(self):
        """Stop looking for messages delivered while wiping was switched on."""
        self.env.cr.execute(
            "UPDATE nshift_webhook_health SET wipe_until = NULL WHERE wipe_until < %s",
            (fields.Datetime.now(),),
        )


class NshiftWebhookEvent(models.Model):
    """Delivered messages are wiped if their webhook is set so; the log's lines stay."""

    _inherit = "nshift.webhook.event"

    is_wiped = fields.Boolean("Message wiped", readonly=True)

    @api.model
    def _wipe_delivered(self):
        """Queue the wiping of messages delivered before wiping was switched on."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT health.webhook_id
                  FROM nshift_webhook_health AS health
                  JOIN nshift_webhook AS webhook ON webhook.id = health.webhook_id
                 WHERE health.wipe_until IS NOT NULL AND webhook.wipe_messages
                   AND NOT EXISTS (
                     SELECT FROM nshift_webhook_batch AS batch
                      WHERE batch.webhook_id = webhook.id AND batch.act = 'wipe'
                   )
                """
            )
        )
        if rows:
            self.env["nshift.webhook.batch"]._add(
                "wipe",
                SQL(
                    "webhook_id = ANY(%s) AND %s",
                    [id_ for [id_] in rows],
                    SQL(parts.RECEIVED),
                ),
            )

    def _wipe(self):
        """Delete messages and answers, which may hold personal data.

        Answers to failed attempts go, too, since they may repeat the message.
        """
        if not self:
            return
        self.flush_model()
        self.env["nshift.webhook.attempt"].flush_model()
        self.env.cr.execute(
            "UPDATE nshift_webhook_attempt SET response_body = NULL, error = NULL "
            "WHERE event_id = ANY(%s)",
            (self.ids,),
        )
        bodies = self.env["nshift.webhook.body"]
        with bodies._letting_go(SQL("id = ANY(%s)", self.ids)):
            self.env.cr.execute(
                "UPDATE nshift_webhook_event SET payload = NULL, thin_payload = NULL, "
                "body_id = NULL, error = NULL, is_wiped = TRUE WHERE id = ANY(%s)",
                (self.ids,),
            )
        self.invalidate_recordset()
        self.env["nshift.webhook.attempt"].invalidate_model(["response_body", "error"])
