import time
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..capture.change import CURRENT_STATE, Change
from ..capture.memo import memorizing
from ..capture.subscription import Audience
from ..transaction import clean_env, committed, complain, savepoint, select_stored

#: How many messages of a webhook may wait to be sent, and below which number more are
#: added: the other records are told later, with their state of then.
MOST_WAITING = 1000
FEW_WAITING = 500
#: How long a part waits for a user who saves the same records.
LOCK_TIMEOUT = "200ms"
#: How long a record is put off that somebody was just saving.
PUT_OFF = timedelta(seconds=10)
#: How often a record is tried that cannot be told for another reason, and how long it
#: is put off.
TRIES = 5
TRY_AGAIN_AFTER = timedelta(minutes=1)
#: How long a load waits for transactions that were under way when somebody asked for
#: it, and how many seconds of this in the scheduled action (``OLDER_S``).
OLDER_FOR = timedelta(minutes=1)
#: How long a new or changed webhook may be unknown to other transactions.
NEW_FOR = timedelta(minutes=15)
OLDER_S = 5
SCHEDULE = "nshift_webhooks.cron_load"


class Part(NamedTuple):
    """A part of a load: see ``nshift.webhook.load.part``."""

    id: int
    load_id: int
    webhook_id: int
    res_model: str
    tries: int
    record_ids: list


class NshiftWebhookLoad(models.Model):
    """Tells webhooks of the records of loads, in the background.

    Each part has a transaction of its own, REPEATABLE READ as a user's: it reads the
    records, and then counts up their numbers, as a transaction that changes a record
    does. Of two such transactions at once, only one gets through. So the events of a
    record are in the order of its states, whichever transaction wrote them. The numbers
    are counted right before the end, so that no user who saves a record waits for the
    other records, and the part waits for nobody: records in a conflict are told later,
    each by itself.

    A transaction that was under way when somebody asked for the load may not know a new
    webhook, or its new settings, and so neither tell a change nor count it up. So no
    records are read for such a webhook before these transactions have ended, or a
    minute has passed.
    """

    _inherit = "nshift.webhook.load"

    @api.model
    def _run(self):
        """Scheduled action: tell part after part, as long as Odoo lets it."""
        own = self.with_env(clean_env(self.env.cr))
        own._let_older_end()
        try:
            own._remove_parts_of_ended()
            while part := own._next_part():
                count = own._tell_patiently(part)
                left = own._count_left()
                own.env["nshift.webhook"].browse(part.webhook_id)._tell_of_progress()
                time_left = self.env["ir.cron"]._commit_progress(count, remaining=left)
                own.env["nshift.webhook.delivery"]._wake_up_at(fields.Datetime.now())
                if not time_left:
                    return
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            # a webhook is just being deleted, with its loads
            own._start_again()
            own._trigger()
        # deliveries, or the schedule, have this action go on
        self.env["ir.cron"]._commit_progress(remaining=0)

    def _remove_parts_of_ended(self):
        self.env.cr.execute(
            "DELETE FROM nshift_webhook_load_part WHERE load_id IN "
            "(SELECT id FROM nshift_webhook_load WHERE state <> 'running')"
        )

    def _let_older_end(self):
        """Wait a little for transactions that are older than a load."""
        until = time.monotonic() + OLDER_S
        while time.monotonic() < until:
            # a new transaction each time: pg_stat_activity does not change within one
            with committed(self.env.registry) as env:
                [[has_older]] = env.execute_query(
                    SQL(
                        "SELECT EXISTS (SELECT FROM nshift_webhook_load AS load "
                        "WHERE state = 'running' AND %s)",
                        _has_older(),
                    )
                )
            if not has_older:
                return
            time.sleep(0.1)

    def _next_part(self):
        """Return the Part to be told next; None if there is none for now."""
        rows = self.env.execute_query(
            SQL(
                """
                -- once for each, and not for each of its parts
                WITH ready AS MATERIALIZED (
                  SELECT id, webhook_id FROM nshift_webhook_load AS load
                   WHERE state = 'running' AND NOT %(has_older)s
                     AND %(waiting)s < %(most)s
                     -- what is given up in the background is not sent before that
                     AND NOT EXISTS (
                       SELECT FROM nshift_webhook_batch AS batch
                        WHERE batch.webhook_id = load.webhook_id
                          AND batch.act IN ('cancel', 'give_up', 'delete')
                     )
                )
                SELECT part.id, ready.id, ready.webhook_id, part.res_model, part.tries,
                       part.record_ids
                  FROM nshift_webhook_load_part AS part
                  JOIN ready ON ready.id = part.load_id
                 WHERE %(is_due)s
                 ORDER BY part.is_first DESC, part.tries, part.id
                 LIMIT 1
                """,
                is_due=_is_due(),
                has_older=_has_older(),
                waiting=_waiting(SQL("load.webhook_id"), MOST_WAITING),
                most=MOST_WAITING,
            )
        )
        return Part(*rows[0]) if rows else None

    def _count_left(self):
        [[count]] = self.env.execute_query(
            SQL("SELECT COALESCE(sum(count), 0) FROM nshift_webhook_load_part")
        )
        return count

    def _tell_patiently(self, part):
        """Tell a part, or put it off if it conflicts with other transactions.

        A try is counted before it is made: a record that ends Odoo's process, or takes
        too long, is tried by itself, after the others, and given up in the end.

        :return: number of records that are done with
        """
        is_single = len(part.record_ids) == 1
        if part.tries and not is_single:
            self._put_off(part, part.tries, PUT_OFF)
            return 0
        if part.tries >= TRIES:
            self._count(part, told=0, failed=1)
            return 1
        self.env.cr.execute(
            "UPDATE nshift_webhook_load_part SET tries = %s, next_at = %s "
            "WHERE id = %s",
            (part.tries + 1, fields.Datetime.now() + TRY_AGAIN_AFTER, part.id),
        )
        self.env["ir.cron"]._commit_progress()
        try:
            self._tell(part)
            return len(part.record_ids)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            self._start_again()
            self._put_off(part, part.tries, PUT_OFF)
        except Exception as error:
            self._start_again()
            complain(error, "The current state of %s cannot be told", part)
            if not is_single:
                self._put_off(part, part.tries + 1, TRY_AGAIN_AFTER)
        return 0

    def _start_again(self):
        self.env.cr.rollback()
        self.env.invalidate_all(flush=False)

    def _put_off(self, part, tries, delay):
        """Have a part's records told later, each record in a part of its own.

        :param timedelta delay: how much later, for a single record; several records are
            told as soon as possible
        """
        later = fields.Datetime.now() + delay if len(part.record_ids) == 1 else None
        self.env.cr.execute(
            """
            WITH gone AS (
              DELETE FROM nshift_webhook_load_part WHERE id = %s RETURNING *
            )
            INSERT INTO nshift_webhook_load_part
                   (load_id, res_model, count, record_ids, is_first, tries, next_at)
            SELECT load_id, res_model, 1, ARRAY[record_id], is_first, %s, %s
              FROM gone, unnest(record_ids) AS record_id
             ORDER BY record_id
            """,
            (part.id, tries, later),
        )
        if later:
            self.env.ref(SCHEDULE)._trigger(at=later + timedelta(seconds=1))

    def _tell(self, part):
        """Write the events of a part's records."""
        webhook = self.env["nshift.webhook"].browse(part.webhook_id)
        model = self.env[part.res_model]
        domain = Domain("id", "in", part.record_ids)
        domain &= webhook._followed_domain(part.res_model)
        records = model.browse(sorted(select_stored(model, domain)))
        with memorizing({}, self.env(context={"prefetch_langs": True})):
            outbox = self.env["nshift.webhook.outbox"]
            notices = outbox._guarded(self._notices, webhook, records)
        vals_list = []
        if notices:
            # a conflict with a user who saves a record is no error, and not logged
            with savepoint(self.env.cr):
                vals_list = self._write_events(part, notices)
        failed = sum("failure" in vals for vals in vals_list)
        self._count(part, told=len(vals_list), failed=failed)

    def _write_events(self, part, notices):
        """Write the events of notices, with the next numbers of their records.

        :param notices: from :meth:`_notices`
        :return: the events' values
        """
        self.env.cr.execute(
            SQL("SELECT set_config('lock_timeout', %s, TRUE)", LOCK_TIMEOUT)
        )
        model = self.env[part.res_model]
        told = model.browse(sorted(change.id for change in notices))
        numbers = self.env["nshift.webhook.sequence"]._count_up(told)
        vals_list = [
            vals | {"load_id": part.load_id, "is_bulk": True}
            for change, notice in notices.items()
            for vals in self.env["nshift.webhook.outbox"]._event_vals(
                model, change, notice, numbers[change.id]
            )
        ]
        self.env["nshift.webhook.event"]._insert(vals_list)
        return vals_list

    def _notices(self, webhook, records):
        """Return the Notices on the present state of records, by Change."""
        outbox = self.env["nshift.webhook.outbox"]
        if not records:
            return {}
        subscription = webhook._subscription(webhook._followed_if(records))
        audience = Audience(
            {
                f"{subject}.updated": [subscription]
                for subject in webhook._followed_subjects(records)
            }
        )
        outbox._read(records)
        states = outbox._snapshots(records, True, audience)
        changes = [
            change
            for (_name, id_), state in states.items()
            for change in [Change(id_, None, state, reason=CURRENT_STATE)]
            if any(subscription.ends(change))
            and webhook._hears(f"{state.subject}.updated")
        ]

        def notice(change):
            event = f"{change.last.subject}.updated"
            return outbox._notice(records.browse(), event, change, [subscription])

        def rescue(change, error):
            event = f"{change.last.subject}.updated"
            bare = outbox._bare_notice(event, change, [subscription])
            reason = outbox._reason(records.browse(change.id), error)
            return bare.without_message(reason)

        return outbox._each(notice, changes, rescue)

    def _count(self, part, told, failed):
        """Record that a part is done with, and its load after the last part."""
        self.env.cr.execute(
            "DELETE FROM nshift_webhook_load_part WHERE id = %s", (part.id,)
        )
        self.env.cr.execute(
            """
            UPDATE nshift_webhook_load
               SET done_count = COALESCE(done_count, 0) + %(done)s,
                   told_count = COALESCE(told_count, 0) + %(told)s,
                   failed_count = COALESCE(failed_count, 0) + %(failed)s,
                   state = CASE WHEN is_last THEN 'done' ELSE state END,
                   finished_at = CASE WHEN is_last THEN %(now)s ELSE finished_at END
              FROM (SELECT NOT EXISTS (
                      SELECT FROM nshift_webhook_load_part WHERE load_id = %(load_id)s
                    ) AS is_last) AS found
             WHERE id = %(load_id)s AND state = 'running'
            """,
            {
                "done": len(part.record_ids),
                "told": told,
                "failed": failed,
                "now": fields.Datetime.now(),
                "load_id": part.load_id,
            },
        )

    @api.model
    def _go_on(self, webhook_id):
        """Have the scheduled action tell more, if few messages of a load wait.

        :param int webhook_id: the webhook whose messages are being sent
        """
        schedule = self.env.ref(SCHEDULE)
        [[wanted]] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                         SELECT FROM nshift_webhook_load_part AS part
                           JOIN nshift_webhook_load AS load ON load.id = part.load_id
                          WHERE load.webhook_id = %(webhook_id)s
                            AND load.state = 'running' AND %(is_due)s
                       )
                       AND NOT EXISTS (
                         SELECT FROM ir_cron_trigger
                          WHERE cron_id = %(schedule_id)s AND call_at <= %(now)s
                       )
                       AND %(waiting)s < %(few)s
                """,
                webhook_id=webhook_id,
                is_due=_is_due(),
                schedule_id=schedule.id,
                now=fields.Datetime.now(),
                waiting=_waiting(SQL("%s", webhook_id), FEW_WAITING),
                few=FEW_WAITING,
            )
        )
        if wanted:
            schedule._trigger()


def _is_due():
    return SQL("(part.next_at IS NULL OR part.next_at <= %s)", fields.Datetime.now())


def _has_older():
    """Return the SQL of whether a transaction is at work that is older than a load."""
    return SQL(
        """(
        load.started_at > %s AND EXISTS (
          SELECT FROM nshift_webhook AS webhook
           WHERE webhook.id = load.webhook_id
             AND webhook.write_date > load.started_at - %s
        ) AND EXISTS (
          SELECT FROM pg_stat_activity
           WHERE datname = current_database() AND backend_type = 'client backend'
             AND pid <> pg_backend_pid()
             AND (backend_xid IS NOT NULL OR backend_xmin IS NOT NULL)
             AND xact_start AT TIME ZONE 'UTC' < load.started_at
        )
        )""",
        fields.Datetime.now() - OLDER_FOR,
        NEW_FOR,
    )


def _waiting(webhook_id, limit):
    """Return the SQL that counts due messages in bulk, up to a limit.

    Messages to be tried again later do not count, nor messages that wait behind them.
    """
    return SQL(
        """(
        SELECT count(*) FROM (
          SELECT FROM nshift_webhook_event AS event
           WHERE event.webhook_id = %s AND event.state = 'pending' AND event.is_bulk
             AND event.next_attempt_at <= %s
           LIMIT %s
        ) AS waiting
        )""",
        webhook_id,
        fields.Datetime.now(),
        limit,
    )
