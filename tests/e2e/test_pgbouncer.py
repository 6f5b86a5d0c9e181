"""Odoo behind PgBouncer, whose connections are others' after each transaction.

What Odoo listens for is in the database ``postgres``, which so is pooled by session;
queue_job's runner goes past PgBouncer.
"""

import contextlib
import dataclasses
import itertools
import time
from collections import Counter

import psutil
import pytest

from dev import postgres
from dev.product import LOGIN, PASSWORD, Product, sign_in, wait_for_job_runner
from dev.receiver import Receiver, answer
from dev.server import OdooServer

from . import pgbouncer
from .conftest import Shop, check
from .test_job_runner import pass_minute
from .waiting import eventually

#: PostgreSQL's connections. By session, each one of Odoo's takes one.
POOLS = {"transaction": 10, "session": 100}
ORDERS = 20
#: Seconds: each job takes some.
DELAY = 1

pytestmark = pytest.mark.skipif(
    postgres.is_own(), reason="PgBouncer would have to log in to it"
)


@pytest.fixture(scope="module", params=POOLS)
def open_shop(request, database):
    server = database.connection
    modes = {"postgres": "session", "*": request.param}
    direct = {"jobrunner_db_host": server.host, "jobrunner_db_port": server.port}
    with contextlib.ExitStack() as stack:
        through = stack.enter_context(
            pgbouncer.running(
                server,
                database.folder,
                modes,
                default_pool_size=POOLS[request.param],
            )
        )
        odoo = OdooServer(
            dataclasses.replace(database, connection=through),
            channels="root:2",
            queue_job=direct if request.param == "transaction" else None,
            workers=4,
        )
        stack.enter_context(odoo)
        wait_for_job_runner(odoo)
        receiver = stack.enter_context(Receiver(on_request=check))
        yield Shop(Product(odoo, receiver, sign_in(odoo, LOGIN, PASSWORD)))


@pytest.fixture
def shop(open_shop):
    open_shop.close_hooks()
    return open_shop


def claims(shop):
    """How many webhooks are claimed."""
    [[count]] = shop.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
        "AND classid = %s AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())",
        0x6E736869,
    )
    return count


def test_sent_once_by_one_job(shop):
    hooks = [
        shop.hook(answers=itertools.repeat(answer(200, delay=DELAY))) for _ in range(2)
    ]
    values = shop.order_values()
    for _ in range(4):
        shop.api.call("sale.order", "create", vals_list=[values] * (ORDERS // 4))
    eventually(lambda: claims(shop))
    for hook in hooks:
        events = shop.settled(hook, ORDERS)
        assert {event["state"] for event in events} == {"delivered"}
        arrived = Counter(
            request.message_id for request in shop.receiver.requests(hook.path)
        )
        assert arrived == Counter(event["message_id"] for event in events)
    eventually(lambda: not claims(shop))


def test_claims_of_a_dead_worker(shop):
    hook = shop.hook(answers=itertools.repeat(answer(200, delay=DELAY)))
    values = shop.order_values()
    shop.api.call("sale.order", "create", vals_list=[values] * ORDERS)
    # by now another job waits for the case
    shop.receiver.wait_for(12, hook.path)
    [[pid]] = shop.execute("SELECT worker_pid FROM queue_job WHERE state = 'started'")
    psutil.Process(pid).kill()
    eventually(lambda: not claims(shop), timeout=20)
    events = shop.settled(hook, ORDERS)
    assert {event["state"] for event in events} == {"delivered"}


def test_scheduled_actions_are_woken(shop):
    started = time.monotonic()
    pass_minute(shop)
    assert time.monotonic() - started < 30
