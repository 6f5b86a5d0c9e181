"""What the removal of old events costs, and what becomes of their room."""

import statistics
import threading
import time
from collections.abc import Iterator

from ..progress import Activity
from .log import bytes_of_log, clean, make_webhooks
from .report import Row
from .run import Run, number
from .shop import Shop

# times as many as an import has orders
EVENTS = 200
ARRIVALS = 20
# days: one is removed by the usual settings, the other is not
OLD, NEW = 40, 2
AT_ONCE = 50_000


def removing(run: Run) -> Iterator[Row]:
    """Half of a log is removed while orders are told of.

    ``EVENTS`` is how long the log is.
    """
    works, events = run.works, number("EVENTS") or EVENTS * run.orders
    shop = works.shop
    with Activity(f"Measuring removal from {events:,} events") as activity:
        switch_off_schedule(shop)
        webhook_ids = make_webhooks(shop)
        with shop.transaction() as env:
            env["nshift.webhook"].browse(webhook_ids).active = False
        activity.note("filling the log")
        for days in (OLD, NEW):
            fill(shop, webhook_ids, events // 2, days)
        full = bytes_of_log(shop)
        idle = [works.arrival() for _ in range(run.rounds or ARRIVALS)]
        activity.note("removing")
        removal = Removal(shop)
        removal.start()
        busy = [works.arrival()]
        while removal.is_alive():
            busy.append(works.arrival())
        removal.join()
        clean(shop)
        activity.note("filling the log again")
        fill(shop, webhook_ids, removal.count, NEW)
        refilled = bytes_of_log(shop)
        works.wait_until_idle()
        shop.forget_events()
        with shop.transaction() as env:
            env["nshift.webhook"].browse(webhook_ids).unlink()
    yield Row(
        "retention_longest_transaction_s",
        max(removal.times),
        f"seconds for the slowest of {len(removal.times)} batches, in which what is "
        f"removed is locked, of {events:,} events",
        goal=1,
    )
    yield Row(
        "retention_events_per_s",
        removal.count / sum(removal.times),
        f"events removed a second, {removal.count:,} in all",
    )
    yield Row(
        "retention_latency",
        statistics.median(busy) / statistics.median(idle),
        "seconds from commit to arrival during removal, divided by those before",
        goal=1.5,
    )
    yield Row(
        "retention_room_used_again",
        refilled / full,
        "the log's room when as much was written again as was removed, divided by that "
        "before",
        goal=1.05,
    )


def switch_off_schedule(shop: Shop) -> None:
    """Have Odoo remove nothing by itself: its turn is what is measured."""
    with shop.transaction() as env:
        schedule_id = env.ref("nshift_webhooks.cron_remove").id
    # the ORM refuses it while the action runs: PostgreSQL waits
    shop.connection.execute(
        "UPDATE ir_cron SET active = FALSE WHERE id = %s",
        schedule_id,
        database=shop.registry.db_name,
    )


class Removal(threading.Thread):
    """The scheduled action's work, batch after batch, to the end.

    :ivar times: seconds that each batch took.
    :ivar count: events removed.
    """

    def __init__(self, shop: Shop):
        super().__init__()
        self._shop = shop
        self.times: list[float] = []
        self.count = 0

    def run(self) -> None:
        removed = 1
        while removed:
            with self._shop.transaction() as env:
                events = env["nshift.webhook.event"]
                started = time.perf_counter()
                removed = events._patiently(events._remove_some)
                self.times.append(time.perf_counter() - started)
                self.count += removed


def fill(shop: Shop, webhook_ids: list[int], number: int, days: int) -> None:
    """Write a log of events that were received, one attempt each, shared messages.

    :param days: how long ago they happened.
    """
    for start in range(0, number, AT_ONCE):
        count = min(AT_ONCE, number - start) // len(webhook_ids)
        with shop.transaction() as env:
            env.cr.execute(
                """
                WITH body AS (
                  INSERT INTO nshift_webhook_body (rest)
                  SELECT (SELECT string_agg(md5(part::text || number), '')
                            FROM generate_series(1, 36) AS part)
                    FROM generate_series(1, %(count)s) AS number RETURNING id
                ), event AS (
                  INSERT INTO nshift_webhook_event (
                    webhook_id, company_id, event, state, message_id, happened_at,
                    received_at, last_attempt_at, response_code, attempt_count,
                    body_id, payload_size, res_model, res_id, res_name
                  )
                  SELECT webhook_id, %(company)s, 'order.updated', 'delivered',
                         'msg_' || md5(body.id::text || webhook_id), past, past, past,
                         200, 1, body.id, 2000, 'sale.order', -body.id / 4,
                         'S' || body.id / 4
                    FROM body, unnest(%(webhooks)s) AS webhook_id,
                         LATERAL (SELECT now() AT TIME ZONE 'UTC'
                                         - %(days)s * interval '1 day'
                                         + body.id %% 80000 * interval '1 second')
                           AS at (past)
                   ORDER BY body.id, webhook_id
                  RETURNING id, last_attempt_at
                )
                INSERT INTO nshift_webhook_attempt
                       (event_id, attempted_at, response_code, duration_ms)
                SELECT id, last_attempt_at, 200, 20 FROM event
                """,
                {
                    "count": count,
                    "company": env.company.id,
                    "webhooks": webhook_ids,
                    "days": days,
                },
            )
    clean(shop)
