"""Two Odoo servers on one database, of which one ends in the middle of its work.

queue_job's runners elect a leader by an advisory lock, which has the jobs done by its
own server. The other one takes over when the leader is gone.
"""

import contextlib
import itertools
import os
import time
from collections import defaultdict

import pytest

from dev import paths
from dev.product import LOGIN, PASSWORD, Product, sign_in
from dev.receiver import Receiver, answer
from dev.server import OdooServer

from .conftest import Shop
from .waiting import eventually

EVENTS = 5000
RECORDS = 500
#: Arrived when the leader ends.
BEFORE = 1500
#: Seconds that the endpoint takes, so that requests are always in flight.
DELAY = 0.02
#: Seconds after which a server that is to end has no request under way any more.
LONGEST_REQUEST_S = 15
#: As in the README. With one place, which the dead job has, the runner does not look
#: at what waits, and takes up to a minute more.
CHANNELS = "root:2"
#: Seconds within which the other server sends. Its runner tries to become the leader
#: every 5 seconds, takes a job for dead 10 seconds after it was handed out, and looks
#: then, since a second job waits.
TAKEOVER = 30
#: Requests under way at a time, at most.
PARALLEL = 8
#: queue_job's PG_ADVISORY_LOCK_ID, as PostgreSQL shows it.
LEADER = """
    SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)
     WHERE locktype = 'advisory' AND classid = 2293787760715711918 >> 32
       AND datname = current_database()
"""


@pytest.fixture(scope="module")
def receiver():
    """Does not look at messages: they are copies of one."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def pair(database, receiver):
    """Shops of two servers, which share what they number."""
    with contextlib.ExitStack() as stack:
        shops = []
        for number in (1, 2):
            log = paths.LOGS / f"server-{database.name}-{number}.log"
            odoo = stack.enter_context(OdooServer(database, channels=CHANNELS, log=log))
            shops.append(Shop(Product(odoo, receiver, sign_in(odoo, LOGIN, PASSWORD))))
        yield shops


@pytest.fixture
def servers(pair):
    """The shop of the server whose runner leads, and that of the other one."""
    for shop in pair:
        if shop.odoo.process is None:
            shop.odoo.start()
    leader = leading(pair)
    return sorted(pair, key=lambda shop: shop is not leader)


def leading(shops):
    """Wait until one of the servers leads, and return its shop."""
    [[name]] = eventually(lambda: shops[0].execute(LEADER))
    group = os.getpgid(int(name.removeprefix("odoo-")))
    [leader] = [shop for shop in shops if shop.odoo.process.pid == group]
    return leader


class Load:
    """Many events of some records, of which the receiver gets all.

    :param shop: which makes them
    :param events: how many
    """

    def __init__(self, shop, events):
        self._shop = shop
        self._events = events
        shop.close_hooks()
        self.hook = shop.hook(
            answers=itertools.repeat(answer(200, delay=DELAY)),
            parallel_requests=PARALLEL,
        )
        shop.order()
        shop.settled(self.hook)
        shop.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, company_id, event, state, message_id, happened_at,
                next_attempt_at, payload, payload_size, res_model, res_id, res_name
            )
            SELECT webhook_id, company_id, event, 'pending', 'msg_load_' || number,
                   happened_at, happened_at, payload, payload_size, res_model,
                   -(number %% %s) - 1, 'Load'
              FROM nshift_webhook_event, generate_series(1, %s) AS number
             WHERE webhook_id = %s ORDER BY number
            """,
            RECORDS,
            events - 2,
            self.hook.id,
        )
        # its job delivers them all
        shop.order()

    def arrived(self):
        """The requests that have come so far."""
        return self._shop.receiver.requests(self.hook.path)

    def next_arrival(self, moment):
        """When the first request after a moment has come."""
        times = [request.received_at for request in self.arrived()]
        return min(time for time in times if time > moment)

    def in_flight(self):
        """The ids of messages that are announced, and not recorded."""
        rows = self._shop.execute(
            "SELECT message_id FROM nshift_webhook_flight AS flight "
            "JOIN nshift_webhook_event AS event ON event.id = flight.event_id"
        )
        return {id_ for (id_,) in rows}

    def settle(self):
        """Wait until nothing waits."""
        statement = (
            "SELECT id FROM nshift_webhook_event WHERE state = 'pending' "
            "AND webhook_id = %s LIMIT 1"
        )
        eventually(lambda: not self._shop.execute(statement, self.hook.id), 120)

    def check(self):
        """Check that all came, in order; return what came again."""
        events = self._shop.execute(
            "SELECT message_id, state, res_id FROM nshift_webhook_event "
            "WHERE webhook_id = %s ORDER BY id",
            self.hook.id,
        )
        assert {state for _id, state, _record in events} == {"delivered"}
        assert len(events) == self._events
        place = {id_: (record, n) for n, (id_, _state, record) in enumerate(events)}
        told = defaultdict(list)
        again = []
        for request in self.arrived():
            assert request.fault is None
            record, number = place[request.message_id]
            if number in told[record]:
                again.append(request.message_id)
            told[record].append(number)
        for record, numbers in told.items():
            assert numbers == sorted(numbers), f"in order, for record {record}"
        assert sum(len(set(numbers)) for numbers in told.values()) == self._events
        return again


def test_leader_restarted(pair, servers, capsys):
    """It ends soon, and nothing is sent twice."""
    leader, _other = servers
    load = Load(pair[0], EVENTS)
    leader.receiver.wait_for(BEFORE, load.hook.path)
    [[job]] = pair[0].execute("SELECT uuid FROM queue_job WHERE state = 'started'")
    asked = time.time()
    leader.odoo.stop()
    load.settle()
    assert load.check() == []
    [[done, left]] = pair[0].execute(
        """
        SELECT EXTRACT(EPOCH FROM date_done)::float, (
                 SELECT count(*) FROM nshift_webhook_event
                  WHERE webhook_id = %s AND last_attempt_at > date_done
               )
          FROM queue_job WHERE uuid = %s
        """,
        load.hook.id,
        job,
    )
    assert done - asked < LONGEST_REQUEST_S
    assert left, "it leaves the rest to the other server"
    with capsys.disabled():
        print(
            f"\nThe leader, asked to end after {BEFORE} of {EVENTS} events, let go of "
            f"them {done - asked:.0f} s later; the other server sent {left} of them."
        )


def test_leader_killed(pair, servers, capsys):
    """What was in flight is sent again, under the same id, and all in order."""
    leader, other = servers
    load = Load(pair[0], EVENTS)
    leader.receiver.wait_for(BEFORE, load.hook.path)
    leader.odoo.kill()
    killed = time.time()
    in_flight = load.in_flight()
    before = len(load.arrived())
    assert in_flight
    assert before < EVENTS
    load.settle()
    again = load.check()
    assert len(again) == len(set(again))
    assert set(again) <= in_flight
    waited = load.next_arrival(killed + 1) - killed
    assert waited < TAKEOVER
    assert leading([other]) is other
    with capsys.disabled():
        print(
            f"\nThe leader killed after {before} of {EVENTS} events: the other server "
            f"sent {waited:.0f} s later, all in order, {len(again)} of "
            f"{len(in_flight)} in flight again."
        )
