import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..store import parts
from ..transaction import committed
from .ir_config_parameter import (
    DEFAULTS,
    KEEP_FAILED_PARAMETER,
    KEEP_MESSAGES_PARAMETER,
    KEEP_RECEIVED_PARAMETER,
    MOST_DAYS,
)

_logger = logging.getLogger(__name__)

#: The fields with a webhook's own times.
OWN_DAYS = ("keep_received_days", "keep_failed_days", "keep_messages_days")
#: How many events are removed in one transaction.
BATCH = 500
#: How many events of each webhook are looked for, at the least.
FEWEST = 100
#: Up to how many events to be removed are counted, for the progress.
MOST_COUNTED = 100_000
#: How often a batch is tried that conflicts with other transactions.
TRIES = 5

#: The time since when a message is not sent any more, in the words of its index.
ENDED_AT = SQL(parts.ENDED_AT)
#: The parts of the log, each with an index of its own: the column of the cutoff, the
#: condition of the events, and the time since when they meet the condition.
RECEIVED = (SQL("received_before"), SQL(parts.RECEIVED), SQL("last_attempt_at"))
WIPED = (SQL("received_before"), SQL(parts.WIPED), SQL("last_attempt_at"))
NOT_RECEIVED = (SQL("failed_before"), SQL(parts.ENDED), ENDED_AT)
#: The part whose messages are wiped before their lines are removed.
TO_BE_WIPED = (SQL("wiped_before"), *RECEIVED[1:])


class NshiftWebhookHealth(models.Model):
    """How far events have been removed, for readers of the list of messages."""

    _inherit = "nshift.webhook.health"

    removed_place = fields.Integer(help="The highest place in the list.")
    removed_until = fields.Datetime(help="When the latest of them happened.")
    removed_ended_at = fields.Datetime(
        help="When it was decided at last what became of one of them."
    )


class NshiftWebhook(models.Model):
    """The time for which a webhook's events are kept."""

    _inherit = "nshift.webhook"

    has_own_retention = fields.Boolean(
        "Own time in the log",
        help="How long events are kept is set here, and not as for all webhooks.",
    )
    keep_received_days = fields.Integer(
        "Days for messages received",
        required=True,
        default=DEFAULTS[KEEP_RECEIVED_PARAMETER],
        help="Then the event is removed from the log, with its message and its "
        "attempts: it cannot be sent again, and the receiving system cannot read it "
        "any more. 0: kept for ever.",
    )
    keep_failed_days = fields.Integer(
        "Days for messages not received",
        required=True,
        default=DEFAULTS[KEEP_FAILED_PARAMETER],
        help="Counted from when a message was given up, replaced, or not to be sent. "
        "Then it is removed, and cannot be sent again. What waits is never removed. "
        "0: kept for ever.",
    )
    keep_messages_days = fields.Integer(
        "Days until messages are wiped",
        required=True,
        default=DEFAULTS[KEEP_MESSAGES_PARAMETER],
        help="Then messages that were received, and answers, are wiped, while their "
        "lines stay in the log. 0: kept as long as the lines.",
    )

    _keep_days_range = models.Constraint(
        f"CHECK (LEAST({', '.join(OWN_DAYS)}) >= 0 "
        f"AND GREATEST({', '.join(OWN_DAYS)}) <= {MOST_DAYS})",
        f"Days in the log: choose a number from 1 to {MOST_DAYS}, or 0 for ever.",
    )

    def _check_value_of(self, field, value, kept):
        if field.name in OWN_DAYS and not 0 <= (kept or 0) <= MOST_DAYS:
            raise ValidationError(
                self.env._(
                    "Days in the log: choose a number from 1 to %s, or 0 for ever.",
                    MOST_DAYS,
                )
            )
        return super()._check_value_of(field, value, kept)


class NshiftWebhookEvent(models.Model):
    """The removal of events that have been kept long enough, by a scheduled action.

    Events are deleted in SQL, a batch in each transaction: the ORM would take a hundred
    times as long. So no other addon's ``unlink`` is run; attachments and external ids
    are deleted, too. Waiting events are never removed, nor any event of a webhook whose
    events are processed in the background.
    """

    _inherit = "nshift.webhook.event"

    # These two and the index of latest attempts contain each attempted event once.
    _received_index = models.Index(
        f"(webhook_id, last_attempt_at) WHERE {parts.RECEIVED}"
    )
    _wiped_index = models.Index(f"(webhook_id, last_attempt_at) WHERE {parts.WIPED}")
    _ended_at_index = models.Index(
        f"(webhook_id, {parts.ENDED_AT}) WHERE {parts.ENDED}"
    )

    @api.model
    def _remove_old(self):
        """Scheduled action: remove events that have been kept long enough."""
        progress = self.env["ir.cron"]._commit_progress
        try:
            progress(remaining=self._count_old())
            for remove in (self._wipe_some, self._remove_some):
                while count := self._patiently(remove):
                    if not progress(count):
                        # perhaps more than counted; with a remainder, Odoo goes on
                        progress(remaining=max(self._count_old(), 1))
                        return
            progress(remaining=0)
        except Exception:
            # not raised again: Odoo disables an action that fails for a week
            self.env.cr.rollback()
            _logger.exception("Webhooks: old events cannot be removed now")
            # without a remainder, the next try is at the action's usual time
            progress(remaining=0)

    def _patiently(self, remove):
        """Call a function in a transaction of its own, again after a conflict.

        :return: the function's result
        """
        for tries_left in reversed(range(TRIES)):
            try:
                with committed(self.env.registry) as env:
                    return remove(env[self._name])
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                if not tries_left:
                    raise

    @api.model
    def _count_old(self):
        """Return the number of events to be removed or wiped, up to a limit."""
        found = [
            SQL("(SELECT 1 %s LIMIT %s)", _found(part, MOST_COUNTED), MOST_COUNTED)
            for part in (RECEIVED, WIPED, NOT_RECEIVED, TO_BE_WIPED)
        ]
        [[count]] = self.env.execute_query(
            SQL(
                "WITH %s SELECT count(*) FROM (%s) AS old",
                self._cutoffs(),
                SQL(" UNION ALL ").join(found),
            )
        )
        return min(count, MOST_COUNTED)

    @staticmethod
    def _wipe_some(events):
        """Wipe messages and answers that are kept for less time than their lines.

        :return: the number of events
        """
        found = events.env.execute_query(
            SQL(
                "WITH %s %s FOR NO KEY UPDATE OF event SKIP LOCKED",
                events._cutoffs(),
                _chosen(TO_BE_WIPED, SQL("event.id"), events._webhook_count()),
            )
        )
        events.browse(id_ for [id_] in found)._wipe()
        return len(found)

    @staticmethod
    def _remove_some(events):
        """Remove the oldest events that are not to be kept any longer.

        Events that somebody has locked are left to the next time.

        :return: the number of events
        """
        count = events._webhook_count()
        chosen = SQL(", ").join(
            SQL(
                "%s AS (%s FOR UPDATE OF event SKIP LOCKED)",
                name,
                _chosen(part, SQL("event.id"), count),
            )
            for name, part in (
                (SQL("received"), RECEIVED),
                (SQL("wiped"), WIPED),
                (SQL("not_received"), NOT_RECEIVED),
            )
        )
        # the database deletes attempts with their events
        gone = events.env.execute_query(
            SQL(
                """
                WITH %s, %s, old AS (
                  SELECT id FROM received UNION ALL SELECT id FROM wiped
                  UNION ALL SELECT id FROM not_received LIMIT %s
                )
                DELETE FROM nshift_webhook_event AS event USING old
                 WHERE event.id = old.id
                RETURNING event.id, event.body_id, event.webhook_id,
                          COALESCE(event.place, event.id), event.happened_at, %s
                """,
                events._cutoffs(),
                chosen,
                BATCH,
                ENDED_AT,
            )
        )
        if gone:
            ids, body_ids, *removed = zip(*gone, strict=True)
            bodies = events.env["nshift.webhook.body"].browse(set(body_ids) - {None})
            bodies._remove_unused()
            events._remove_traces(ids)
            events._note_removed(zip(*removed, strict=True))
        return len(gone)

    def _remove_traces(self, ids):
        """Delete the attachments and external ids of deleted events."""
        for model, name in (("ir.attachment", "res_model"), ("ir.model.data", "model")):
            self.env[model].search(
                [(name, "=", self._name), ("res_id", "in", ids)]
            ).unlink()

    def _note_removed(self, removed):
        """Record how far events have been removed, for the lists of messages.

        :param removed: (webhook id, place, time, end) of each removed event
        """
        by_webhook = {}
        for webhook_id, *values in removed:
            seen = by_webhook.get(webhook_id, values)
            by_webhook[webhook_id] = list(map(max, seen, values))
        for webhook_id, values in sorted(by_webhook.items()):
            self.env.cr.execute(
                """
                UPDATE nshift_webhook_health
                   SET removed_place = GREATEST(removed_place, %s),
                       removed_until = GREATEST(removed_until, %s),
                       removed_ended_at = GREATEST(removed_ended_at, %s)
                 WHERE webhook_id = %s
                """,
                (*values, webhook_id),
            )

    @api.model
    def _cutoffs(self):
        """Return the SQL of a table ``cutoff``: the times before which each webhook's
        events are removed, NULL for never.

        Of Odoo's clock and the database's, the slower one counts: a wrong clock must
        not remove new events.
        """
        parameters = self.env["ir.config_parameter"]
        received, failed, messages = parameters._nshift_webhooks_kept_days()
        return SQL(
            """
            cutoff AS MATERIALIZED (
              SELECT webhook.id,
                     now - make_interval(days => NULLIF(received, 0))
                       AS received_before,
                     now - make_interval(days => NULLIF(failed, 0)) AS failed_before,
                     now - make_interval(days => NULLIF(messages, 0))
                       AS wiped_before,
                     (
                       -- a to-do tells of it
                       SELECT event.id FROM nshift_webhook_event AS event
                        WHERE event.webhook_id = webhook.id AND event.state = 'failed'
                          AND event.state IN ('failed', 'cancelled') AND EXISTS (
                            SELECT FROM nshift_webhook_incident AS incident
                             WHERE incident.webhook_id = webhook.id
                               AND incident.kind = 'given_up'
                          )
                        ORDER BY event.happened_at DESC LIMIT 1
                     ) AS told_id
                FROM nshift_webhook AS webhook,
                     LATERAL (
                       SELECT CASE WHEN has_own_retention THEN keep_received_days
                                   ELSE %(received)s END AS received,
                              CASE WHEN has_own_retention THEN keep_failed_days
                                   ELSE %(failed)s END AS failed,
                              CASE WHEN has_own_retention THEN keep_messages_days
                                   ELSE %(messages)s END AS messages,
                              LEAST(%(now)s, now() AT TIME ZONE 'UTC') AS now
                     ) AS kept
               WHERE NOT EXISTS (
                       SELECT FROM nshift_webhook_batch AS batch
                        WHERE batch.webhook_id = webhook.id
                     )
                 AND NOT EXISTS (
                       SELECT FROM nshift_webhook_load AS load
                        WHERE load.webhook_id = webhook.id AND load.state = 'running'
                     )
            )
            """,
            received=received,
            failed=failed,
            messages=messages,
            now=fields.Datetime.now(),
        )

    @api.model
    def _webhook_count(self):
        return (
            self.env["nshift.webhook"].with_context(active_test=False).search_count([])
        )


def _found(part, count):
    """Return the SQL of ``old``, the oldest events in a part of the log that are not to
    be kept.

    :param part: such as ``RECEIVED``
    :param int count: how many events of each webhook, at the most
    """
    before, condition, since = part
    return SQL(
        """
        FROM cutoff CROSS JOIN LATERAL (
          SELECT id, %(since)s AS since FROM nshift_webhook_event
           WHERE webhook_id = cutoff.id AND %(condition)s
             AND %(since)s < cutoff.%(before)s
             AND id IS DISTINCT FROM cutoff.told_id
           ORDER BY %(since)s LIMIT %(count)s
        ) AS old
        """,
        before=before,
        condition=condition,
        since=since,
        count=count,
    )


def _chosen(part, columns, webhook_count):
    """Return the SQL of a batch of events to be removed or wiped, the oldest first.

    A change has events for several webhooks, which share a message. So a batch is taken
    from all webhooks at a time.

    :param part: such as ``RECEIVED``
    :param SQL columns: columns of the table ``event``
    :param int webhook_count: number of all webhooks
    """
    _before, condition, _since = part
    each = max(FEWEST, 2 * BATCH // max(webhook_count, 1))
    return SQL(
        """
        SELECT %s FROM nshift_webhook_event AS event
         WHERE id IN (SELECT old.id %s ORDER BY old.since LIMIT %s) AND %s
        """,
        columns,
        _found(part, each),
        BATCH,
        condition,
    )
