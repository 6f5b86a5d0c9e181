"""The dispatcher's access to the database: reads due events and records answers."""

import random
import time
from datetime import timedelta

from odoo import fields
from odoo.tools import SQL

from ..configuration import network
from ..delivery.health import Health
from ..delivery.lane import Lane, Parcel
from ..delivery.sender import Sender
from ..models.nshift_webhook_health import HEALTH_COLUMNS
from ..transaction import committed, harmless
from .claims import Claims
from .endpoint import ENDPOINT_COLUMNS, endpoint_columns, endpoint_of
from .due import due
from .line import hold_back, hurry, supersede
from .news import News
from .record import Recorder

#: Most events fetched at once, and the number of waiting events below which more are
#: fetched.
BATCH = 100
REFILL_BELOW = 50
#: Time until a webhook is tried again after a failure of the addon itself.
TRY_AGAIN_AFTER = timedelta(seconds=60)
#: Seconds after which a job queues a reserve, and the time until the reserve is due. If
#: this server dies, the due reserve makes the job runner of another server look for
#: dead jobs at once, which the runner otherwise does once a minute. queue_job regards a
#: job as dead from 10 seconds after handing it out.
SUCCESSOR_AFTER_S = 2
SUCCESSOR_DUE_IN = timedelta(seconds=11)
#: Seconds for which one webhook's due events may be searched while others wait.
LOOK_S = 0.02


class Store:
    """The dispatcher's store, see :class:`..delivery.dispatcher.Dispatcher`.

    All queries run in short transactions, so that no row and no table is locked while
    requests are under way. A failure with one webhook is logged, and the webhook is
    left to a later job.

    :param env: environment with a cursor of its own, for the claims
    """

    def __init__(self, env):
        self._delivery = env["nshift.webhook.delivery"]
        self._registry = env.registry
        self._successor = None
        self._successor_at = time.monotonic() + SUCCESSOR_AFTER_S
        self._claims = Claims(env.cr)
        self._recorder = Recorder(env.registry)
        self._news = News(env.registry)
        self._left_alone = set()
        self._in_bulk = set()

    def open_lanes(self, held, room):
        """Claim webhooks with due events.

        :param held: ids of webhooks that are not to be claimed
        :param int room: most webhooks to claim
        :return: a list with a Lane for each claimed webhook
        """
        without = held | self._left_alone
        due_ids = [id_ for id_, next_at in self._next_due(without) if next_at <= _now()]
        if len(due_ids) > room:
            # by time of waiting, slow endpoints could come first again and again
            random.shuffle(due_ids)
        claimed = list(filter(self._claims.claim, due_ids[: max(room, 0)]))
        if not claimed:
            return []
        self._recorder.record_interrupted(claimed)
        self._leave_unrecorded()
        for webhook_id in self._left_alone.intersection(claimed):
            self._claims.release(webhook_id)
        with committed(self._registry) as env:
            guard = env["ir.config_parameter"]._nshift_webhooks_guard()
        ways = network()
        return [
            Lane(id_, Sender(guard, ways))
            for id_ in claimed
            if id_ not in self._left_alone
        ]

    def close_lane(self, lane):
        """Release a webhook for other jobs."""
        self._recorder.forget_announced(lane.webhook_id)
        self._claims.release(lane.webhook_id)
        if lane.webhook_id in self._in_bulk:
            self._in_bulk.remove(lane.webhook_id)
            self._have_more_told(lane.webhook_id)

    def leave_alone(self, webhook_id):
        """Leave a webhook to a later job."""
        self._left_alone.add(webhook_id)

    def _leave_unrecorded(self):
        """Leave alone the webhooks with answers that could not be recorded."""
        self._left_alone.update(self._recorder.unrecorded)

    def next_due(self):
        """Return the time of the next attempt, None if there is none.

        Webhooks that another job has claimed are left out: that job looks for their
        next attempts.
        """
        later = _now() + TRY_AGAIN_AFTER if self._left_alone else None
        for webhook_id, next_at in self._next_due(self._left_alone):
            if later and next_at > later:
                break
            if next_at > _now():
                return next_at
            if self._claims.claim(webhook_id):
                self._claims.release(webhook_id)
                return next_at
        return later

    def _next_due(self, without=()):
        """Return (id, next attempt) of webhooks with pending events, earliest first."""
        with committed(self._registry) as env:
            return env.execute_query(
                SQL(
                    """
                    SELECT webhook.id,
                           GREATEST(next.next_attempt_at, health.backoff_until)
                             AS next_at
                      FROM nshift_webhook AS webhook
                      LEFT JOIN nshift_webhook_health AS health
                        ON health.webhook_id = webhook.id
                      JOIN LATERAL (
                        SELECT event.next_attempt_at
                          FROM nshift_webhook_event AS event
                         WHERE event.webhook_id = webhook.id
                           AND event.state = 'pending'
                           AND event.next_attempt_at IS NOT NULL
                           -- for no index: else all that waits is read by its id
                           AND event.id + 0 > COALESCE(health.drop_up_to, 0)
                         ORDER BY event.next_attempt_at
                         LIMIT 1
                      ) AS next ON TRUE
                     WHERE webhook.active AND health.paused_at IS NULL
                       AND health.stopped_at IS NULL AND webhook.id <> ALL(%s)
                     ORDER BY next_at, webhook.id
                    """,
                    list(without),
                )
            )

    def unlock_all(self):
        """Release all webhooks for other jobs."""
        self._claims.release_all()

    def refill(self, lane):
        """Add due messages to a lane, and update its settings.

        :param lane: the Lane, whose ``room`` limits the added bytes
        """
        self._news.tell_in_time()
        self._have_successor()
        if lane.waiting < REFILL_BELOW:
            with committed(self._registry) as env:
                self._refill(env, lane)
            if lane.webhook_id in self._in_bulk:
                self._have_more_told(lane.webhook_id)

    def _have_successor(self):
        """Queue a reserve once this job has lasted for SUCCESSOR_AFTER_S."""
        if time.monotonic() < self._successor_at:
            return
        self._successor_at = float("inf")
        due_at = _now() + SUCCESSOR_DUE_IN
        with harmless("No job waits to go on if this one dies"):
            with committed(self._registry) as env:
                # even if another job is due: the runner acts when a job becomes due
                self._successor = self._delivery._queue(env, due_at)

    def drop_successor(self):
        """Remove the reserve, as this job ends properly."""
        if self._successor:
            self._delivery._remove_job(self._successor)

    def _have_more_told(self, webhook_id):
        """Continue to write events of records' current state, if few are left.

        After a failure, the scheduled action continues within a minute. The events that
        exist are sent meanwhile.
        """
        with harmless("The current state is not told at once"):
            with committed(self._registry) as env:
                env["nshift.webhook.load"]._go_on(webhook_id)

    def _refill(self, env, lane):
        now = _now()
        settings = env.execute_query(
            SQL(
                """
                SELECT %s, parallel_requests, requests_per_second,
                       ordering,
                       EXISTS (
                         SELECT FROM nshift_webhook_event AS event
                          WHERE event.webhook_id = webhook.id AND event.is_bulk
                            AND event.state = 'pending'
                       ),
                       health.webhook_id, %s
                  FROM nshift_webhook AS webhook
                  LEFT JOIN nshift_webhook_health AS health
                    ON health.webhook_id = webhook.id
                 WHERE webhook.id = %s AND active
                   AND paused_at IS NULL AND stopped_at IS NULL
                """,
                endpoint_columns(),
                HEALTH_COLUMNS,
                lane.webhook_id,
            )
        )
        if not settings:
            lane.drop_waiting()
            return
        [row] = settings
        endpoint = endpoint_of(*row[:ENDPOINT_COLUMNS])
        parallel, rate, ordering, has_bulk, known, *health = row[ENDPOINT_COLUMNS:]
        lane.direct(
            endpoint,
            parallel,
            rate,
            Health(*health) if known else Health(),
        )
        if lane.health.is_backing_off(now):
            lane.drop_waiting()
            return
        if has_bulk:
            self._in_bulk.add(lane.webhook_id)
        room = BATCH - lane.waiting
        bulk_room = BATCH - lane.bulk_waiting if has_bulk else None
        if lane.bulk_waiting >= REFILL_BELOW:
            bulk_room = 0
        if lane.health.suspect:
            # a single message shows whether the endpoint works again
            room = 0 if lane.in_hand else 1
        if room:
            lane.add(self._due(env, lane, ordering, now, room, bulk_room))

    def _due(self, env, lane, ordering, now, room, bulk_room):
        """Return the due parcels for a lane.

        :param int room: most parcels
        :param int bulk_room: most parcels in bulk, see :func:`due`
        """
        until = time.monotonic() + LOOK_S
        while True:
            found = due(env, lane, ordering, now, room, bulk_room)
            behind = [event for event in found if event.first_id]
            awaited = set()
            if bulk_room is not None:
                awaited = {event.first_id for event in behind if not event.is_bulk}
            if awaited:
                hurry(env, awaited)
                lane.hurry(awaited)
            if ordering == "latest" and found and supersede(env, lane, found):
                continue
            if behind:
                hold_back(env, behind)
            parcels = [
                Parcel(
                    event.id,
                    event.message,
                    event.is_bulk and event.id not in awaited,
                )
                for event in found
                if event.payload is not None
            ]
            if parcels or not behind or time.monotonic() > until:
                return parcels

    def announce(self, parcels):
        """Write down that messages are about to be sent.

        :param parcels: lists of Parcel by webhook id
        """
        self._recorder.announce(parcels)

    def record(self, answers):
        """Write down the answers to requests.

        :param answers: list of (Lane, event id, Answer) in the order of arrival
        :return: ids of the webhooks whose endpoint is to be left alone for now
        """
        left_alone = self._recorder.record(answers)
        self._news.hear(event_id for _lane, event_id, _answer in answers)
        self._leave_unrecorded()
        return left_alone

    def tell_news(self):
        """Tell browsers about the last recorded answers."""
        self._news.tell()


def _now():
    return fields.Datetime.now()
