import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import SQL, config

from ..delivery.background import in_background
from ..delivery.backoff import seconds_after
from ..delivery.dispatcher import Dispatcher
from ..delivery.stopping import is_stopping
from ..store import Store
from ..transaction import clean_env, committed

_logger = logging.getLogger(__name__)

#: queue_job's channel, whatever its job functions say: delivery jobs are found by it.
CHANNEL = "root.nshift_webhooks"
#: Ahead of other addons' jobs, whose priority is 10 by default.
PRIORITY = 1
#: Key of the advisory lock on queueing jobs for later; any number not in use elsewhere.
JOBS_LOCK = 0x6E736869_6A6F6273
#: How late an event may be before the scheduled action delivers it.
OVERDUE = timedelta(minutes=1)
#: How long the scheduled action sends, in seconds: the least that Odoo gives an action
#: (MIN_TIME_PER_JOB), so that other actions and module installations have their turn.
SCHEDULED_DURATION_S = 10
#: How far ahead a job is queued, at the most; this job then queues the next.
#: queue_job's runner cannot wait for years.
LONGEST_ETA = timedelta(days=1)


class NshiftWebhookDelivery(models.AbstractModel):
    """The job that delivers events, and the scheduled action that helps out.

    A job serves all webhooks with due messages: slow endpoints take up only one of
    queue_job's places, and keep nobody waiting.
    """

    _name = "nshift.webhook.delivery"
    _description = "Webhook delivery"

    @api.model
    def _wake_up(self):
        """Queue a job that delivers due events, in this transaction.

        A job that another transaction has queued is no substitute: that job may already
        have looked for events for the last time.

        :return: the job
        """
        return self._queue(self.env)

    @api.model
    def _wake_up_at(self, time):
        """Ensure that a job is queued for a time or earlier, and none waits for later.

        In a transaction of its own, which sees the jobs that others have just queued.

        :param datetime time: when there will be something to do
        """
        now = fields.Datetime.now()
        time = min(seconds_after(time, 0), now + LONGEST_ETA)
        with committed(self.env.registry) as env:
            # jobs that end at the same time take turns
            env.cr.execute("SELECT pg_advisory_xact_lock(%s)", (JOBS_LOCK,))
            _remove_jobs(env, SQL("state = 'pending' AND eta > %s", time))
            env.cr.execute(
                """
                SELECT FROM queue_job
                 WHERE channel = %s AND state = 'pending'
                   AND (eta IS NULL OR eta <= %s)
                 LIMIT 1
                """,
                (CHANNEL, time),
            )
            if not env.cr.rowcount:
                self._queue(env, eta=time if time > now else None)

    def _queue(self, env, eta=None):
        """Queue a job.

        The job runs a server action, which is Odoo's own model. If the addon's code is
        missing, a job of an addon's own model could neither be run nor cancelled:
        queue_job would try again and again. If somebody has deleted the action, the job
        does nothing, and the scheduled action delivers.

        :param datetime eta: when the job is to be run; None: at once
        """
        # The job works for the system, not for the user or a company. A clean
        # environment keeps out a client's context, which could make queue_job run the
        # job at once. Queueing should cost users who save orders as little as possible.
        context = {"company_id": False, "tracking_disable": True}
        if env.uid == SUPERUSER_ID and "allowed_company_ids" in env.context:
            # from the outbox: otherwise the ORM reads the superuser's companies
            context["allowed_company_ids"] = env.context["allowed_company_ids"]
        clean = clean_env(env.cr)(context=context)
        action = clean["ir.actions.server"].browse(
            clean["ir.model.data"]._xmlid_to_res_id("nshift_webhooks.action_deliver")
        )
        return action.with_delay(
            eta=eta,
            priority=PRIORITY,
            channel=CHANNEL,
            # no limit, however often a worker has died over the job
            max_retries=0,
            description=self.env._("Deliver webhooks"),
        ).run()

    @api.model
    def _deliver(self):
        """Job: send due events.

        The job works on cursors of its own, so that sent events stay recorded whatever
        becomes of the job. After a fault of the job's own, the scheduled action tries
        again within a minute.
        """
        home = self.env["nshift.webhook.home"]
        if not home._is_here():
            _logger.info(
                "No webhook is sent from here: this is a copy of the database %s",
                home.get_original(),
            )
            return
        try:
            self._deliver_all()
        except Exception:
            _logger.exception("Webhooks are not delivered; next try within a minute")

    @api.model
    def _deliver_overdue(self):
        """Scheduled action, once a minute: send events that no job has sent in time.

        So events are delivered whatever becomes of queue_job's runner and its jobs.
        """
        # Nothing of this addon is read in the action's own transaction, which stays
        # open during requests and would hold locks on the tables.
        if not self.env["nshift.webhook.home"]._is_here():
            self._remove_copied_jobs()
            return
        for step in (self._correct_clocks, self._help_out, self._tell_of_trouble):
            try:
                step()
            except Exception:
                # not raised again: Odoo disables an action that fails for a week
                _logger.exception("Webhooks: %s has failed", step.__name__)

    def _correct_clocks(self):
        with committed(self.env.registry) as env:
            env[self._name]._correct_times()

    def _tell_of_trouble(self):
        self.env["nshift.webhook.incident"]._watch()

    def _help_out(self):
        """Send overdue events; without a working job runner, all due events."""
        runner = self.env["nshift.webhook.runner"]
        in_time = runner._watch()
        with self._store() as store:
            next_at = store.next_due()
        patience = OVERDUE if in_time else timedelta()
        if next_at and next_at <= fields.Datetime.now() - patience:
            self._deliver_all(SCHEDULED_DURATION_S)
        if runner._is_watched():
            # the next look tells whether the runner has taken this job, and is back
            self._wake_up_at(fields.Datetime.now())

    def _remove_copied_jobs(self):
        """Remove jobs from a copy of the database, in which they do nothing.

        Jobs with the same UUIDs in two databases stop queue_job's runner for all.
        """
        with committed(self.env.registry) as env:
            _remove_jobs(
                env,
                SQL(
                    "(state IN ('pending', 'enqueued') "
                    "OR state = 'started' AND date_started < %s)",
                    fields.Datetime.now() - OVERDUE,
                ),
            )

    def _remove_job(self, job):
        """Remove a job that still waits."""
        with committed(self.env.registry) as env:
            _remove_jobs(env, SQL("state = 'pending' AND uuid = %s", job.uuid))

    def _remove_needless_jobs(self):
        """Remove waiting jobs that are due, since this process does their work now."""
        with committed(self.env.registry) as env:
            _remove_jobs(
                env,
                SQL(
                    "state = 'pending' AND (eta IS NULL OR eta <= %s)",
                    fields.Datetime.now(),
                ),
            )

    def _deliver_all(self, duration=None):
        """Send due events, and ensure that a job is queued for the next ones.

        :param float duration: how long to send, in seconds; None: as long as a job
        """
        if config["workers"]:
            # only with workers: elsewhere a slow thread could hold Python's lock while
            # users wait
            next_at = in_background(lambda: self._dispatch(duration))
        else:
            next_at = self._dispatch(duration)
        if next_at:
            self._wake_up_at(next_at)

    def _dispatch(self, duration):
        """Send due events; return the time when more will be due, or None."""
        with self._store() as store:
            self._remove_needless_jobs()
            Dispatcher(store, duration, is_stopping).run()
            store.tell_news()
            store.drop_successor()
            # next_due() sees the events of jobs that were queued meanwhile
            self._remove_needless_jobs()
            return store.next_due()

    @contextmanager
    def _store(self):
        """Yield a Store on a cursor of its own, and release its claims afterwards."""
        with self.env.registry.cursor() as cr:
            store = Store(clean_env(cr))
            try:
                yield store
            finally:
                store.unlock_all()


def _remove_jobs(env, which):
    """Remove the addon's jobs that meet a condition, except for locked ones."""
    env.cr.execute(
        SQL(
            """
            DELETE FROM queue_job WHERE id IN (
              SELECT id FROM queue_job
               WHERE channel = %s AND %s
                 FOR UPDATE SKIP LOCKED
            )
            """,
            CHANNEL,
            which,
        )
    )
