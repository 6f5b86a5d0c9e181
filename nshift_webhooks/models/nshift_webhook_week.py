import json
from datetime import datetime, time, timedelta
from typing import NamedTuple

import pytz

from odoo import api, fields, models
from odoo.tools import SQL, format_date, formatLang

from ..delivery.histogram import LOWEST_MS, STEPS, quantile
from ..writing import number

DAYS = 7
#: How many waiting events of a webhook are counted at the most: a card must not take
#: longer the more events wait.
MOST_WAITING = 500


class Week(NamedTuple):
    """Figures of a webhook's messages in the last seven days.

    :ivar received: how many were received, on each day
    :ivar failed: how many attempts failed, on each day
    :ivar given_up: how many messages were given up
    :ivar durations: how many answers are in each step of ``histogram.py``
    """

    received: list
    failed: list
    given_up: int
    durations: list


class NshiftWebhook(models.Model):
    """A webhook's last seven days, and its waiting messages.

    The figures come from ``nshift.webhook.hour`` and not from the log, so all users who
    may see the webhook see them. Of the waiting events, those that the user may see are
    counted: a click shows the same events.
    """

    _inherit = "nshift.webhook"

    week_graph = fields.Text("Last 7 days", compute="_compute_week")
    week_text = fields.Char("Attempts of the last 7 days", compute="_compute_week")
    success_text = fields.Char("Received", compute="_compute_week")
    response_text = fields.Char("Response time", compute="_compute_week")
    waiting_text = fields.Char("Waiting", compute="_compute_waiting_text")

    @api.depends_context("lang", "tz", "uid")
    def _compute_week(self):
        days = [format_date(self.env, day, date_format="EEE") for day in self._days()]
        weeks = self._read_weeks()
        for webhook in self:
            week = weeks.get(webhook.id)
            webhook.week_graph = week and self._graph(days, week)
            webhook.week_text = week and self._week_text(week)
            webhook.success_text = week and self._success_text(week)
            webhook.response_text = week and self._response_text(week)

    @api.depends("event_ids.state")
    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_waiting_text(self):
        waiting = {id_: found for id_, *found in self._read_waiting()}
        for webhook in self:
            count, since = waiting.get(webhook.id, (0, None))
            if not count:
                webhook.waiting_text = False
                continue
            webhook.waiting_text = self.env._(
                "%(count)s since %(time)s",
                count=number(self.env, count, MOST_WAITING),
                time=self._moment(since),
            )

    @api.model
    def _days(self):
        """Return the last seven days in the user's time zone, today included."""
        today = datetime.now(self.env.tz).date()
        return [today - timedelta(days=ago) for ago in reversed(range(DAYS))]

    @api.model
    def _midnights(self):
        """Return the beginnings of these days, in naive UTC."""
        return [
            self.env.tz.localize(datetime.combine(day, time.min))
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
            for day in self._days()
        ]

    def _read_weeks(self):
        """Return the Week of each webhook that has figures, by the webhook's id."""
        # An hour belongs to the day in which it begins: where midnight is not at a full
        # hour of UTC, a part of an hour is shown on the day before.
        midnights = self._midnights()
        durations = SQL(", ").join(
            SQL("sum(durations[%s])", step) for step in range(1, STEPS + 1)
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT webhook_id, width_bucket(hour, %s::timestamp[]) - 1 AS day,
                       sum(received), sum(failed), sum(given_up), ARRAY[%s]
                  FROM nshift_webhook_hour
                 WHERE webhook_id = ANY(%s) AND hour >= %s
                 GROUP BY webhook_id, day
                """,
                midnights,
                durations,
                self.ids,
                midnights[0],
            )
        )
        weeks = {}
        for webhook_id, day, received, failed, given_up, durations in rows:
            week = weeks.get(webhook_id) or Week([0] * DAYS, [0] * DAYS, 0, [0] * STEPS)
            week.received[day] = received
            week.failed[day] = failed
            weeks[webhook_id] = week._replace(
                given_up=week.given_up + given_up,
                durations=[
                    sum(both) for both in zip(week.durations, durations, strict=True)
                ],
            )
        return weeks

    def _read_waiting(self, most=MOST_WAITING):
        """Return (webhook id, number of waiting events, time of the first) of webhooks.

        :param int most: how many are counted; larger numbers come as ``most + 1``
        """
        # the ORM's query includes the rules on which events the user may see
        events = self.env["nshift.webhook.event"]._search([("state", "=", "pending")])
        return self.env.execute_query(
            SQL(
                """
                SELECT webhook.id, waiting.number, waiting.since
                  FROM unnest(%s::int[]) AS webhook (id)
                  JOIN LATERAL (
                    SELECT count(*) AS number, min(happened_at) AS since
                      FROM (
                        SELECT nshift_webhook_event.happened_at
                          FROM %s
                         -- as the index has it that is only for this
                         WHERE nshift_webhook_event.webhook_id + 0 = webhook.id AND %s
                         ORDER BY nshift_webhook_event.id
                         LIMIT %s
                      ) AS event
                  ) AS waiting ON TRUE
                """,
                self.ids,
                events.from_clause,
                events.where_clause,
                most + 1,
            )
        )

    def _graph(self, days, week):
        """Return the graph's lines, as the JSON that its widget reads."""
        lines = (
            (self.env._("Received"), week.received),
            (self.env._("Failed attempts"), week.failed),
        )
        return json.dumps(
            [
                {
                    "key": title,
                    "values": [
                        {"label": day, "value": value}
                        for day, value in zip(days, values, strict=True)
                    ],
                }
                for title, values in lines
            ]
        )

    def _week_text(self, week):
        said = [
            self.env._("%s received", number(self.env, sum(week.received))),
            self.env._("%s failed", number(self.env, sum(week.failed))),
        ]
        if week.given_up:
            said.append(self.env._("%s given up", number(self.env, week.given_up)))
        return ", ".join(said)

    def _success_text(self, week):
        received = sum(week.received)
        attempts = received + sum(week.failed)
        if not attempts:
            return False
        # rounded down, so that 100 % means all attempts
        share = 1000 * received // attempts / 10
        return self.env._(
            "%s %% of attempts",
            formatLang(self.env, share, digits=1 if 0 < share < 100 else 0),
        )

    def _response_text(self, week):
        median, slow = (quantile(week.durations, share) for share in (0.5, 0.95))
        if median is None:
            return False
        return self.env._(
            "half within %(median)s, 95 %% within %(slow)s",
            median=self._duration(median),
            slow=self._duration(slow),
        )

    def _duration(self, duration):
        """Write an estimated number of milliseconds with two significant digits."""
        if duration < LOWEST_MS:
            return self.env._("under %s ms", LOWEST_MS)
        if duration < 995:
            unit = 1 if duration < 100 else 10
            return self.env._("%s ms", round(duration / unit) * unit)
        seconds = duration / 1000
        digits = 1 if seconds < 9.95 else 0
        return self.env._("%s s", formatLang(self.env, seconds, digits=digits))
