"""A long log of events, as life writes one, and how much room it takes."""

import json
import random
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from ..progress import Activity
from .report import Row
from .run import Run, number
from .shop import Shop, type_ids

WEBHOOKS = 5
# of which each webhook hears; and what is written in one transaction
CHANGES_AT_ONCE = 200
RECORDED_AT_ONCE = 100
# rows that are dead until the database cleans up by itself, besides a share of them
CLEANED_AFTER = 50
# times as many as an import has orders
EVENTS = 200
LETTERS = "abcdefghijklmnopqrstuvwxyzåäö"


def size(run: Run) -> Iterator[Row]:
    """The room that a million events takes, attempts and indexes included.

    ``EVENTS`` is how many are written.
    """
    shop, events = run.shop, number("EVENTS") or EVENTS * run.orders
    with Activity(f"Measuring the room of {events:,} events") as activity:
        webhook_ids = make_webhooks(shop)
        try:
            before = bytes_of_log(shop)
            mean = write_log(shop, webhook_ids, events, activity.note)
            taken = bytes_of_log(shop) - before
            print(f"\nMB: {details(shop)}", flush=True)
        finally:
            shop.forget_events()
            with shop.transaction() as env:
                env["nshift.webhook"].browse(webhook_ids).unlink()
    yield Row(
        "log_size_gb",
        taken / events * 1_000_000 / 1e9,
        f"GB for a million events of {mean / 1000:.1f} kB, of {WEBHOOKS} webhooks that "
        f"hear the same changes, as {events:,} take",
        goal=0.7,
    )


def make_webhooks(shop: Shop) -> list[int]:
    """Make webhooks that hear the same; their ids."""
    with shop.transaction() as env:
        types = type_ids(env, "order.updated")
        values = {"url": "https://example.com/", "type_ids": types}
        return (
            env["nshift.webhook"]
            .create([{"name": f"Log {place}"} | values for place in range(WEBHOOKS)])
            .ids
        )


def write_log(shop: Shop, webhook_ids: list[int], events: int, note) -> float:
    """Write events and the answers to them by the addon's own methods.

    They are cleaned up as often as the database does it. Returns the messages' mean
    size in bytes.
    """
    from odoo.addons.nshift_webhooks.delivery.sender import Answer

    messages = Messages(shop)
    accepted = Answer(response_code=200, response_body='{"status":"ok"}')
    share = dead_share(shop)
    total = changed = written = 0
    while written < events:
        with shop.transaction() as env:
            vals_list = messages.of_changes(env, webhook_ids)
            ids = env["nshift.webhook.event"]._insert(vals_list)
        total += sum(vals["payload_size"] for vals in vals_list)
        for start in range(0, len(ids), RECORDED_AT_ONCE):
            with shop.transaction() as env:
                answers = dict.fromkeys(ids[start : start + RECORDED_AT_ONCE], accepted)
                env["nshift.webhook.event"]._record(answers)
        written += len(ids)
        changed += len(ids)
        if changed > share * written + CLEANED_AFTER:
            clean(shop)
            changed = 0
            note(f"{written:,}")
    clean(shop)
    return total / written


class Messages:
    """Real messages of an order of one line, with other words and numbers in each.

    Some of what is mostly empty is left out, so that they have 2 kB.
    """

    def __init__(self, shop: Shop):
        self._chance = random.Random(1)  # noqa: S311
        self._count = 0
        [order_id] = shop.quotations(1)
        with shop.transaction() as env:
            order = env["sale.order"].browse(order_id)
            self._data = order._nshift_webhook_payload()
        whole = self._data["order"]
        for name in ("invoice_address", "units", "payments"):
            whole.pop(name)
        for name in [name for name, value in whole.items() if value is None]:
            whole.pop(name)

    def of_changes(self, env, webhook_ids: list[int]) -> list[dict]:
        """Return the values of events of some changes, for each webhook."""
        from odoo.addons.nshift_webhooks.payload import envelope

        now, vals_list = datetime(2026, 1, 1), []
        for _ in range(CHANGES_AT_ONCE):
            self._count += 1
            happened_at = now + timedelta(seconds=10 * self._count)
            data = envelope.encode_data(self._change())
            for webhook_id in webhook_ids:
                message_id = envelope.new_message_id()
                payload = envelope.encode(
                    message_id, "order.updated", happened_at, "1", data, self._count
                )
                vals_list.append(
                    {
                        "webhook_id": webhook_id,
                        "company_id": env.company.id,
                        "event": "order.updated",
                        "state": "pending",
                        "message_id": message_id,
                        "happened_at": happened_at,
                        "next_attempt_at": happened_at,
                        "payload": payload,
                        "payload_size": len(payload.encode()),
                        "res_model": "sale.order",
                        "res_id": self._count // 4 + 1,
                        "res_name": f"S{self._count // 4:05}",
                    }
                )
        return vals_list

    def _change(self) -> dict:
        data = json.loads(json.dumps(self._data))
        order, chance = data["order"], self._chance
        [line] = order["lines"]
        order["id"], line["id"] = self._count // 4, self._count // 2
        order["name"] = f"S{order['id']:05}"
        order["customer_reference"] = uuid.UUID(int=chance.getrandbits(128)).hex[:8]
        for name in ("name", "email", "phone", "street", "city", "zip"):
            order["customer"][name] = self._word()
        for name in ("created_at", "ordered_at"):
            order[name] = f"2026-{chance.randint(1, 12):02}-07T12:{self._count % 60:02}"
        price = chance.random() * 900
        line["unit_price"], line["total"] = f"{price:.4f}", f"{2 * price:.2f}"
        line["product"]["name"] = line["description"] = self._word()
        for name in ("amount_untaxed", "amount_total"):
            order[name] = line["subtotal"] = line["total"]
        return data | {"previous": {"amount_total": f"{chance.random() * 900:.2f}"}}

    def _word(self) -> str:
        return "".join(self._chance.choices(LETTERS, k=12))


def bytes_of_log(shop: Shop) -> int:
    """Return the bytes of events, messages and attempts, with their indexes."""
    [[taken]] = shop.connection.execute(
        f"SELECT sum(pg_total_relation_size(oid)) FROM ({TABLES}) AS log",
        database=shop.registry.db_name,
    )
    return int(taken)


TABLES = (
    "SELECT oid, relname FROM pg_class WHERE relname IN "
    "('nshift_webhook_event', 'nshift_webhook_body', 'nshift_webhook_attempt')"
)


def details(shop: Shop) -> str:
    """Return what takes how many MB, the largest first."""
    rows = shop.connection.execute(
        f"""
        SELECT name, bytes FROM ({TABLES}) AS log, LATERAL (
          SELECT relname, pg_table_size(oid) UNION ALL
          SELECT indexrelid::regclass::text, pg_relation_size(indexrelid)
            FROM pg_index WHERE indrelid = oid
        ) AS part (name, bytes) WHERE bytes > 1000000 ORDER BY bytes DESC
        """,
        database=shop.registry.db_name,
    )
    return ", ".join(
        f"{name.removeprefix('nshift_webhook_')} {bytes_ / 1e6:.0f}"
        for name, bytes_ in rows
    )


def dead_share(shop: Shop) -> float:
    """Return the share of dead events from which the database cleans up by itself: as
    the addon has set it, else the server's.
    """
    [[share]] = shop.connection.execute(
        """
        SELECT COALESCE((
          SELECT option_value FROM pg_class, pg_options_to_table(reloptions)
           WHERE relname = 'nshift_webhook_event' AND option_name = setting.name
        ), setting.setting)
          FROM pg_settings AS setting WHERE name = 'autovacuum_vacuum_scale_factor'
        """,
        database=shop.registry.db_name,
    )
    return float(share)


def clean(shop: Shop) -> None:
    """Have the database clean up, as it does by itself now and then."""
    for table in ("event", "body", "attempt"):
        shop.connection.execute(
            f"VACUUM ANALYZE nshift_webhook_{table}", database=shop.registry.db_name
        )
