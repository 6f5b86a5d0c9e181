import logging

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..delivery.backoff import retry_delay, seconds_after
from ..store.line import let_forward
from .nshift_webhook_message import CannotBuild

_logger = logging.getLogger(__name__)

#: After how many seconds the last try counts as over, even without a result.
LAST_TRY_S = 3600


class NshiftWebhookEvent(models.Model):
    """Messages that could not be built with their events, and are built later.

    Such an event is pending, and so holds up later events of its record, like an event
    that is sent again. Instead of the time of a next attempt, at which delivery would
    send it, the event has a time at which the message is built again.
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
        """Scheduled action: build messages that could not be built before."""
        try:
            if self._build_each():
                # a single job for all messages
                self.env["nshift.webhook.delivery"]._wake_up_at(fields.Datetime.now())
        except Exception:
            # not raised again: Odoo disables an action that fails for a week
            self.env.cr.rollback()
            _logger.exception("Webhooks: messages cannot be built now")

    def _build_each(self):
        """Build due messages, for as long as the scheduled action may.

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
        """Try again to build a message, in transactions on this cursor.

        :return: whether there is something to send now
        """
        count = self.build_count
        delays = self.env["ir.config_parameter"]._nshift_webhooks_retry_delays()
        if not retry_delay(count, delays):
            # the last try has ended the process, or the delays are fewer by now
            return self._give_up_building()
        count += 1
        delay = retry_delay(count, delays)
        # recorded before the try: a build that ends Odoo's process counts as well
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
            # somebody is changing the order: this try does not count
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
        """Let the event fail, and release the events behind it.

        :return: whether there is something to send now
        """
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
        """Have earlier messages on the same record, which come first, built next.

        Their fault is mended or gone, since this message could be built.
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
        """Return the event to be built next, locked; empty if there is none.

        :param without: ids of events that are left out
        """
        return self._lock_unbuilt(self._is_due(without))

    def _next_unbuilt_of(self, id_):
        """Return the event with this id, locked, if it still waits to be built."""
        return self._lock_unbuilt(SQL("id = %s AND next_build_at IS NOT NULL", id_))

    def _lock_unbuilt(self, condition):
        # events that a person is just cancelling or building are left to them
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
