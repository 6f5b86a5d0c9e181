"""Trouble with a webhook: people are told of its beginning and its end, once."""

from datetime import timedelta

from odoo import api, fields, models

from ..transaction import committed, harmless
from .nshift_webhook_hour import hour_of

KINDS = [
    ("stopped", "Stopped"),
    ("failing", "Failing"),
    ("backlog", "Messages pile up"),
    ("given_up", "Messages given up"),
]
#: How long an endpoint fails before people are told.
FAILING_FOR = timedelta(minutes=15)
#: A backlog is so many messages that have waited for so long.
BACKLOG = 100
BACKLOG_FOR = timedelta(minutes=15)
#: For a paused webhook, one message that has waited for so long is a backlog: the pause
#: may have been forgotten.
PAUSED_FOR = timedelta(days=1)
#: How long trouble must be out of sight to be over.
OVER_AFTER = timedelta(minutes=10)
#: How long a report of messages given up is not repeated by e-mail or in Discuss; a
#: to-do is updated instead.
SAID_AGAIN_AFTER = timedelta(days=1)
#: How long after a request its answer may still be counted in the request's hour.
COUNTED_WITHIN = timedelta(hours=1)


class NshiftWebhookIncident(models.Model):
    """A kind of trouble that a webhook is in; there is no record without trouble.

    Only the scheduled action of each minute writes incidents, never the recording of
    answers, which no mail and no lock of a user's may hold up.
    """

    _name = "nshift.webhook.incident"
    _description = "Webhook incident"
    _log_access = False

    webhook_id = fields.Many2one("nshift.webhook", required=True, ondelete="cascade")
    kind = fields.Selection(KINDS, required=True)
    since = fields.Datetime(required=True)
    told_at = fields.Datetime(help="Empty as long as nobody is told.")
    unseen_since = fields.Datetime(help="Since when there is no trouble any more.")
    count = fields.Integer(required=True, default=0, help="Messages given up.")
    told_count = fields.Integer(required=True, default=0)
    activity_ids = fields.Many2many("mail.activity")

    _kind_unique = models.UniqueIndex("(webhook_id, kind)")

    @api.model
    def _watch(self):
        """Look for trouble that began or ended, and tell of each incident."""
        for look in ("_look", "_look_for_given_up"):
            with committed(self.env.registry) as env:
                getattr(env[self._name], look)()
        with committed(self.env.registry) as env:
            due = env[self._name].search([("kind", "!=", False)])._due().ids
        for id_ in due:
            with (
                harmless("Nobody is told of trouble with a webhook, incident %s", id_),
                committed(self.env.registry) as env,
            ):
                env[self._name].browse(id_).exists()._tell()

    def _look(self):
        """Record which trouble has begun, and which is not seen any more."""
        now = fields.Datetime.now()
        troubles = self._find_troubles()
        for incident in self.search([("kind", "!=", "given_up")]):
            since = troubles.pop((incident.webhook_id.id, incident.kind), None)
            if not since:
                incident.unseen_since = incident.unseen_since or now
            elif incident.kind == "stopped" and incident.since != since:
                # the webhook was enabled meanwhile, and stopped again
                incident.write({"since": since, "told_at": False})
            elif incident.unseen_since:
                incident.unseen_since = False
        self.create(
            [
                {"webhook_id": webhook_id, "kind": kind, "since": since}
                for (webhook_id, kind), since in troubles.items()
            ]
        )

    def _find_troubles(self):
        """Return the beginning of each trouble, by webhook id and kind.

        At most ``BACKLOG`` events of each webhook are read.
        """
        now = fields.Datetime.now()
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT webhook.id, trouble.kind, trouble.since
              FROM nshift_webhook AS webhook
              JOIN nshift_webhook_health AS health ON health.webhook_id = webhook.id
             CROSS JOIN LATERAL (
               SELECT 'stopped' AS kind, health.stopped_at AS since
                WHERE webhook.tell_stopped AND health.stopped_at IS NOT NULL
               UNION ALL
               SELECT 'failing', health.failing_since
                WHERE webhook.tell_failing AND health.stopped_at IS NULL
                  AND health.paused_at IS NULL
                  AND health.failing_since <= %(now)s - %(failing_for)s
               UNION ALL
               SELECT 'backlog', waiting.happened_at
                 FROM (
                   SELECT happened_at
                     FROM nshift_webhook_event
                    -- as the index has it that the overview's numbers come from
                    WHERE webhook_id + 0 = webhook.id AND state = 'pending'
                    ORDER BY id
                   OFFSET CASE WHEN health.paused_at IS NULL THEN %(others)s ELSE 0 END
                    LIMIT 1
                 ) AS waiting
                WHERE webhook.tell_backlog AND health.stopped_at IS NULL
                  -- else it is told that it is failing
                  AND (health.failing_since IS NULL OR health.paused_at IS NOT NULL)
                  AND waiting.happened_at <= %(now)s - CASE
                    WHEN health.paused_at IS NULL THEN %(backlog_for)s
                    ELSE %(paused_for)s END
             ) AS trouble
             WHERE webhook.active AND health.deleted_at IS NULL
               -- not one that somebody is deleting
               FOR KEY SHARE OF webhook SKIP LOCKED
            """,
            {
                "now": now,
                "failing_for": FAILING_FOR,
                "others": BACKLOG - 1,
                "backlog_for": BACKLOG_FOR,
                "paused_for": PAUSED_FOR,
            },
        )
        return {(id_, kind): since for id_, kind, since in self.env.cr.fetchall()}

    def _look_for_given_up(self):
        """Count the messages given up since the last look, from the overview's figures.

        With the figures, a look costs the same however long the log is.
        """
        latest = hour_of(fields.Datetime.now() - COUNTED_WITHIN)
        self.env.cr.execute(
            """
            UPDATE nshift_webhook_health AS health
               SET given_up_hour = %(latest)s, given_up_seen = figures.latest
              FROM (
                SELECT known.id, since.latest,
                       GREATEST(since.total - COALESCE(known.given_up_seen, 0), 0)
                         AS added
                  FROM nshift_webhook_health AS known
                  JOIN nshift_webhook AS webhook ON webhook.id = known.webhook_id
                 CROSS JOIN LATERAL (
                   SELECT COALESCE(sum(given_up) FILTER (
                            WHERE hour >= COALESCE(known.given_up_hour, %(latest)s)
                          ), 0) AS total,
                          COALESCE(sum(given_up) FILTER (
                            WHERE hour >= %(latest)s
                          ), 0) AS latest
                     FROM nshift_webhook_hour
                    WHERE webhook_id = known.webhook_id
                      -- the smaller one: the clock may have been ahead
                      AND hour >= LEAST(known.given_up_hour, %(latest)s)
                 ) AS since
                 WHERE known.deleted_at IS NULL
                   AND (since.total > COALESCE(known.given_up_seen, 0)
                        OR known.given_up_hour IS DISTINCT FROM %(latest)s)
                   -- what somebody has locked is looked at in a minute: to wait for it
                   -- would hold up the answers of all other webhooks
                   FOR NO KEY UPDATE OF known SKIP LOCKED
                   FOR KEY SHARE OF webhook SKIP LOCKED
              ) AS figures
             WHERE figures.id = health.id
            RETURNING health.webhook_id, figures.added
            """,
            {"latest": latest},
        )
        found = [(webhook_id, added) for webhook_id, added in self.env.cr.fetchall()]
        known = {
            incident.webhook_id.id: incident
            for incident in self.search([("kind", "=", "given_up")])
        }
        for webhook_id, added in found:
            webhook = self.env["nshift.webhook"].browse(webhook_id)
            if not (added and webhook.tell_given_up):
                continue
            if webhook_id not in known:
                known[webhook_id] = self.create(
                    {
                        "webhook_id": webhook_id,
                        "kind": "given_up",
                        "since": fields.Datetime.now(),
                    }
                )
            known[webhook_id].count += added

    def _due(self):
        """Return the incidents that have news to tell."""
        return self.filtered(
            lambda incident: incident._is_news() or incident._is_over()
        )

    def _is_news(self):
        if not self.told_at:
            return not self.unseen_since
        return self.count > self.told_count and (self.activity_ids or self._is_done())

    def _is_over(self):
        if self.kind == "given_up":
            return self.count == self.told_count and self._is_done()
        return self.unseen_since and (
            not self.told_at
            # no need to wait: the webhook's state has changed
            or self.kind == "stopped"
            or self.webhook_id.status not in ("working", "failing")
            or _is_long_ago(self.unseen_since, OVER_AFTER)
        )

    def _is_done(self):
        """Tell whether the latest report of messages given up is dealt with."""
        return bool(
            self.told_at
            and not self.activity_ids
            and (
                self.webhook_id.told_by == "todo"
                or _is_long_ago(self.told_at, SAID_AGAIN_AFTER)
            )
        )

    def _tell(self):
        """Tell of these incidents, or of their ends."""
        for incident in self:
            if incident._is_over():
                incident._end()
            elif incident._is_news():
                incident._begin()

    def _begin(self):
        if not self.activity_ids:
            # messages that were reported before are not reported again
            self.count -= self.told_count
        self.webhook_id._tell(self)
        self.write({"told_at": fields.Datetime.now(), "told_count": self.count})

    def _end(self):
        if self.kind != "given_up" and self.told_at:
            self.webhook_id._tell_end(self)
        self.unlink()


def _is_long_ago(time, duration):
    return fields.Datetime.now() - time >= duration
