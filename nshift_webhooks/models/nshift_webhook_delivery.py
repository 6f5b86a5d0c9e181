import logging
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.tools import config

from odoo.addons.queue_job.exception import RetryableJobError

from ..delivery.background import in_background
from ..delivery.dispatcher import Dispatcher
from ..store import Store
from ..store.line import let_forward, let_stranded_forward
from ..transaction import clean_env

_logger = logging.getLogger(__name__)

#: How late an event may be before its job is taken for lost.
OVERDUE = timedelta(minutes=5)
#: Seconds to the next try of a job that has failed itself.
TRY_AGAIN_S = 60
#: The latest that a job is queued for; it then queues the next one. queue_job's runner
#: cannot wait for years.
LONGEST_ETA = timedelta(days=1)


class NshiftWebhookDelivery(models.AbstractModel):
    """The job that delivers events, and what sees to it that there is one.

    A job serves whatever webhooks have something to send, so that it takes but one of
    queue_job's places to have slow endpoints keep nobody waiting.
    """

    _name = "nshift.webhook.delivery"
    _description = "Webhook delivery"

    @api.model
    def _wake_up(self, eta=None):
        """Queue a job that delivers what is due.

        A job that another transaction has queued does not do instead: it may already
        have looked for the last time.

        :param datetime eta: when there will be something to do; None: now
        :return: the job
        """
        if eta:
            eta = min(eta, fields.Datetime.now() + LONGEST_ETA)
        # The job works for the system, not for the user or a company. In a clean
        # environment: a client's context could have queue_job run it at once. That
        # there is a job should cost whoever saves an order as little as may be.
        context = {"company_id": False, "tracking_disable": True}
        if self.env.uid == SUPERUSER_ID and "allowed_company_ids" in self.env.context:
            # the outbox's own: else the ORM reads which companies the superuser has
            context["allowed_company_ids"] = self.env.context["allowed_company_ids"]
        return (
            self.with_env(clean_env(self.env.cr)(context=context))
            .with_delay(
                eta=eta,
                # however often a worker has died over it
                max_retries=0,
                identity_key=eta and f"nshift_webhooks:{eta}",
                description=self.env._("Deliver webhooks"),
            )
            ._deliver()
        )

    @api.model
    def _deliver(self):
        """Job: send what is due.

        It works on cursors of its own, so that what was sent stays recorded whatever
        becomes of the job.
        """
        home = self.env["nshift.webhook.home"]
        if not home._is_here():
            _logger.info(
                "No webhook is sent from here: this is a copy of the database %s",
                home.get_original(),
            )
            return
        try:
            if config["workers"]:
                # in a process of its own: what holds Python's lock must not be slow
                next_at = in_background(self._deliver_all)
            else:
                next_at = self._deliver_all()
        except Exception as error:
            _logger.exception(
                "Webhooks are not delivered; next try in %s s", TRY_AGAIN_S
            )
            raise RetryableJobError(
                str(error), seconds=TRY_AGAIN_S, ignore_retry=True
            ) from error
        if next_at:
            self._wake_up(eta=next_at if next_at > fields.Datetime.now() else None)

    def _deliver_all(self):
        """Send what is due; return when there will be more to do, or None."""
        with self._store() as store:
            store.remove_needless_jobs()
            Dispatcher(store).run()
            # their events are seen by the last look
            store.remove_needless_jobs()
            return store.next_due()

    @api.model
    def _let_forward(self, events):
        """Have sent what waits behind events that somebody has cancelled."""
        if let_forward(self.env, events.ids):
            self._wake_up()

    @api.model
    def _wake_up_stranded(self):
        """Queue a job for events that are overdue: their job was removed or failed.

        A safety net: every event comes with a job, and every job that leaves events
        waiting queues the next one.
        """
        if not self.env["nshift.webhook.home"]._is_here():
            return
        self.env["nshift.webhook.event"]._correct_next_attempts()
        let_stranded_forward(self.env)
        with self._store() as store:
            next_at = store.next_due()
        if next_at and next_at < fields.Datetime.now() - OVERDUE:
            self._wake_up()

    @contextmanager
    def _store(self):
        """Yield a Store on a cursor of its own, and let go of all that it claims."""
        with self.env.registry.cursor() as cr:
            store = Store(clean_env(cr))
            try:
                yield store
            finally:
                store.unlock_all()
