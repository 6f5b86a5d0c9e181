"""Noticing that queue_job's runner does not work, and telling people."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import config, format_datetime

from odoo.addons.queue_job.jobrunner import _is_runner_enabled
from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

from ..transaction import committed, guest
from .nshift_webhook_delivery import CHANNEL
from .nshift_webhook_telling import TODO

#: How long a job waits before the runner is suspected.
SUSPECT_AFTER = timedelta(minutes=1)
#: How long a job must have waited at the next look, a minute later, to confirm this:
#: jobs that only waited because Odoo had been stopped are taken by then.
CONFIRM_AFTER = timedelta(seconds=15)
#: How much later than the runner's latest query a job may be created and still count as
#: noticed by the runner: clocks differ.
NOTICED_WITHIN = timedelta(seconds=10)
#: How long jobs must be taken in time for the trouble to be over.
OVER_AFTER = timedelta(minutes=5)
#: How long a started job of ours counts as working. Jobs end earlier.
LONGEST_JOB = timedelta(minutes=2)
SCHEDULE = "nshift_webhooks.cron_deliver_overdue"
#: How late the scheduled action may be.
SCHEDULE_LATE_AFTER = timedelta(minutes=5)
#: How many kinds of jobs that take the runner's places are named.
MOST_NAMES = 3
CAUSES = [
    ("module", "queue_job is not loaded"),
    ("places", "No places are configured"),
    ("absent", "No job runner works for this database"),
    ("hanging", "The job runner does nothing"),
    ("unreachable", "Odoo does not take the job runner's jobs"),
    ("busy", "Other jobs take the places"),
    ("elsewhere", "Other databases' jobs may take the places"),
]


class NshiftWebhookRunner(models.Model):
    """Trouble with queue_job's runner: a single record during trouble, else none.

    Nobody may write the record. The runner is judged by this addon's jobs, since it may
    work for others. The scheduled action looks once a minute. During trouble, the
    action also keeps a job waiting, which tells when the runner is back.
    """

    _name = "nshift.webhook.runner"
    _description = "Trouble with the job runner"
    _log_access = False

    since = fields.Datetime(required=True)
    cause = fields.Selection(
        CAUSES, help="Empty as long as the trouble is only suspected."
    )
    jobs = fields.Char(help="Jobs that take the runner's places.")
    in_time_since = fields.Datetime(help="Since when jobs are taken in time again.")
    activity_ids = fields.Many2many("mail.activity")

    @api.model
    def get_trouble(self):
        """Return why messages are not sent in time, and what managers can do.

        :return: a text; None if messages are sent in time, or this is a copy
        :raises AccessError: the user may not see webhooks
        """
        self.env["nshift.webhook"].check_access("read")
        if not self.env["nshift.webhook.home"]._is_here():
            return None
        # sudo: nobody has the right to this model, jobs or scheduled actions
        reasons = self.env["nshift.webhook.overdue"].sudo()._reasons()
        return next(iter(reasons.values()), None)

    @api.model
    def _reason(self):
        """Return why jobs are not taken in time.

        :return: a code and a text; None if jobs are taken in time
        """
        trouble = self._known()
        if self._job_waits_for(SUSPECT_AFTER) and self._schedule_is_late():
            return "nothing_sent", self.env._(
                "Nothing is sent: neither the job runner nor Odoo's scheduled actions "
                "answer. Have “max_cron_threads” in Odoo's configuration at 1 or more "
                "and the scheduled action “%(action)s” active, and restart Odoo.",
                action=self._schedule_name(),
            )
        if not trouble.cause or trouble.in_time_since:
            return None
        return f"runner_{trouble.cause}", f"{trouble._what()} {trouble._advice()}"

    def _what(self):
        return self.env._(
            "The job runner has not answered since %(time)s: events are sent late, "
            "once a minute.",
            time=format_datetime(self.env, self.since),
        )

    def _advice(self):
        return self._advice_on(self.cause)

    @api.model
    def _advice_on(self, cause):
        match cause:
            case "module":
                return self.env._(
                    "Odoo runs without it: add “queue_job” to “server_wide_modules” in "
                    "Odoo's configuration, and restart Odoo."
                )
            case "places":
                return self.env._(
                    "Odoo's configuration gives it no places: set “channels = root:2” "
                    "in the section “[queue_job]”, and restart Odoo."
                )
            case "absent":
                return self.env._(
                    "No job runner works for this database. It has ended, or was "
                    "started before queue_job was installed here: restart Odoo."
                )
            case "hanging":
                return self.env._("It is there, but does nothing: restart Odoo.")
            case "unreachable":
                return self.env._(
                    "Odoo does not take its jobs. Have more “workers” in Odoo's "
                    "configuration than the runner has places, and have “scheme”, "
                    "“host” and “port” in the section “[queue_job]” lead to where Odoo "
                    "answers; then restart Odoo."
                )
            case "busy":
                return self.env._(
                    "Other jobs take its places: %(jobs)s. Give it more, in “channels” "
                    "of Odoo's configuration, or give those jobs a channel with fewer "
                    "places than there are.",
                    jobs=self.jobs,
                )
            case _:
                return self.env._(
                    "It works for this database, but has not come to webhooks: jobs of "
                    "other databases may take its places. Give it more, in “channels” "
                    "of Odoo's configuration."
                )

    @api.model
    def _watch(self):
        """Look whether jobs are taken in time, and tell people of a change.

        :return: whether jobs are taken in time
        """
        with committed(self.env.registry) as env:
            return env[self._name]._judge()

    @api.model
    def _is_watched(self):
        """Tell whether there is trouble, or was a short time ago."""
        with committed(self.env.registry) as env:
            return bool(env[self._name]._known())

    def _known(self):
        return self.search([("id", "!=", False)], limit=1)

    def _judge(self):
        trouble = self._known()
        now = fields.Datetime.now()
        if not trouble:
            if not self._job_waits_for(SUSPECT_AFTER):
                return True
            self.create({"since": now})
            return False
        if self._job_waits_for(CONFIRM_AFTER):
            if now - trouble.since >= CONFIRM_AFTER:
                trouble._confirm()
            return False
        if not trouble.in_time_since:
            if not self._job_taken_since(trouble.since):
                return False
            trouble.in_time_since = now
        if not trouble.cause or now - trouble.in_time_since >= OVER_AFTER:
            trouble._end()
        return True

    def _confirm(self):
        """Record that jobs are late, and why; tell people if this is new."""
        cause, jobs = self._find_cause()
        is_new = not self.cause
        values = {"cause": cause, "jobs": jobs, "in_time_since": False}
        if any(self[name] != value for name, value in values.items()):
            self.write(values)
        if is_new:
            # overdue messages are sent even if nobody can be told
            complaint = "Nobody is told that the job runner does not answer"
            with guest(self.env, complaint):
                self._tell()
                self.env.flush_all()

    def _end(self):
        complaint = "The activities on the job runner are not closed"
        with guest(self.env, complaint):
            for activity in self.activity_ids:
                of_user = activity.with_context(lang=activity.user_id.lang)
                of_user.action_feedback(self.env._("The job runner answers again."))
            self.env.flush_all()
        self.unlink()

    def _tell(self):
        """Give an activity to each user who is told of trouble with a webhook."""
        webhooks = {}
        for webhook in self.env["nshift.webhook"].search([("active", "=", True)]):
            for user in webhook._who_is_told():
                webhooks.setdefault(user, webhook)
        for user, webhook in webhooks.items():
            trouble = self.with_context(lang=user.lang, tz=user.tz)
            self.activity_ids += webhook.with_context(lang=user.lang).activity_schedule(
                TODO,
                summary=trouble.env._("Job runner does not answer"),
                note=f"{trouble._what()} {trouble._advice()}",
                user_id=user.id,
            )

    def _job_waits_for(self, duration):
        """Tell whether a job has waited for a duration while no job works."""
        now = fields.Datetime.now()
        self.env.cr.execute(
            """
            SELECT EXISTS (
                SELECT FROM queue_job
                 WHERE channel = %(channel)s AND state IN ('pending', 'enqueued')
                   AND GREATEST(date_created, eta) < %(late)s
            ) AND NOT EXISTS (
                SELECT FROM queue_job
                 WHERE channel = %(channel)s AND state = 'started'
                   AND date_started > %(working)s
            )
            """,
            {"channel": CHANNEL, "late": now - duration, "working": now - LONGEST_JOB},
        )
        [[waits]] = self.env.cr.fetchall()
        return waits

    def _job_taken_since(self, time):
        self.env.cr.execute(
            "SELECT FROM queue_job WHERE channel = %s AND date_started >= %s LIMIT 1",
            (CHANNEL, time),
        )
        return bool(self.env.cr.rowcount)

    def _find_cause(self):
        """Return why jobs are not taken, and the names of jobs that take the places."""
        is_idle = self._runner_is_idle()
        if is_idle is None:
            return self._why_absent(), False
        if is_idle:
            return "hanging", False
        cr = self.env.cr
        cr.execute(
            "SELECT FROM queue_job WHERE channel = %s "
            "AND state IN ('pending', 'enqueued') AND date_enqueued IS NOT NULL",
            (CHANNEL,),
        )
        if cr.rowcount:
            return "unreachable", False
        cr.execute(
            """
            SELECT channel_method_name, count(*)
              FROM queue_job
             WHERE channel <> %s AND state IN ('enqueued', 'started')
             GROUP BY 1 ORDER BY 2 DESC, 1
             LIMIT %s
            """,
            (CHANNEL, MOST_NAMES),
        )
        jobs = ", ".join(f"{name} ({count})" for name, count in cr.fetchall())
        return ("busy", jobs) if jobs else ("elsewhere", False)

    def _why_absent(self):
        if "queue_job" not in config["server_wide_modules"]:
            return "module"
        return "absent" if _is_runner_enabled() else "places"

    def _runner_is_idle(self):
        """Tell whether the runner has not even noticed a waiting job.

        The runner holds a lock in the database that it works for, and queries the
        database whenever there is a new job.

        :return: None if there is no runner for this database
        """
        self.env.cr.execute(
            """
            SELECT COALESCE(query_start AT TIME ZONE 'UTC' < (
                     SELECT MAX(date_created) - %s
                       FROM queue_job
                      WHERE channel = %s AND state IN ('pending', 'enqueued')
                        AND date_created < %s
                   ), FALSE)
              FROM pg_locks
              LEFT JOIN pg_stat_activity USING (pid)
             WHERE locktype = 'advisory' AND granted
               AND classid::bigint = %s AND objid::bigint = %s AND objsubid = 1
               AND database = (
                 SELECT oid FROM pg_database WHERE datname = current_database()
               )
            """,
            (
                NOTICED_WITHIN,
                CHANNEL,
                fields.Datetime.now() - NOTICED_WITHIN,
                PG_ADVISORY_LOCK_ID >> 32,
                PG_ADVISORY_LOCK_ID % (1 << 32),
            ),
        )
        row = self.env.cr.fetchone()
        return row and row[0]

    def _schedule(self):
        """Return the scheduled action of each minute; empty if somebody deleted it."""
        found = self.env.ref(SCHEDULE, raise_if_not_found=False)
        return found or self.env["ir.cron"]

    def _schedule_name(self):
        return self._schedule().name or SCHEDULE

    def _schedule_is_late(self, after=SCHEDULE_LATE_AFTER):
        schedule = self._schedule()
        return not schedule.active or schedule.nextcall < fields.Datetime.now() - after
