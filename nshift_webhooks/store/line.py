"""The order in which the waiting events of a webhook are sent.

Pending events of the same order or shipment are sent by id. An event of a shipment also
goes after the events of its orders from the same transaction (``after_ids``). Events
behind another event are *held back*: their ``next_attempt_at`` is NULL, so that queries
for due events skip them, however many there are. When an event is settled, the next
event of the record is *let forward*, and so are events that have it in ``after_ids``.

An event that is let forward may still be behind other events: of its own record, or of
another of its orders. It is then held back again when a query finds it due. Therefore
no transaction has to know all events in front, and two transactions that settle events
at the same time need not know of each other.

An event is not held back when written, which would cost each save of an order a query,
but when it is first found due.

Events in bulk, such as the current state of very many records, go after all others. If
another event is behind an event in bulk, the latter leaves the bulk (:func:`hurry`).

An event whose message could not be built has no ``next_attempt_at`` either, but a
``next_build_at``. Until the message is built or the event is given up, the event is not
let forward, and the events behind it wait.
"""


def hold_back(env, events):
    """Hold back events that are behind another event.

    If the event in front is being settled at this moment, for example cancelled by a
    user, it may have let its successors forward already. The event behind is then left
    to the next query for due events.

    :param events: the Due of each event, with ``first_id``
    """
    env.cr.execute(
        """
        WITH first AS (
          SELECT id FROM nshift_webhook_event
           WHERE id = ANY(%s) AND state = 'pending'
             FOR SHARE SKIP LOCKED
        ), behind AS (
          SELECT event.id
            FROM unnest(%s, %s) AS found (id, first_id)
            JOIN nshift_webhook_event AS event ON event.id = found.id
           WHERE event.state = 'pending' AND found.first_id IN (SELECT id FROM first)
             FOR UPDATE OF event SKIP LOCKED
        )
        UPDATE nshift_webhook_event SET next_attempt_at = NULL
         WHERE id IN (SELECT id FROM behind)
        """,
        (
            [event.first_id for event in events],
            [event.id for event in events],
            [event.first_id for event in events],
        ),
    )


def hurry(env, event_ids):
    """Take events out of the bulk, since other events are behind them."""
    env.cr.execute(
        "UPDATE nshift_webhook_event SET is_bulk = NULL "
        "WHERE id = ANY(%s) AND is_bulk AND state = 'pending'",
        (list(event_ids),),
    )


def let_forward(env, event_ids):
    """Let forward the events that were behind answered events.

    Events are let forward when those in front are settled. If only the latest state is
    sent (``ordering``), also when those in front will be retried, since the events
    behind replace them.

    Successors by ``after_ids`` are found by the index on this column. The query tests
    the two times in one expression: with one condition for each, PostgreSQL might
    rather read all events that are held back.

    :param event_ids: ids of events that an endpoint has answered or a user cancelled
    :return: number of events let forward
    """
    return _update(
        env,
        """
        WITH answered AS (
          SELECT event.id, event.state, event.webhook_id, event.res_model, event.res_id,
                 webhook.ordering
            FROM nshift_webhook_event AS event
            JOIN nshift_webhook AS webhook ON webhook.id = event.webhook_id
           WHERE event.id = ANY(%s)
             AND (event.state <> 'pending' OR webhook.ordering = 'latest')
        )
        UPDATE nshift_webhook_event
           SET next_attempt_at = date_trunc('second', now() AT TIME ZONE 'UTC')
         WHERE id IN (
           SELECT next.id
             FROM (
               SELECT DISTINCT webhook_id, ordering, res_model, res_id FROM answered
             ) AS answered
             JOIN LATERAL (
               SELECT event.id, event.next_attempt_at, event.next_build_at
                 FROM nshift_webhook_event AS event
                WHERE event.webhook_id = answered.webhook_id
                  AND event.state = 'pending'
                  AND event.res_model = answered.res_model
                  AND event.res_id = answered.res_id
                ORDER BY answered.ordering = 'latest'
                         AND event.next_attempt_at IS NOT NULL, event.id
                LIMIT 1
             ) AS next ON next.next_attempt_at IS NULL AND next.next_build_at IS NULL
            UNION ALL
           SELECT waiting.id
             FROM nshift_webhook_event AS waiting
            WHERE waiting.state = 'pending'
              AND COALESCE(waiting.next_attempt_at, waiting.next_build_at) IS NULL
              AND waiting.after_ids
                  && ARRAY(SELECT id FROM answered WHERE state <> 'pending')
              AND NOT EXISTS (
                SELECT FROM nshift_webhook_event AS earlier
                 WHERE earlier.webhook_id = waiting.webhook_id
                   AND earlier.state = 'pending'
                   AND earlier.res_model = waiting.res_model
                   AND earlier.res_id = waiting.res_id AND earlier.id < waiting.id
              )
         )
        """,
        list(event_ids),
    )


def let_successors_forward(env, event_ids):
    """Let forward the events that are behind events about to be deleted.

    :param event_ids: ids of the events about to be deleted
    :return: number of events let forward
    """
    ids = list(event_ids)
    return _update(
        env,
        """
        UPDATE nshift_webhook_event
           SET next_attempt_at = date_trunc('second', now() AT TIME ZONE 'UTC')
         WHERE id IN (
           SELECT next.id
             FROM nshift_webhook_event AS gone
             JOIN LATERAL (
               SELECT event.id, event.next_attempt_at, event.next_build_at
                 FROM nshift_webhook_event AS event
                WHERE event.webhook_id = gone.webhook_id
                  AND event.state = 'pending'
                  AND event.res_model = gone.res_model
                  AND event.res_id = gone.res_id AND event.id <> ALL(%s)
                ORDER BY event.id
                LIMIT 1
             ) AS next ON next.next_attempt_at IS NULL AND next.next_build_at IS NULL
            WHERE gone.id = ANY(%s) AND gone.state = 'pending'
            UNION ALL
           SELECT waiting.id
             FROM nshift_webhook_event AS waiting
            WHERE waiting.state = 'pending'
              AND COALESCE(waiting.next_attempt_at, waiting.next_build_at) IS NULL
              AND waiting.after_ids && %s AND waiting.id <> ALL(%s)
              AND NOT EXISTS (
                SELECT FROM nshift_webhook_event AS earlier
                 WHERE earlier.webhook_id = waiting.webhook_id
                   AND earlier.state = 'pending'
                   AND earlier.res_model = waiting.res_model
                   AND earlier.res_id = waiting.res_id
                   AND earlier.id < waiting.id AND earlier.id <> ALL(%s)
              )
         )
        """,
        *[ids] * 5,
    )


def let_stranded_forward(env):
    """Let forward the events that are held back behind no event.

    Examples: the event in front was deleted while this one was being held back, or the
    webhook's ``ordering`` was changed.

    :return: number of events let forward
    """
    return _update(
        env,
        """
        UPDATE nshift_webhook_event AS event
           SET next_attempt_at = date_trunc('second', now() AT TIME ZONE 'UTC')
          FROM nshift_webhook AS webhook
         WHERE webhook.id = event.webhook_id
           AND event.state = 'pending' AND event.next_attempt_at IS NULL
           AND event.next_build_at IS NULL
           AND (webhook.ordering <> 'record' OR NOT EXISTS (
             SELECT FROM nshift_webhook_event AS earlier
              WHERE earlier.webhook_id = event.webhook_id
                AND earlier.state = 'pending'
                AND earlier.res_model = event.res_model
                AND earlier.res_id = event.res_id
                AND earlier.id < event.id
           ) AND NOT EXISTS (
             SELECT FROM nshift_webhook_event AS awaited
              WHERE awaited.id = ANY(event.after_ids) AND awaited.state = 'pending'
           ))
        """,
    )


def _update(env, query, *params):
    """Run an UPDATE of events that may be in the ORM's cache; return their number."""
    events = env["nshift.webhook.event"]
    events.flush_model()
    env.cr.execute(query, params)
    events.invalidate_model(["next_attempt_at"], flush=False)
    return env.cr.rowcount


def supersede(env, lane, events):
    """Give up updates that a later update of the same order or shipment replaces.

    Events of other types in between are sent as they are and in their place, and the
    later update after them.

    :param lane: the Lane, whose events in hand are not given up
    :param events: the Due of events, whose records are searched
    :return: whether any events were given up
    """
    env.cr.execute(
        """
        UPDATE nshift_webhook_event AS event
           SET state = CASE WHEN event.received_at IS NULL THEN 'superseded'
                            ELSE 'delivered' END,
               next_attempt_at = NULL
          FROM (
            SELECT DISTINCT webhook_id, res_model, res_id
              FROM nshift_webhook_event
             WHERE id = ANY(%s)
          ) AS found
          JOIN LATERAL (
            SELECT DISTINCT ON (event) event, id
              FROM nshift_webhook_event
             WHERE webhook_id = found.webhook_id AND state = 'pending'
               AND res_model = found.res_model AND res_id = found.res_id
               AND next_build_at IS NULL AND event LIKE '%%.updated'
             ORDER BY event, id DESC
          ) AS last ON TRUE
         WHERE event.webhook_id = found.webhook_id AND event.state = 'pending'
           AND event.res_model = found.res_model AND event.res_id = found.res_id
           AND event.event = last.event AND event.id < last.id
           AND event.id <> ALL(%s)
        RETURNING event.id
        """,
        ([event.id for event in events], list(lane.in_hand)),
    )
    superseded = [id_ for [id_] in env.cr.fetchall()]
    if superseded:
        let_forward(env, superseded)
    return bool(superseded)
