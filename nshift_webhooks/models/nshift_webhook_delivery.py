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

#: queue_job's channel, whatever its job functions say: jobs are found by it.
CHANNEL = "root.nshift_webhooks"
#: Before other addons' jobs, which have 10 unless they say otherwise.
PRIORITY = 1
#: Advisory lock on the decision which job waits; any number nobody else uses.
JOBS_LOCK = 0x6E736869_6A6F6273
#: How late an event may be before the scheduled action delivers it.
OVERDUE = timedelta(minutes=1)
#: Seconds that the scheduled action sends for: as long as Odoo lets one go on at least
#: (MIN_TIME_PER_JOB), so that others and the installation of modules have their turn.
SCHEDULED_DURATION_S = 10
#: The latest that a job is queued for; it then queues the next one. queue_job's runner
#: cannot wait for years.
LONGEST_ETA = timedelta(days=1)


class NshiftWebhookDelivery(models.AbstractModel):
    """The job that delivers events, and the scheduled action that does without one.

    A job serves whatever webhooks have something to send, so that it takes but one of
    queue_job's places to have slow endpoints keep nobody waiting.
    """

    _name = "nshift.webhook.delivery"
    _description = "Webhook delivery"

    @api.model
    def _wake_up(self):
        """Queue a job that delivers what is due, in this transaction.

        A job that another transaction has queued does not do instead: it may already
        have looked for the last time.

        :return: the job
        """
        return self._queue(self.env)

    @api.model
    def _wake_up_at(self, time):
        """See to it that one job waits for a time, and none for a later one.

        In a transaction of its own, which sees what other jobs have just queued.

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

        It runs a server action, which is Odoo's own model. A job of a model of this
        addon could neither be run nor cancelled where the addon's code is missing:
        queue_job would ask for it again and again. If somebody has deleted the action,
        the job does nothing, and the scheduled action delivers.
        """
        # The job works for the system, not for the user or a company. In a clean
        # environment: a client's context could have queue_job run it at once. That
        # there is a job should cost whoever saves an order as little as may be.
        context = {"company_id": False, "tracking_disable": True}
        if env.uid == SUPERUSER_ID and "allowed_company_ids" in env.context:
            # the outbox's own: else the ORM reads which companies the superuser has
            context["allowed_company_ids"] = env.context["allowed_company_ids"]
        clean = clean_env(env.cr)(context=context)
        action = clean["ir.actions.server"].browse(
            clean["ir.model.data"]._xmlid_to_res_id("nshift_webhooks.action_deliver")
        )
        return action.with_delay(
            eta=eta,
            priority=PRIORITY,
            channel=CHANNEL,
            # however often a worker has died over it
            max_retries=0,
            description=self.env._("Deliver webhooks"),
        ).run()

    @api.model
    def _deliver(self):
        """Job: send what is due.

        It works on cursors of its own, so that what was sent stays recorded whatever
        becomes of the job. If it fails by a fault of its own, the scheduled action
        tries again within a minute.
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
        """Scheduled action, once a minute: send what no job has sent in time.

        So events are delivered whatever becomes of queue_job's runner and its jobs.
        """
        # Nothing of this addon is read in the action's own transaction: it stays open
        # while requests are on their way, and would hold locks on the tables.
        if not self.env["nshift.webhook.home"]._is_here():
            self._remove_copied_jobs()
            return
        for step in (self._correct_clocks, self._help_out, self._tell_of_trouble):
            try:
                step()
            except Exception:
                # not passed on: Odoo disables an action that fails for a week
                _logger.exception("Webhooks: %s has failed", step.__name__)

    def _correct_clocks(self):
        with committed(self.env.registry) as env:
            env[self._name]._correct_times()

    def _tell_of_trouble(self):
        self.env["nshift.webhook.incident"]._watch()

    def _help_out(self):
        """Send what is overdue; with no job runner that answers, whatever is due."""
        runner = self.env["nshift.webhook.runner"]
        in_time = runner._watch()
        with self._store() as store:
            next_at = store.next_due()
        patience = OVERDUE if in_time else timedelta()
        if next_at and next_at <= fields.Datetime.now() - patience:
            self._deliver_all(SCHEDULED_DURATION_S)
        if runner._is_watched():
            # whether the runner takes it tells at the next look whether it is back
            self._wake_up_at(fields.Datetime.now())

    def _remove_copied_jobs(self):
        """Remove jobs from a copy of the database, in which they do nothing.

        Jobs of the same UUIDs in two databases stop queue_job's runner for all.
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
        """Remove jobs that wait to do what is just being done."""
        with committed(self.env.registry) as env:
            _remove_jobs(
                env,
                SQL(
                    "state = 'pending' AND (eta IS NULL OR eta <= %s)",
                    fields.Datetime.now(),
                ),
            )

    def _deliver_all(self, duration=None):
        """Send what is due, and see to it that there is a job when more will be.

        :param float duration: seconds to work for; None: a job's
        """
        if config["workers"]:
            # in a process of its own: what holds Python's lock must not be slow
            next_at = in_background(lambda: self._dispatch(duration))
        else:
            next_at = self._dispatch(duration)
        if next_at:
            self._wake_up_at(next_at)

    def _dispatch(self, duration):
        """Send what is due; return when there will be more to do, or None."""
        with self._store() as store:
            self._remove_needless_jobs()
            Dispatcher(store, duration, is_stopping).run()
            store.tell_news()
            store.drop_successor()
            # their events are seen by the last look
            self._remove_needless_jobs()
            return store.next_due()

    @contextmanager
    def _store(self):
        """Yield a Store on a cursor of its own, and let go of all that it claims."""
        with self.env.registry.cursor() as cr:
            store = Store(clean_env(cr))
            try:
                yield store
            finally:
                store.unlock_all()


def _remove_jobs(env, which):
    """Remove the addon's jobs that fulfil a condition, but for those in use."""
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
