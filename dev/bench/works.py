"""Odoo with its job runner, an endpoint that takes everything, and events for it."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from .. import odoo_config, postgres, product, template
from ..server import OdooServer
from . import sink
from .shop import Shop, type_ids

ADDONS = Path(__file__).parent / "addons"
CHANNELS = "root:4"
WORKERS = 5
"""One more than there are jobs at a time, for users."""

FEW_BYTES = "x" * 400


class Works:
    """A merchant's database with a server that delivers.

    :param shop: the same database, in this process, where orders are made.
    :param server: on the same database.
    :param endpoint: where everything goes.
    """

    def __init__(self, shop: Shop, server: OdooServer, endpoint: sink.Sink):
        self.shop = shop
        self.server = server
        self.endpoint = endpoint
        self._count = 0
        with shop.transaction() as env:
            types = type_ids(env, "order.created")
            values = {"url": endpoint.url, "type_ids": types}
            webhook = env["nshift.webhook"].create({"name": "Quick"} | values)
            # nothing but its own jobs delivers for an archived one
            other = env["nshift.webhook"].create(
                {"name": "Alone", "active": False} | values
            )
            self.webhook_id, self.alone_id = webhook.id, other.id
        self.shop.order_and_confirm()
        self.endpoint.wait_for(1)
        with shop.transaction() as env:
            [event] = env["nshift.webhook.event"].search([])
            self.body = event.payload.encode()

    def deliver(self, number: int) -> float:
        """How many events a second arrive, of so many that are committed at once."""
        self.commit_events(number)
        return self._rate(number)

    def commit_events(
        self, number: int, webhook_id: int | None = None, body: bytes | None = None
    ) -> None:
        """Have so many events delivered, as if a transaction had caused them."""
        with self.shop.transaction() as env:
            self._make_events(env, webhook_id or self.webhook_id, number, body)
            env["nshift.webhook.delivery"]._wake_up()

    @contextlib.contextmanager
    def webhook(self, url: str) -> Iterator[int]:
        """Have one more webhook for new orders; yields its id."""
        from odoo.service.model import retrying

        with self.shop.transaction() as env:
            types = type_ids(env, "order.created")
            webhook = env["nshift.webhook"].create(
                {"name": "Other", "url": url, "type_ids": types}
            )
        try:
            yield webhook.id
        finally:
            self._execute(
                "DELETE FROM nshift_webhook_event WHERE webhook_id = %s", webhook.id
            )
            self._execute("DELETE FROM queue_job WHERE state = 'pending'")
            with self.shop.transaction() as env:
                # like a request: again, if delivery has just written its health
                retrying(env["nshift.webhook"].browse(webhook.id).unlink, env)

    def _execute(self, statement: str, *values: object) -> None:
        self.shop.connection.execute(
            statement, *values, database=self.shop.registry.db_name
        )

    def deliver_each_alone(self, number: int) -> float:
        """The same with a queue job for each event."""
        with self.shop.transaction() as env:
            for id_ in self._make_events(env, self.alone_id, number):
                event = env["nshift.webhook.event"].browse(id_)
                event.with_delay()._deliver_alone()
        return self._rate(number)

    def _rate(self, number: int) -> float:
        committed = time.monotonic()
        arrivals = self.endpoint.wait_for(number)
        self.wait_until_idle()
        return number / (arrivals[-1][1] - committed)

    def wait_until_idle(self) -> None:
        """Wait until what arrived is recorded, too, and forget what it was."""
        while self.is_delivering():
            time.sleep(0.05)
        self.endpoint.take()

    def is_delivering(self) -> bool:
        """Whether there is something to deliver, or to record."""
        with self.shop.transaction() as env:
            return bool(
                env["nshift.webhook.event"].search_count(
                    [("state", "=", "pending")], limit=1
                )
                or env["queue.job"].search_count(
                    [("state", "in", ["pending", "enqueued", "started"])], limit=1
                )
            )

    def _make_events(
        self, env, webhook_id: int, number: int, body: bytes | None = None
    ) -> list[int]:
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, company_id, event, state, message_id, happened_at,
                next_attempt_at, payload, payload_size, res_model, res_id, res_name
            )
            SELECT %s, %s, 'order.created', 'pending', 'msg_bench_' || number,
                   now() AT TIME ZONE 'UTC',
                   date_trunc('second', now() AT TIME ZONE 'UTC'), %s, %s,
                   -- not one of the orders that are made meanwhile
                   'sale.order', -number, 'S' || number
              FROM generate_series(%s, %s) AS number
            RETURNING id
            """,
            (
                webhook_id,
                env.company.id,
                (body or self.body).decode(),
                len(body or self.body),
                self._count + 1,
                self._count + number,
            ),
        )
        self._count += number
        return [id_ for (id_,) in env.cr.fetchall()]

    def fill_log(self, number: int) -> None:
        """Have so many events in the log that were delivered long ago."""
        with self.shop.transaction() as env:
            env.cr.execute(
                """
                INSERT INTO nshift_webhook_event (
                    webhook_id, company_id, event, state, message_id, happened_at,
                    last_attempt_at, response_code, attempt_count, payload,
                    res_model, res_id, res_name
                )
                SELECT %s, %s, 'order.created', 'delivered', 'msg_old_' || number,
                       past, past, 200, 1, %s, 'sale.order', number / 5, 'Old'
                  FROM generate_series(1, %s) AS number,
                       LATERAL (SELECT timestamp '2026-01-01'
                                       + number * interval '20 seconds') AS at (past)
                """,
                (self.webhook_id, env.company.id, json.dumps(FEW_BYTES), number),
            )
            env.cr.execute(
                """
                INSERT INTO nshift_webhook_attempt
                       (event_id, attempted_at, response_code, duration_ms)
                SELECT id, last_attempt_at, 200, 20 FROM nshift_webhook_event
                 WHERE res_name = 'Old'
                """
            )
        self.shop.settle_down()

    def fill_backlog(self, webhook_id: int, number: int, records: int) -> None:
        """Have so many events wait, of each record one behind the other, of which the
        first was tried a moment ago.
        """
        with self.shop.transaction() as env:
            env.cr.execute(
                """
                INSERT INTO nshift_webhook_event (
                    webhook_id, company_id, event, state, message_id, happened_at,
                    next_attempt_at, attempt_count, payload, payload_size,
                    res_model, res_id, res_name
                )
                SELECT %(webhook)s, %(company)s, 'order.created', 'pending',
                       'msg_waits_' || number, moment,
                       moment + CASE WHEN number <= %(records)s
                                     THEN interval '1 hour' ELSE '0' END,
                       (number <= %(records)s)::int, %(payload)s, %(size)s,
                       'sale.order', number %% %(records)s, 'Waits'
                  FROM generate_series(1, %(number)s) AS number,
                       LATERAL (SELECT date_trunc('second', now() AT TIME ZONE 'UTC')
                       ) AS at (moment)
                """,
                {
                    "webhook": webhook_id,
                    "company": env.company.id,
                    "payload": json.dumps(FEW_BYTES),
                    "size": len(FEW_BYTES),
                    "number": number,
                    "records": records,
                },
            )
        self.shop.settle_down()

    def wait_until_seen(self, webhook_id: int) -> None:
        """Wait until delivery knows which of a webhook's events wait for others."""
        due = [
            ("webhook_id", "=", webhook_id),
            ("state", "=", "pending"),
            ("next_attempt_at", "<=", "now"),
        ]
        found = True
        while found:
            time.sleep(1)
            with self.shop.transaction() as env:
                env["nshift.webhook.delivery"]._wake_up()
                found = env["nshift.webhook.event"].search_count(due, limit=1)
        self.shop.settle_down()

    def arrival(self) -> float:
        """Make an order; the seconds from its commit to its arrival."""
        with self.shop.transaction() as env:
            env["sale.order"].create({"partner_id": self.shop.partner_id})
        committed = time.monotonic()
        [(_id, arrived)] = self.endpoint.wait_for(1)
        return max(0.0, arrived - committed)

    def memory(self) -> int:
        """Bytes of all of the server's processes."""
        total = 0
        for process in self.server.members():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total


@contextlib.contextmanager
def running(connection: postgres.Connection) -> Iterator[Works]:
    """The works for the length of a ``with`` block.

    Odoo has been configured in this process before, see `shop.running`.
    """
    from odoo import sql_db
    from odoo.modules.registry import Registry

    import odoo.addons

    with contextlib.ExitStack() as stack:
        database = stack.enter_context(template.temporary_database(connection))
        odoo_config.install(database, ["nshift_webhooks_bench"], more_addons=[ADDONS])
        odoo.addons.__path__.append(str(ADDONS))
        endpoint = stack.enter_context(sink.running())
        server = OdooServer(
            database,
            channels=CHANNELS,
            workers=WORKERS,
            more_addons=[ADDONS],
        )
        stack.enter_context(server)
        product.wait_for_job_runner(server)
        stack.callback(sql_db.close_db, database.name)
        yield Works(Shop(Registry(database.name), connection), server, endpoint)
