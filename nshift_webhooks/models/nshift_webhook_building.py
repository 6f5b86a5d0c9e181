import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..delivery.backoff import retry_delay, seconds_after
from ..store.line import let_forward
from .nshift_webhook_message import CannotBuild

_logger = logging.getLogger(__name__)

#: Seconds after which the last try is over, whatever became of it.
LAST_TRY_S = 3600


class NshiftWebhookEvent(models.Model):
    """Messages that could not be built when it happened, and are built later.

    Such an event is pending, and so holds up later events of its record like one that
    is sent again. It has no time of its next attempt, so that nobody tries to send it,
    but one at which it is built again.
    """

    _inherit = "nshift.webhook.event"

    next_build_at = fields.Datetime("Built again at", readonly=True)
    build_count = fields.Integer(
        "Number of tries to build it", readonly=True, aggregator=None
    )

    _build_index = models.Index(
        "(next_build_at, id) WHERE state = 'pending' AND next_build_at IS NOT NULL"
    )

    @api.model
    def _build_due(self):
        """Scheduled action: build what could not be built when it happened."""
        try:
            if self._build_each():
                # one job for all
                self.env["nshift.webhook.delivery"]._wake_up_at(fields.Datetime.now())
        except Exception:
            # not passed on: Odoo disables an action that fails for a week
            self.env.cr.rollback()
            _logger.exception("Webhooks: messages cannot be built now")

    def _build_each(self):
        """Build what is due, for as long as the scheduled action may.

        :return: whether there is something to send now
        """
        tried, is_due = [], False
        while event := self._next_unbuilt(tried):
            tried.append(event.id)
            is_due |= event._try_to_build()
            left = self._count_unbuilt(tried)
            if not self.env["ir.cron"]._commit_progress(1, remaining=left):
                break
        return is_due

    def _try_to_build(self):
        """Build a message once more, in transactions of this cursor's.

        :return: whether there is something to send now
        """
        count = self.build_count
        delays = self.env["ir.config_parameter"]._nshift_webhooks_retry_delays()
        if not retry_delay(count, delays):
            # the last try has ended the process, or the delays are fewer by now
            return self._give_up_building()
        count += 1
        delay = retry_delay(count, delays)
        # written down before: a build that ends Odoo's process counts as well
        self._plan_build(count, delay.total_seconds() if delay else LAST_TRY_S)
        self.env["ir.cron"]._commit_progress()
        try:
            if not self._next_unbuilt_of(self.id):
                return False
            payload = self.env["nshift.webhook.outbox"]._build_again(self)
        except CannotBuild as error:
            if error.is_final or not delay:
                return self._give_up_building(error)
            self.error = error.detail
            return False
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # the order is just being changed: that was no try
            self.env.cr.rollback()
            self._plan_build(count - 1, 0)
            return False
        except Exception:
            self.env.cr.rollback()
            _logger.exception("The message of event %s cannot be built", self.id)
            return False if delay else self._give_up_building()
        self._set_payload(payload)
        self.next_attempt_at = fields.Datetime.now()
        self._build_earlier()
        return True

    def _plan_build(self, count, seconds):
        next_build_at = seconds_after(fields.Datetime.now(), seconds)
        self.write({"build_count": count, "next_build_at": next_build_at})

    def _give_up_building(self, error=None):
        """Have the event failed, and those behind it sent."""
        vals = {"state": "failed", "next_build_at": False}
        if error:
            vals |= {"failure": error.failure, "error": error.detail or error.args[0]}
        self.write(vals)
        self.env["nshift.webhook.hour"]._count_unbuilt(self.webhook_id)
        return let_forward(self.env, self.ids) > 0

    def _set_payload(self, payload):
        self.write(
            {
                "payload": payload,
                "payload_size": len(payload.encode()),
                "thin_payload": self.webhook_id.thin_messages
                and self.env["nshift.webhook.outbox"]._thin(payload),
                "failure": False,
                "error": False,
                "next_build_at": False,
            }
        )
        self.flush_recordset()

    def _build_earlier(self):
        """Have built next what this one waits for: the same message, some time before.

        Whatever was wrong with it is mended, or has gone.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE nshift_webhook_event SET next_build_at = %(now)s "
                "WHERE webhook_id = %(webhook_id)s AND state = 'pending' "
                "AND res_model = %(model)s AND res_id = %(res_id)s "
                "AND id < %(id)s AND next_build_at > %(now)s",
                now=fields.Datetime.now(),
                webhook_id=self.webhook_id.id,
                model=self.res_model,
                res_id=self.res_id,
                id=self.id,
            )
        )

    @api.model
    def _next_unbuilt(self, without):
        """Return the event whose message is to be built next, locked; none if there is
        none but those with these ids.
        """
        return self._lock_unbuilt(self._is_due(without))

    def _next_unbuilt_of(self, id_):
        """Return the event of this id, locked, if it still waits to be built."""
        return self._lock_unbuilt(SQL("id = %s AND next_build_at IS NOT NULL", id_))

    def _lock_unbuilt(self, condition):
        # what a person just cancels, or builds, need not be waited for
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM nshift_webhook_event WHERE state = 'pending' AND %s "
                "ORDER BY next_build_at, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED",
                condition,
            )
        )
        return self.browse(id_ for [id_] in rows)

    @api.model
    def _count_unbuilt(self, without):
        [[count]] = self.env.execute_query(
            SQL(
                "SELECT count(*) FROM nshift_webhook_event "
                "WHERE state = 'pending' AND %s",
                self._is_due(without),
            )
        )
        return count

    def _is_due(self, without):
        now = fields.Datetime.now()
        return SQL("next_build_at <= %s AND id <> ALL(%s)", now, without)
