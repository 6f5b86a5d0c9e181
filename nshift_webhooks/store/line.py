"""The order in which the waiting events of a webhook are sent.

Of one order or shipment, the earliest pending event goes first, and one on a shipment
goes after those on its orders that the same transaction has caused (``after_ids``).
Those behind another are *held back*: they have no time of their next attempt, so that
whoever looks for what is due does not meet with them, however many there are. When the
first one is settled, the next is *let forward*, and so is what waits for it.

What is let forward may still be behind another: of its own record, or one more order's.
It is held back again then, when it is found due. Nobody has to know of all that it is
behind, and two who settle these at the same time need not know of each other.

An event is not held back as it is written, which would cost whoever saves an order a
query, but when it is first found due.

What is sent in bulk, the current state of very many records, waits for everything else,
but for what is behind it: that takes it along.

One whose message could not be built has no time of its next attempt either, but one at
which it is built again. Until then, or until it is given up, it is not let forward, and
those behind it wait.
"""


def hold_back(env, events):
    """Take what has an event before it off what is due.

    Whoever settles that one at this moment, such as a user who cancels it, would let
    this one forward too early: it is left to the next look.

    :param events: Due of each, which have one before them
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
    """Have events no longer wait for everything else, since others wait for them."""
    env.cr.execute(
        "UPDATE nshift_webhook_event SET is_bulk = NULL "
        "WHERE id = ANY(%s) AND is_bulk AND state = 'pending'",
        (list(event_ids),),
    )


def let_forward(env, event_ids):
    """Have what was held back behind answered events sent, if it is its turn.

    It is when these are settled; where only the latest state is sent, also when they
    are to be tried again, since what waits behind replaces them.

    What waits for one of several events (``after_ids``) is found by these. The two
    times are asked for as one, or PostgreSQL might go through all that is held back.

    :param event_ids: of events that an endpoint has answered, or somebody cancelled
    :return: how many were let forward
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
    """Have sent what was held back behind events that are about to be deleted.

    :return: how many were let forward
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
    """Have sent what is held back behind nothing.

    Such as an event whose predecessor was deleted while this one was being held back,
    or one of a webhook that sends in another order by now.

    :return: how many were let forward
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
    """Run an UPDATE of events that the ORM may know; return how many there were."""
    events = env["nshift.webhook.event"]
    events.flush_model()
    env.cr.execute(query, params)
    events.invalidate_model(["next_attempt_at"], flush=False)
    return env.cr.rowcount


def supersede(env, lane, events):
    """Give up updates that a later update of the same order or shipment replaces.

    Between the two, something else may have happened: that is told as it is, and in its
    place, and the later update comes after it.

    :param events: Due of each: those of the same records are looked at
    :return: whether there were any
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
