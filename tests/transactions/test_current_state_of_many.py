"""The current state of very many orders: how long it takes, and who waits for it.

``make load`` has it done with 100,000 orders and prints what it takes.
"""

import os
import statistics
import threading
import time
import tracemalloc

import pytest

from .conftest import new_order
from .loading import load_of, run

#: ``NSHIFT_LOAD=100000``
ORDERS = int(os.environ.get("NSHIFT_LOAD", 400))
#: Orders that somebody changes meanwhile, one after the other.
LIVE = 12
MEGABYTE = 1024 * 1024


def copies(env, order, count):
    """Copy an order with its lines very many times, in SQL."""
    for table, own, parent in (
        ("sale_order", "id = %s", None),
        ("sale_order_line", "order_id = %s", "order_id"),
    ):
        env.cr.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = %s AND column_name NOT IN ('id', 'name', 'order_id') "
            "ORDER BY column_name",
            (table,),
        )
        columns = ", ".join(f'"{name}"' for [name] in env.cr.fetchall())
        number = (
            "'S' || number"
            if parent is None
            else "name, (SELECT max(id) FROM sale_order) - number + 1"
        )
        into = "name" if parent is None else "name, order_id"
        env.cr.execute(
            f"INSERT INTO {table} ({columns}, {into}) "
            f"SELECT {columns}, {number} FROM {table}, "
            f"generate_series(1, %s) AS number WHERE {own}",
            (count, order.id),
        )
    env.invalidate_all()


@pytest.fixture
def many(shop):
    """A channel with very many orders."""
    with shop.transaction() as env:
        channel = env["sale.channel"].create({"name": "Many"})
        order = new_order(env, sale_channel_id=channel.id)
        order.flush_recordset()
        copies(env, order, ORDERS - 1)
    return channel.id


@pytest.mark.timeout(4 * 3600)
def test_very_many_orders(shop, hook, many, capsys):
    """They are told at a pace, with no more memory than a few, and whatever happens
    meanwhile to other orders arrives as if nothing else was sent.
    """
    hook.told_of("order.updated")
    hook.write(parallel_requests=4)
    with shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).sale_channel_ids = [(4, many)]
        live = [new_order(env, sale_channel_id=many).id for _number in range(LIVE)]
        every = env["sale.order"].search([("sale_channel_id", "=", many)]).ids
    loaded = sorted(set(every) - set(live))
    assert len(loaded) == ORDERS
    alone = latencies(shop, hook, live)
    start = time.monotonic()
    with shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id)._send_current_state(
            chosen={"sale.order": loaded}
        )
    pressed = time.monotonic() - start
    # of a thousand, which is as many as are told before some of them are sent
    tracemalloc.start()
    run(shop)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    done = threading.Event()
    sender = threading.Thread(target=send_until, args=(hook, done))
    sender.start()
    meanwhile = []
    watcher = threading.Thread(
        target=lambda: meanwhile.extend(latencies(shop, hook, live, beside=True))
    )
    watcher.start()
    try:
        while load_of(shop, hook.id)[0] == "running" or waits(shop):
            run(shop)
            time.sleep(0.05)
        watcher.join()
    finally:
        done.set()
        sender.join()
    seconds = time.monotonic() - start
    assert load_of(shop, hook.id)[1:] == (ORDERS, ORDERS, ORDERS, 0)
    arrived = [each.message["data"] for each in hook.arrived()]
    loads = [data for data in arrived if data["reason"] == "current state"]
    assert sorted(data["order"]["id"] for data in loads) == loaded
    assert peak < 60 * MEGABYTE
    assert statistics.median(meanwhile) < statistics.median(alone) + 2
    with capsys.disabled():
        print(
            f"\n{ORDERS:,} orders: written down in {pressed:.2f} s, sent in "
            f"{seconds:.0f} s ({ORDERS / seconds:.0f} a second, with the receiver in "
            f"the same process), {peak / MEGABYTE:.0f} MB at the most; a change of "
            f"another order arrived after {statistics.median(meanwhile):.2f} s "
            f"(at most {max(meanwhile):.2f} s), "
            f"without after {statistics.median(alone):.2f} s"
        )


def waits(shop):
    with shop.transaction() as env:
        events = env["nshift.webhook.event"]
        return events.search_count([("state", "=", "pending")], limit=1)


def send_until(hook, done):
    while not done.is_set():
        hook.deliver()
        time.sleep(0.02)


def latencies(shop, hook, ids, beside=False):
    """Change orders one after the other; return when each change arrived, in seconds.

    :param bool beside: whether somebody else sends
    """
    found = []
    for number, id_ in enumerate(ids):
        text = f"{beside} {number}"
        known = len(hook.receiver.requests(hook.path))
        with shop.transaction() as env:
            env["sale.order"].browse(id_).client_order_ref = text
        start = time.monotonic()
        while not has_arrived(hook, text, known):
            if not beside:
                hook.deliver()
            assert time.monotonic() < start + 60
            time.sleep(0.01)
        found.append(time.monotonic() - start)
    return found


def has_arrived(hook, text, known):
    """Tell whether a change has arrived, after so many other requests."""
    return any(
        text.encode() in request.body
        for request in hook.receiver.requests(hook.path)[known:]
    )
