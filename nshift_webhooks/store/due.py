"""The due events of a webhook, in the order of sending: see ``line.py``."""

from typing import NamedTuple

from odoo.tools import SQL

from .body import body
from .message import message_of


class Due(NamedTuple):
    """A due event.

    :ivar attempts: number of attempts so far
    :ivar first_id: id of an event that goes before this one, None if there is none
    :ivar payload: the message; None if another event goes first, or if the lane has no
        room for the message
    :ivar is_bulk: whether the event goes after all others that are not in bulk
    """

    id: int
    message_id: str
    attempts: int
    first_id: int | None
    payload: str | None
    is_bulk: bool = False

    @property
    def message(self):
        return message_of(self.message_id, self.payload, self.attempts + 1)


def due(env, lane, ordering, now, count, bulk_count=None):
    """Return the due events for a lane.

    :param lane: the Lane, with its health, the events in hand and the room for messages
    :param str ordering: the webhook's ``ordering``
    :param datetime now: naive UTC
    :param int count: most events
    :param int bulk_count: most events in bulk, None if no events are in bulk
    :return: a list of Due, in the order of sending
    """
    found = []
    if lane.health.suspect:
        # first an event without attempts, since the endpoint may refuse older ones
        found = _due(
            env,
            lane,
            ordering,
            SQL(
                "event.next_attempt_at BETWEEN %s AND %s "
                "AND COALESCE(event.attempt_count, 0) = 0",
                lane.health.failed_at,
                now,
            ),
            SQL("event.next_attempt_at DESC, event.id DESC"),
            count,
        )
    order = SQL("event.next_attempt_at, event.id")
    if not lane.health.suspect and lane.health.is_new_first(now):
        order = SQL("event.next_attempt_at DESC, event.id DESC")
    is_due = SQL("event.next_attempt_at <= %s", now)
    if found or bulk_count is None:
        return found or _due(env, lane, ordering, is_due, order, count)
    # few events are in bulk at any time, so this skips few rows
    is_live = SQL("%s AND event.is_bulk IS NOT TRUE", is_due)
    found = _due(env, lane, ordering, is_live, order, count)
    bulk_count = min(bulk_count, count - len(found))
    if bulk_count > 0:
        taken = sum(len(event.payload.encode()) for event in found if event.payload)
        is_bulk = SQL("%s AND event.is_bulk", is_due)
        found += _due(env, lane, ordering, is_bulk, order, bulk_count, taken)
    return found


def _due(env, lane, ordering, condition, order, count, taken=0):
    rows = env.execute_query(
        SQL(
            """
            SELECT id, message_id, attempts, first_id,
                   CASE WHEN first_id IS NULL
                         AND (size_up_to <= %(room)s
                              OR size_up_to = size AND size <= %(room_for_one)s)
                        THEN %(body)s END,
                   is_bulk
              FROM (
                SELECT event.id, event.message_id, event.payload, event.body_id,
                       event.is_bulk,
                       COALESCE(event.attempt_count, 0) AS attempts,
                       first.id AS first_id, event.payload_size AS size,
                       SUM(CASE WHEN first.id IS NULL THEN event.payload_size END)
                         OVER (ORDER BY %(order)s) AS size_up_to
                  FROM (
                    SELECT id, webhook_id, res_model, res_id, message_id,
                           COALESCE(thin_payload, payload) AS payload, body_id,
                           attempt_count, next_attempt_at, after_ids,
                           COALESCE(octet_length(thin_payload), payload_size, 0)
                             AS payload_size,
                           is_bulk IS TRUE AS is_bulk
                      FROM nshift_webhook_event AS event
                     WHERE event.webhook_id = %(webhook_id)s
                       AND event.state = 'pending' AND %(condition)s
                       AND event.id <> ALL(%(in_hand)s)
                       AND event.id + 0 > %(dropped)s
                     ORDER BY %(order)s
                     LIMIT %(count)s
                  ) AS event
                  LEFT JOIN LATERAL (
                    (
                      SELECT earlier.id
                        FROM nshift_webhook_event AS earlier
                       WHERE earlier.webhook_id = event.webhook_id
                         AND earlier.state = 'pending'
                         AND earlier.res_model = event.res_model
                         AND earlier.res_id = event.res_id
                         AND earlier.id < event.id AND earlier.id > %(dropped)s
                       ORDER BY earlier.id
                       LIMIT 1
                    )
                    UNION ALL
                    SELECT awaited.id
                      FROM nshift_webhook_event AS awaited
                     WHERE awaited.id = ANY(event.after_ids)
                       AND awaited.state = 'pending' AND awaited.id > %(dropped)s
                    LIMIT 1
                  ) AS first ON %(one_by_one)s
                 ORDER BY %(order)s
              ) AS event
            """,
            # for the selected rows only: otherwise all messages would be in memory
            body=body("event"),
            room=lane.room - taken,
            room_for_one=lane.room_for_one - taken,
            webhook_id=lane.webhook_id,
            in_hand=list(lane.in_hand),
            condition=condition,
            order=order,
            count=count,
            one_by_one=ordering != "none",
            # given up, and about to be cancelled in the background
            dropped=SQL(
                "COALESCE((SELECT drop_up_to FROM nshift_webhook_health "
                "WHERE webhook_id = %s), 0)",
                lane.webhook_id,
            ),
        )
    )
    return [Due(*row) for row in rows]
