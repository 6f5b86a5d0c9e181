"""How long the overview takes to open, with many webhooks and a long log."""

import statistics
import time
from collections.abc import Iterator

from lxml import etree

from .. import errors
from ..progress import Activity
from .report import Row
from .run import Run, number
from .shop import type_ids

WEBHOOKS = 50
# times as many as an import has orders
EVENTS = 200
OPENINGS = 20
HOURS = 35 * 24


def opening(run: Run) -> Iterator[Row]:
    """The data of all cards, as a browser asks for it.

    ``EVENTS`` is the length of the log, of which one in fifty waits.
    """
    shop, events = run.shop, number("EVENTS") or EVENTS * run.orders
    with Activity(f"Measuring the overview with {events:,} events") as activity:
        with shop.transaction() as env:
            webhooks = env["nshift.webhook"].create(
                [
                    {
                        "name": f"Webhook {place}",
                        "url": "https://example.com/",
                        "type_ids": type_ids(env, "order.created", "order.updated"),
                    }
                    for place in range(WEBHOOKS)
                ]
            )
        try:
            activity.note("filling the log")
            _fill(shop, webhooks.ids, events)
            shop.settle_down()
            times = [_open(shop) for _ in range(run.rounds or OPENINGS)]
        finally:
            shop.forget_events()
            with shop.transaction() as env:
                env["nshift.webhook"].browse(webhooks.ids).unlink()
    yield Row(
        "overview_ms",
        1000 * statistics.median(times),
        f"milliseconds for the cards of {WEBHOOKS} webhooks with {events:,} events",
        goal=300,
    )


def _fill(shop, webhook_ids: list[int], events: int) -> None:
    with shop.transaction() as env:
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, company_id, event, state, message_id, happened_at,
                last_attempt_at, next_attempt_at, response_code, attempt_count, payload,
                res_model, res_id, res_name
            )
            SELECT (%s)[1 + number %% %s], %s, 'order.updated',
                   CASE WHEN waits THEN 'pending' ELSE 'delivered' END,
                   'msg_old_' || number, past, past, CASE WHEN waits THEN past END,
                   200, 1, %s, 'sale.order', number / 5, 'Old'
              FROM generate_series(1, %s) AS number,
                   LATERAL (SELECT (number / %s) %% 50 = 0,
                                   timestamp '2026-01-01'
                                   + number * interval '1 second') AS at (waits, past)
            """,
            (
                webhook_ids,
                len(webhook_ids),
                env.company.id,
                "x" * 400,
                events,
                len(webhook_ids),
            ),
        )
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_hour
                   (webhook_id, hour, is_unbuilt, received, failed, given_up, durations)
            SELECT webhook_id, date_trunc('hour', now() AT TIME ZONE 'UTC')
                               - number * interval '1 hour',
                   FALSE, 1000, 10, 1, array_fill(40, ARRAY[25])
              FROM unnest(%s) AS webhook_id, generate_series(0, %s - 1) AS number
            """,
            (webhook_ids, HOURS),
        )


def _open(shop) -> float:
    """Open the overview as a user; the seconds that its data takes."""
    with shop.transaction(shop.user_id, lang="en_US", tz="Europe/Stockholm") as env:
        webhooks = env["nshift.webhook"]
        view = env.ref("nshift_webhooks.nshift_webhook_view_overview")
        arch = etree.fromstring(webhooks.get_view(view.id, "kanban")["arch"])
        names = {node.get("name") for node in arch.iter("field")}
        shown: dict[str, dict] = {
            name: {"fields": {"display_name": {}}}
            if webhooks._fields[name].relational
            else {}
            for name in names
        }
        # as a request begins
        env.invalidate_all()
        started = time.perf_counter()
        found = webhooks.web_search_read(
            [("active", "in", [True, False])],
            shown,
            limit=80,
            order=arch.get("default_order"),
        )
        taken = time.perf_counter() - started
    if len(found["records"]) < WEBHOOKS:
        raise errors.Problem("The overview lacks webhooks.")
    return taken
