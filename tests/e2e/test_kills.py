"""Promises 1 and 2 under `kill -9`, at random moments, of Odoo's worker, the job
runner, the whole server and PostgreSQL.

NSHIFT_KILLS=52 kills that many times; each takes about half a minute, which is what
queue_job needs to notice that a job is dead. NSHIFT_SEED chooses the moments.
"""

import dataclasses
import itertools
import os
import random
import re
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress

import psutil
import psycopg2
import pytest
import requests

from dev import paths, postgres, product
from dev.api import ApiError
from dev.receiver import answer

from .conftest import DELAYS, Shop
from .waiting import eventually

KILLS = int(os.environ.get("NSHIFT_KILLS", "4"))
SEED = int(os.environ.get("NSHIFT_SEED", "0")) or random.randrange(10**6)
#: In one transaction, of which there are some one after the other.
ORDERS = 15
TRANSACTIONS = 4
WEBHOOKS = 3
#: Seconds from the first order to the kill, at most.
MOMENT = 3
#: Seconds that an endpoint takes: enough for many requests to be in flight.
DELAY = 0.05
UNAVAILABLE = (requests.RequestException, ApiError, KeyError)

pytestmark = pytest.mark.skipif(
    postgres.is_own(), reason="PostgreSQL is killed, and this one is not the tests' own"
)


@pytest.fixture(scope="module")
def mortal_shop():
    """A shop of its own: others' processes are not killed."""
    with postgres.running() as connection, product.running() as running:
        # In a database copied since the last checkpoint, PostgreSQL forgets in a crash
        # what was taken from a sequence; real ones are older than that.
        superuser = dataclasses.replace(connection, user="postgres")
        superuser.execute("CHECKPOINT")
        running.api.create("ir.config_parameter", key=DELAYS, value=",".join("1" * 30))
        yield Shop(running)


class Victims:
    """The processes of a shop, and how to get them back."""

    def __init__(self, shop, chance):
        self._shop = shop
        self._chance = chance

    def worker(self):
        """The one that runs a job, if there is one."""
        started = [("state", "=", "started")]
        with suppress(UNAVAILABLE):
            for job in self._shop.api.search("queue.job", started, "worker_pid"):
                if self._alive(job["worker_pid"]):
                    self._kill(job["worker_pid"])
                    return
        self._kill(self._chance.choice(self._logged(r"Worker WorkerHTTP \((\d+)\) a")))

    def job_runner(self):
        self._kill(self._logged(r" (\d+) INFO .* database connections ready")[-1])

    def server(self):
        self._shop.odoo.kill()
        self._shop.odoo.start()

    def database(self):
        """All of it, or a process of it, upon which it ends all others."""
        pid = int((paths.PGDATA / "postmaster.pid").read_text().split()[0])
        if self._chance.random() < 0.5:
            pid = self._chance.choice(psutil.Process(pid).children()).pid
        self._kill(pid)
        # its processes notice that it is gone a moment later
        time.sleep(0.5)
        eventually(self._database_runs)

    @staticmethod
    def _database_runs():
        with suppress(psycopg2.OperationalError), postgres.running():
            return True

    def _logged(self, pattern):
        """The processes that the server's log tells of in this way and that live."""
        log = self._shop.odoo.log.read_text(errors="replace")
        found = [int(pid) for pid in re.findall(pattern, log)]
        return [pid for pid in found if self._alive(pid)]

    def _alive(self, pid):
        return any(member.pid == pid for member in self._shop.odoo.members())

    def _kill(self, pid):
        psutil.Process(pid).kill()


class Ledger:
    """What was committed, what arrived, and how often."""

    def __init__(self, shop, hooks):
        self._shop = shop
        self._hooks = hooks
        self._old = {order["id"] for order in self._patiently("sale.order", [], "id")}
        self.killed = Counter()
        self.again = []

    def _patiently(self, model, domain, *fields, **options):
        """Search, also while the server is on its way back."""

        def found():
            # Odoo ends by itself when it finds no PostgreSQL for a new worker
            if self._shop.odoo.process.poll() is not None:
                self._shop.odoo.kill()
                self._shop.odoo.start()
            with suppress(UNAVAILABLE):
                return [self._shop.api.search(model, domain, *fields, **options)]

        return eventually(found, 120)[0]

    def events(self):
        return self._patiently(
            "nshift.webhook.event",
            [("webhook_id", "in", [hook.id for hook in self._hooks])],
            "webhook_id",
            "res_id",
            "state",
            "message_id",
            "payload",
        )

    def orders(self):
        found = self._patiently("sale.order", [], "id")
        return {order["id"] for order in found} - self._old

    def delivered(self):
        """What is recorded as delivered, and the number of requests by message."""
        delivered = {
            event["message_id"]
            for event in self.events()
            if event["state"] == "delivered"
        }
        # more may arrive meanwhile, but not less; an answer is noted a moment later
        eventually(lambda: delivered <= set(self.requests()))
        return delivered, {id_: len(found) for id_, found in self.requests().items()}

    def requests(self):
        """What arrived, by message."""
        found = defaultdict(list)
        for hook in self._hooks:
            for request in self._shop.receiver.requests(hook.path):
                found[request.message_id].append(request)
        return found

    def settle(self):
        """Wait until nothing is pending, though nothing new wakes anybody up."""

        def settled():
            events = self.events()
            return all(event["state"] == "delivered" for event in events)

        eventually(settled, 240)

    def check(self, delivered_when_killed, requests_when_killed):
        """Compare what was committed with what arrived since a kill."""
        events = self.events()
        expected = Counter(
            (hook.id, order) for hook in self._hooks for order in self.orders()
        )
        told = Counter((event["webhook_id"], event["res_id"]) for event in events)
        assert told == expected, "with the order or not at all"
        arrived = self.requests()
        # an order that was rolled back is not told, whoever was killed
        assert set(arrived) == {event["message_id"] for event in events}
        for event in events:
            for request in arrived[event["message_id"]]:
                assert request.fault is None
                assert request.body == event["payload"].encode()
        again = 0
        for id_, found in arrived.items():
            new = len(found) - requests_when_killed.get(id_, 0)
            if id_ in delivered_when_killed:
                assert not new, "what was recorded as delivered is not sent again"
            again += max(0, len(found) - 1)
        self.again.append(again - sum(self.again))


@pytest.mark.timeout(0 if KILLS > 4 else 900)
def test_whatever_is_killed_everything_arrives(mortal_shop, capsys):
    # shown with what fails
    print(f"NSHIFT_SEED={SEED}")
    shop = mortal_shop
    chance = random.Random(SEED)
    hooks = [
        shop.hook(answers=itertools.repeat(answer(200, delay=DELAY)))
        for _number in range(WEBHOOKS)
    ]
    ledger = Ledger(shop, hooks)
    victims = Victims(shop, chance)
    kinds = [victims.worker, victims.job_runner, victims.server, victims.database]
    values = shop.order_values()

    def work():
        for _transaction in range(TRANSACTIONS):
            with suppress(UNAVAILABLE):
                shop.api.call("sale.order", "create", vals_list=[values] * ORDERS)

    for number in range(KILLS):
        kill = kinds[number % len(kinds)]
        user = threading.Thread(target=work)
        user.start()
        time.sleep(chance.uniform(0, MOMENT))
        kill()
        ledger.killed[kill.__name__] += 1
        delivered, arrived = ledger.delivered()
        user.join()
        ledger.settle()
        ledger.check(delivered, arrived)

    kills = ", ".join(f"{kind} {count}" for kind, count in ledger.killed.items())
    with capsys.disabled():
        print(
            f"\nKilled with seed {SEED}: {kills}. Of {len(ledger.events())} events of "
            f"{len(ledger.orders())} orders all arrived; {sum(ledger.again)} requests "
            f"that were in flight were made again, at most {max(ledger.again)} for one "
            "kill."
        )
