from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..delivery.histogram import STEPS, counted
from ..tables import add_columns

#: How long figures are kept: the digest compares 30 days with the 30 before.
KEPT_FOR = timedelta(days=62)
#: How many lines are removed in one transaction.
REMOVED_AT_ONCE = 5000
COUNTED = ("received", "failed", "given_up")


class NshiftWebhookHour(models.Model):
    """Figures of a webhook's messages in one hour, for the overview.

    They are written in the transaction that records the attempts, so they agree with
    the log, and showing them does not depend on the log's size.

    A delivery adds to the latest version of an hour's line. The scheduled action that
    builds messages sees lines as they were when its transaction began, and would
    conflict with deliveries, so it has lines of its own (``is_unbuilt``).

    The durations of answers are in a column that is no field, ``durations``: the number
    of answers in each step of the scale of ``histogram.py``.
    """

    _name = "nshift.webhook.hour"
    _inherit = ["nshift.webhook.named"]
    _description = "Webhook figures of an hour"
    _order = "hour desc, id desc"
    _rec_name = "hour"
    _log_access = False

    # has an index: the unique one on hours
    webhook_id = fields.Many2one(
        "nshift.webhook", required=True, readonly=True, ondelete="cascade"
    )
    hour = fields.Datetime(
        required=True, readonly=True, help="Its beginning, by the clock of UTC."
    )
    is_unbuilt = fields.Boolean(
        "Could not be built", required=True, readonly=True, default=False
    )
    received = fields.Integer(required=True, readonly=True, default=0)
    failed = fields.Integer("Failed attempts", required=True, readonly=True, default=0)
    given_up = fields.Integer("Given up", required=True, readonly=True, default=0)

    _hour_unique = models.UniqueIndex("(webhook_id, hour, is_unbuilt)")

    def init(self):
        numbers = SQL("int[] NOT NULL DEFAULT array_fill(0, ARRAY[%s])", STEPS)
        add_columns(self.env.cr, self._table, durations=numbers)

    @api.model
    def _count_attempts(self, attempts):
        """Count attempts, in the transaction that records them.

        :param attempts: (webhook id, time, the sender's Answer, whether the event is
            given up with this attempt) of each
        """
        hours, webhooks = defaultdict(list), defaultdict(list)
        for webhook_id, attempted_at, answer, is_given_up in attempts:
            hours[webhook_id, hour_of(attempted_at)].append((answer, is_given_up))
            webhooks[webhook_id].append((answer, is_given_up))
        self._add(
            (
                webhook_id,
                hour,
                False,
                sum(not answer.failure for answer, _is_given_up in made),
                sum(bool(answer.failure) for answer, _is_given_up in made),
                sum(is_given_up for _answer, is_given_up in made),
                # only answered attempts say how long answers take
                counted(each.duration_ms for each, _ in made if each.response_code),
            )
            for (webhook_id, hour), made in hours.items()
        )
        self.env["nshift.webhook.total"]._count_attempts(webhooks)

    @api.model
    def _count_unbuilt(self, webhook):
        """Count an event that is given up since its message could not be built."""
        now = hour_of(fields.Datetime.now())
        self._add([(webhook.id, now, True, 0, 0, 1, counted([]))])
        self.env["nshift.webhook.total"]._count_unbuilt(webhook)

    def _add(self, rows):
        """Add to the figures of hours.

        :param rows: the columns of each, one row for a webhook and hour
        """
        # all transactions add to several lines in the same order
        rows = sorted(rows)
        if not rows:
            return
        added = SQL(", ").join(
            SQL(
                "%(name)s = old.%(name)s + EXCLUDED.%(name)s",
                name=SQL.identifier(name),
            )
            for name in COUNTED
        )
        durations = SQL(", ").join(
            SQL("old.durations[%(step)s] + EXCLUDED.durations[%(step)s]", step=step)
            for step in range(1, STEPS + 1)
        )
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO nshift_webhook_hour AS old (
                    webhook_id, hour, is_unbuilt, received, failed, given_up, durations
                ) VALUES %s
                ON CONFLICT (webhook_id, hour, is_unbuilt)
                DO UPDATE SET %s, durations = ARRAY[%s]
                """,
                SQL(", ").join(SQL("%s", row) for row in rows),
                added,
                durations,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _remove_old(self):
        """Scheduled action: remove figures that are not kept any longer, and figures of
        future hours, which a wrong clock has left.
        """
        now = fields.Datetime.now()
        has_more = True
        while has_more:
            self.env.cr.execute(
                # by webhook, so that the index is used
                """
                DELETE FROM nshift_webhook_hour WHERE id IN (
                  SELECT old.id
                    FROM nshift_webhook AS webhook
                    JOIN nshift_webhook_hour AS old ON old.webhook_id = webhook.id
                   WHERE old.hour < %s OR old.hour > %s
                   LIMIT %s
                )
                """,
                (now - KEPT_FOR, now + timedelta(days=1), REMOVED_AT_ONCE),
            )
            is_full = self.env.cr.rowcount == REMOVED_AT_ONCE
            time_left = self.env["ir.cron"]._commit_progress()
            has_more = is_full and time_left


def hour_of(time):
    """Return the beginning of a time's hour."""
    return time.replace(minute=0, second=0, microsecond=0)
