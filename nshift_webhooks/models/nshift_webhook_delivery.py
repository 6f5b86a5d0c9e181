import logging
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)
from odoo.tools import SQL, config

from odoo.addons.queue_job.exception import RetryableJobError

from ..configuration import ca_file
from ..delivery.background import in_background
from ..delivery.dispatcher import Dispatcher
from ..delivery.health import Health
from ..delivery.lane import Lane, Parcel
from ..delivery.sender import Endpoint, Message, Sender
from ..transaction import clean_env

_logger = logging.getLogger(__name__)

#: How late an event may be before its job is taken for lost.
OVERDUE = timedelta(minutes=5)
#: Seconds to the next try of a job that has failed itself.
TRY_AGAIN = 60
#: How many events are fetched at once, and below how many further ones are.
BATCH = 100
LOW = 50
#: First key of the advisory locks on webhooks; any number nobody else uses.
LOCK = 0x6E736869

#: Events that no earlier one of the same order or shipment goes before.
FIRST_IN_LINE = SQL(
    """
    (webhook.ordering = 'none' OR NOT EXISTS (
      SELECT FROM nshift_webhook_event AS earlier
       WHERE earlier.webhook_id = event.webhook_id
         AND earlier.state = 'pending'
         AND earlier.res_model = event.res_model
         AND earlier.res_id = event.res_id
         AND earlier.id < event.id
    ))
    """
)


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
        # the job works for the system, not for the user or a company; that there is one
        # should cost whoever saves an order as little as may be
        return (
            self.with_user(SUPERUSER_ID)
            .with_context(company_id=False, tracking_disable=True)
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
            _logger.exception("Webhooks are not delivered; next try in %s s", TRY_AGAIN)
            raise RetryableJobError(
                str(error), seconds=TRY_AGAIN, ignore_retry=True
            ) from error
        if next_at:
            self._wake_up(eta=next_at if next_at > _now() else None)

    def _deliver_all(self):
        """Send what is due; return when there will be more to do, or None."""
        with self._store() as store:
            store.remove_needless_jobs()
            Dispatcher(store).run()
            # their events are seen by the last look
            store.remove_needless_jobs()
            return store.next_due()

    @api.model
    def _wake_up_stranded(self):
        """Queue a job for events that are overdue: their job was removed or failed.

        A safety net: every event comes with a job, and every job that leaves events
        waiting queues the next one.
        """
        if not self.env["nshift.webhook.home"]._is_here():
            return
        self.env["nshift.webhook.event"]._correct_next_attempts()
        with self._store() as store:
            next_at = store.next_due()
        if next_at and next_at < _now() - OVERDUE:
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


class Store:
    """What the dispatcher knows of the database.

    A webhook is claimed with an advisory lock, which goes with the connection: what a
    process had in hand is free again as soon as it is dead. The transaction in which
    it looks stays open, so that the connection is its own also behind a pooler.

    :param env: on a cursor that nothing else uses
    """

    def __init__(self, env):
        self._env = env
        # Odoo's isolation level would see the past only
        self._env.cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def remove_needless_jobs(self):
        """Remove jobs that wait to do what this one is about to do."""
        with self._own_transaction() as env:
            env.cr.execute(
                """
                DELETE FROM queue_job WHERE id IN (
                  SELECT id FROM queue_job
                   WHERE model_name = 'nshift.webhook.delivery'
                     AND method_name = '_deliver'
                     AND state = 'pending' AND eta IS NULL
                     FOR UPDATE SKIP LOCKED
                )
                """
            )

    def open_lanes(self, held):
        """Claim webhooks for which something is due.

        :param held: ids of those that are not to be claimed
        :return: a Lane for each
        """
        due = [id_ for id_, next_at in self._next_due(held) if next_at <= _now()]
        return [Lane(id_, self._sender()) for id_ in due if self._lock(id_)]

    def _sender(self):
        parameters = self._env["ir.config_parameter"]
        return Sender(parameters._nshift_webhooks_guard(), ca_file())

    def close_lane(self, lane):
        """Let another job have the webhook."""
        self._unlock(lane.webhook_id)

    def next_due(self):
        """Return when the next attempt is due, None if there is none.

        Leaves out what another job has in hand: that job will look for itself.
        """
        for webhook_id, next_at in self._next_due():
            if next_at > _now():
                return next_at
            if self._lock(webhook_id):
                self._unlock(webhook_id)
                return next_at
        return None

    def _next_due(self, without=()):
        """Return (id, next attempt) of webhooks that have one, the earliest first."""
        return self._env.execute_query(
            SQL(
                """
                SELECT webhook.id,
                       GREATEST(next.next_attempt_at, webhook.paused_until) AS next_at
                  FROM nshift_webhook AS webhook
                  JOIN LATERAL (
                    SELECT event.next_attempt_at
                      FROM nshift_webhook_event AS event
                     WHERE event.webhook_id = webhook.id AND event.state = 'pending'
                       AND %s
                     ORDER BY event.next_attempt_at
                     LIMIT 1
                  ) AS next ON TRUE
                 WHERE webhook.active AND webhook.id <> ALL(%s)
                 ORDER BY next_at, webhook.id
                """,
                FIRST_IN_LINE,
                list(without),
            )
        )

    def _lock(self, webhook_id):
        """Claim a webhook; return whether it was free."""
        [[locked]] = self._env.execute_query(
            SQL("SELECT pg_try_advisory_lock(%s, %s)", LOCK, webhook_id)
        )
        return locked

    def _unlock(self, webhook_id):
        self._env.cr.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCK, webhook_id))

    def unlock_all(self):
        """Let other jobs have all webhooks."""
        try:
            self._env.cr.execute("SELECT pg_advisory_unlock_all()")
        except psycopg2.Error:
            # the locks go with the connection
            self._env.cr.connection.close()

    def refill(self, lane):
        """Give a lane what is due, and how it is to be sent by now."""
        if lane.waiting >= LOW:
            return
        now = _now()
        settings = self._env.execute_query(
            SQL(
                """
                SELECT url,
                       array_remove(
                         ARRAY[secret, private_key]
                         || CASE WHEN replaced_until > %s
                            THEN ARRAY[replaced_secret, replaced_private_key] END,
                         NULL
                       ),
                       ARRAY(
                         SELECT ARRAY[name, stored_value]
                           FROM nshift_webhook_header
                          WHERE webhook_id = webhook.id
                          ORDER BY id
                       ),
                       parallel_requests, ordering,
                       failures_in_a_row, pauses_in_a_row, paused_until, failing_since
                  FROM nshift_webhook AS webhook
                 WHERE id = %s AND active
                """,
                now,
                lane.webhook_id,
            )
        )
        if not settings:
            lane.drop_waiting()
            return
        [[url, keys, headers, parallel, ordering, *health]] = settings
        health = Health(*health)
        endpoint = Endpoint(url, tuple(keys), tuple(map(tuple, headers)))
        lane.direct(endpoint, parallel, health)
        if health.is_paused(now):
            lane.drop_waiting()
            return
        room = BATCH - lane.waiting
        if health.suspect:
            # one is enough to see whether the endpoint is well again
            room = 0 if lane.in_hand else 1
        if not room:
            return
        if ordering == "latest":
            self._supersede(lane)
        due = self._env.execute_query(
            SQL(
                """
                SELECT event.id, event.message_id, event.payload, event.attempt_count
                  FROM nshift_webhook_event AS event
                  JOIN nshift_webhook AS webhook ON webhook.id = event.webhook_id
                 WHERE webhook.id = %s AND event.state = 'pending'
                   AND event.next_attempt_at <= %s AND event.id <> ALL(%s) AND %s
                 ORDER BY event.next_attempt_at, event.id
                 LIMIT %s
                """,
                lane.webhook_id,
                now,
                list(lane.in_hand),
                FIRST_IN_LINE,
                room,
            )
        )
        lane.add(
            [
                Parcel(id_, Message(message_id, payload.encode(), (attempts or 0) + 1))
                for id_, message_id, payload, attempts in due
            ]
        )

    def _supersede(self, lane):
        """Give up updates that a later one of the same order or shipment replaces."""
        with self._own_transaction() as env:
            env.cr.execute(
                """
                UPDATE nshift_webhook_event AS event
                   SET state = 'superseded', next_attempt_at = NULL
                 WHERE webhook_id = %s AND state = 'pending'
                   AND event LIKE '%%.updated' AND id <> ALL(%s)
                   AND EXISTS (
                     SELECT FROM nshift_webhook_event AS later
                      WHERE later.webhook_id = event.webhook_id
                        AND later.state = 'pending'
                        AND later.res_model = event.res_model
                        AND later.res_id = event.res_id
                        AND later.id > event.id
                   )
                """,
                (lane.webhook_id, list(lane.in_hand)),
            )

    def record(self, answers):
        """Write down what came of requests.

        :param answers: a (Lane, event's id, Answer) of each, in the order they came
        :return: ids of the webhooks whose endpoint is to be left alone for now
        """
        for tries_left in reversed(range(MAX_TRIES_ON_CONCURRENCY_FAILURE)):
            try:
                return self._record(answers)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody cancels these events, or edits the webhook
                if not tries_left:
                    raise

    def _record(self, answers):
        by_webhook = defaultdict(list)
        for lane, _event_id, answer in answers:
            by_webhook[lane.webhook_id].append(answer)
        with self._own_transaction() as env:
            env["nshift.webhook.event"]._record(
                {event_id: answer for _lane, event_id, answer in answers}
            )
            webhooks = env["nshift.webhook"]
            return [
                webhook_id
                for webhook_id, received in sorted(by_webhook.items())
                if webhooks.browse(webhook_id)._record_health(received)
            ]

    @contextmanager
    def _own_transaction(self):
        """Yield an environment on another cursor, and commit at the end."""
        with self._env.registry.cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield clean_env(cr)


def _now():
    return fields.Datetime.now()
