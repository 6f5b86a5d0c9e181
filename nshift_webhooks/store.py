"""What the dispatcher knows of the database: which events are due, and what came of
each."""

import logging
import random
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import psycopg2

from odoo import fields
from odoo.service.model import (
    MAX_TRIES_ON_CONCURRENCY_FAILURE,
    PG_CONCURRENCY_EXCEPTIONS_TO_RETRY,
)
from odoo.tools import SQL

from .configuration import network
from .delivery.health import Health
from .delivery.lane import Lane, Parcel
from .delivery.sender import Answer, Endpoint, Message, Sender
from .transaction import clean_env, savepoint

_logger = logging.getLogger(__name__)

#: How many events are fetched at once, and below how many waiting ones more are.
BATCH = 100
REFILL_BELOW = 50
#: When a webhook with which something went wrong is looked at again.
TRY_AGAIN_AFTER = timedelta(seconds=60)
#: First key of the advisory locks on webhooks; any number nobody else uses.
LOCK = 0x6E736869
#: What is recorded of an attempt whose process has ended.
INTERRUPTED = Answer(failure="interrupted")
#: What is recorded of an attempt whose own outcome cannot be.
UNRECORDABLE = Answer(failure="fault", error="The answer could not be recorded.")

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


class Store:
    """What the dispatcher knows of the database.

    A webhook is claimed with an advisory lock, which goes with the connection: what a
    process had in hand is free again as soon as it is dead. The transaction in which
    it looks stays open, so that the connection is its own also behind a pooler.

    What goes wrong with one webhook is logged, and the webhook is left to a later job.

    :param env: on a cursor that nothing else uses
    """

    def __init__(self, env):
        self._env = env
        #: Events whose outcome could not be recorded, by webhook.
        self._unrecorded = defaultdict(list)
        self._left_alone = set()
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

    def open_lanes(self, held, room):
        """Claim webhooks for which something is due.

        :param held: ids of those that are not to be claimed
        :param int room: how many at the most
        :return: a Lane for each
        """
        without = held | self._left_alone
        due = [id_ for id_, next_at in self._next_due(without) if next_at <= _now()]
        if len(due) > room:
            # those that have waited longest may be those that are always slow
            random.shuffle(due)
        claimed = [id_ for id_ in due[: max(room, 0)] if self._lock(id_)]
        self._record_interrupted(claimed)
        for webhook_id in self._left_alone.intersection(claimed):
            self._unlock(webhook_id)
        return [
            Lane(id_, self._sender()) for id_ in claimed if id_ not in self._left_alone
        ]

    def _sender(self):
        parameters = self._env["ir.config_parameter"]
        return Sender(parameters._nshift_webhooks_guard(), network())

    def _record_interrupted(self, webhook_ids):
        """Count what a process had announced for webhooks when it ended.

        :param webhook_ids: webhooks that nobody else sends anything for, since they
            are claimed
        """
        announced = self._env.execute_query(
            SQL(
                "SELECT webhook_id, array_agg(DISTINCT event_id) "
                "FROM nshift_webhook_flight WHERE webhook_id = ANY(%s) "
                "GROUP BY webhook_id",
                list(webhook_ids),
            )
        )
        for webhook_id, event_ids in announced:
            self._record_webhook(webhook_id, dict.fromkeys(event_ids, INTERRUPTED))

    def close_lane(self, lane):
        """Let another job have the webhook."""
        with self._own_transaction() as env:
            # what was announced and let go of has not been sent
            env.cr.execute(
                "DELETE FROM nshift_webhook_flight "
                "WHERE webhook_id = %s AND event_id <> ALL(%s)",
                (lane.webhook_id, self._unrecorded[lane.webhook_id]),
            )
        self._unlock(lane.webhook_id)

    def leave_alone(self, webhook_id):
        """Leave a webhook to the next job, which is to be some time later."""
        self._left_alone.add(webhook_id)

    def next_due(self):
        """Return when the next attempt is due, None if there is none.

        Leaves out what another job has in hand: that job will look for itself.
        """
        later = _now() + TRY_AGAIN_AFTER if self._left_alone else None
        for webhook_id, next_at in self._next_due(self._left_alone):
            if later and next_at > later:
                break
            if next_at > _now():
                return next_at
            if self._lock(webhook_id):
                self._unlock(webhook_id)
                return next_at
        return later

    def _next_due(self, without=()):
        """Return (id, next attempt) of webhooks that have one, the earliest first."""
        return self._env.execute_query(
            SQL(
                """
                SELECT webhook.id,
                       GREATEST(next.next_attempt_at, health.paused_until) AS next_at
                  FROM nshift_webhook AS webhook
                  LEFT JOIN nshift_webhook_health AS health
                    ON health.webhook_id = webhook.id
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
        """Give a lane what is due, and how it is to be sent by now.

        :param lane: says for how many bytes of messages it has room
        """
        if lane.waiting >= REFILL_BELOW:
            return
        # what cannot be fetched for one webhook must not end the look at others
        with savepoint(self._env.cr):
            self._refill(lane)

    def _refill(self, lane):
        now = _now()
        settings = self._env.execute_query(
            SQL(
                """
                SELECT url,
                       ARRAY(
                         SELECT value FROM nshift_webhook_vault
                          WHERE model = 'nshift.webhook' AND res_id = webhook.id
                            AND (name IN ('secret', 'private_key')
                                 OR health.replaced_until > %s)
                          ORDER BY name LIKE 'replaced_%%', name DESC
                       ),
                       ARRAY(
                         SELECT ARRAY[header.name, vault.value]
                           FROM nshift_webhook_header AS header
                           JOIN nshift_webhook_vault AS vault
                             ON vault.model = 'nshift.webhook.header'
                                AND vault.res_id = header.id
                          WHERE header.webhook_id = webhook.id
                          ORDER BY header.id
                       ),
                       parallel_requests, ordering,
                       COALESCE(failures_in_a_row, 0), COALESCE(pauses_in_a_row, 0),
                       paused_until, failing_since
                  FROM nshift_webhook AS webhook
                  LEFT JOIN nshift_webhook_health AS health
                    ON health.webhook_id = webhook.id
                 WHERE webhook.id = %s AND active
                """,
                now,
                lane.webhook_id,
            )
        )
        if not settings:
            lane.drop_waiting()
            return
        [[url, keys, headers, parallel, ordering, *health]] = settings
        if not keys:
            raise ValueError("The webhook has no signing secret")
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
        lane.add(
            [
                Parcel(id_, Message(message_id, payload.encode(), (attempts or 0) + 1))
                for id_, message_id, payload, attempts in self._due(lane, room, now)
            ]
        )

    def _due(self, lane, room, now):
        """Return what is due for a lane, and has room in memory.

        :param int room: how many events at the most
        :return: (id, message id, payload, number of attempts) of each
        """
        return self._env.execute_query(
            SQL(
                """
                SELECT id, message_id, payload, attempt_count
                  FROM (
                    SELECT event.id, event.message_id, event.payload,
                           event.attempt_count, event.next_attempt_at,
                           COALESCE(event.payload_size, 0) AS size,
                           SUM(COALESCE(event.payload_size, 0)) OVER (
                             ORDER BY event.next_attempt_at, event.id
                           ) AS size_up_to
                      FROM nshift_webhook_event AS event
                      JOIN nshift_webhook AS webhook ON webhook.id = event.webhook_id
                     WHERE webhook.id = %s AND event.state = 'pending'
                       AND event.next_attempt_at <= %s AND event.id <> ALL(%s) AND %s
                     ORDER BY event.next_attempt_at, event.id
                     LIMIT %s
                  ) AS due
                 WHERE size_up_to <= %s OR size_up_to = size AND size <= %s
                 ORDER BY next_attempt_at, id
                """,
                lane.webhook_id,
                now,
                list(lane.in_hand),
                FIRST_IN_LINE,
                room,
                lane.room,
                lane.room_for_one,
            )
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

    def announce(self, parcels):
        """Write down what is about to be sent: see ``nshift.webhook.flight``.

        :param parcels: lists of Parcel by the webhook's id
        """
        rows = [
            (webhook_id, parcel.event_id)
            for webhook_id, announced in parcels.items()
            for parcel in announced
        ]
        with self._own_transaction() as env:
            # when the database server itself crashes, the attempt is forgotten: only
            # what ends this process has to be counted
            env.cr.execute("SET LOCAL synchronous_commit TO OFF")
            env.cr.execute(
                "INSERT INTO nshift_webhook_flight "
                "(webhook_id, event_id, announced_at) "
                "SELECT webhook_id, event_id, %s "
                "FROM unnest(%s, %s) AS announced (webhook_id, event_id)",
                (_now(), [row[0] for row in rows], [row[1] for row in rows]),
            )

    def record(self, answers):
        """Write down what came of requests.

        If that fails for some of them, the others are written down all the same.

        :param answers: a (Lane, event's id, Answer) of each, in the order they came
        :return: ids of the webhooks whose endpoint is to be left alone for now
        """
        by_webhook = defaultdict(dict)
        for lane, event_id, answer in answers:
            by_webhook[lane.webhook_id][event_id] = answer
        try:
            return self._retrying(self._record, by_webhook)
        except Exception:
            _logger.exception("Answers are recorded one webhook at a time")
        return [
            webhook_id
            for webhook_id, its_answers in by_webhook.items()
            if self._record_webhook(webhook_id, its_answers)
        ]

    def _record_webhook(self, webhook_id, answers):
        """Write down what came of requests for one webhook, each by itself if need be.

        :param answers: dict of Answer by event id
        :return: whether its endpoint is to be left alone for now
        """
        try:
            return bool(self._retrying(self._record, {webhook_id: answers}))
        except Exception:
            _logger.exception(
                "Answers for webhook %s are recorded one by one", webhook_id
            )
        return any(
            [
                self._record_event(webhook_id, event_id, answer)
                for event_id, answer in answers.items()
            ]
        )

    def _record_event(self, webhook_id, event_id, answer):
        """Write down what came of one request, or at least that there was one.

        :return: whether the endpoint is to be left alone for now
        """
        bare = replace(UNRECORDABLE, response_code=answer.response_code)
        for each in (answer, bare):
            try:
                return bool(
                    self._retrying(self._record, {webhook_id: {event_id: each}})
                )
            except Exception:
                _logger.exception("The answer for event %s is not recorded", event_id)
        # announced as it is still, it will count as interrupted
        self._unrecorded[webhook_id].append(event_id)
        self.leave_alone(webhook_id)
        return True

    def _retrying(self, function, *args):
        """Return what a function returns; call it again after a conflict."""
        for tries_left in reversed(range(MAX_TRIES_ON_CONCURRENCY_FAILURE)):
            try:
                return function(*args)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                # somebody cancels these events, or edits the webhook
                if not tries_left:
                    raise

    def _record(self, by_webhook):
        with self._own_transaction() as env:
            answers = {
                event_id: answer
                for its_answers in by_webhook.values()
                for event_id, answer in its_answers.items()
            }
            env["nshift.webhook.event"]._record(answers)
            env.cr.execute(
                "DELETE FROM nshift_webhook_flight WHERE event_id = ANY(%s)",
                (list(answers),),
            )
            webhooks = env["nshift.webhook"]
            return [
                webhook_id
                for webhook_id, its_answers in sorted(by_webhook.items())
                if webhooks.browse(webhook_id)._record_health(its_answers.values())
            ]

    @contextmanager
    def _own_transaction(self):
        """Yield an environment on another cursor, and commit at the end."""
        with self._env.registry.cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            yield clean_env(cr)


def _now():
    return fields.Datetime.now()
