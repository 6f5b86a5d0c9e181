"""Promises 2 and 4 under load: many webhooks, of which some are slow, some fail now and
then and some are dead, and several jobs at once.

NSHIFT_SOAK=100000 sends that many events; it takes some minutes.
"""

import itertools
import os
import random
import threading
import time
from collections import Counter, defaultdict

import pytest

from dev.receiver import answer

from .hook import secret_of

EVENTS = int(os.environ.get("NSHIFT_SOAK", "2000"))
WEBHOOKS = 20
SLOW, FAILING, DEAD = {0, 1}, {2, 3, 4}, {5, 6}
JOBS = 3
#: Events of one order: they must arrive in order.
EACH_ORDER = 4


class Endpoints:
    """What arrives, and whether any of it should not."""

    def __init__(self):
        self.lock = threading.Lock()
        self.under_way = set()
        self.twice_at_once = []
        self.accepted = defaultdict(list)
        self.requests = Counter()
        self._chance = random.Random(1)

    def serve(self, number):
        """Return what one webhook's endpoint answers."""

        def send(handler):
            id_ = handler.headers["webhook-id"]
            with self.lock:
                if id_ in self.under_way:
                    self.twice_at_once.append(id_)
                self.under_way.add(id_)
                self.requests[id_] += 1
                fails = number in FAILING and self._chance.random() < 0.1
            if number in SLOW:
                time.sleep(0.05)
            with self.lock:
                self.under_way.remove(id_)
                if not fails:
                    self.accepted[number].append(id_)
            return answer(500 if fails else 200)(handler)

        return send


@pytest.fixture
def webhooks(shop, hook):
    """Webhooks whose events are made in SQL, as many as the test is to send."""
    endpoints = Endpoints()
    ids = []
    with shop.transaction() as env:
        env["nshift.webhook"].search([]).unlink()
        env["ir.config_parameter"].set_param(
            "nshift_webhooks.retry_delays", ",".join(["1"] * 30)
        )
    for number in range(WEBHOOKS):
        path = f"/soak/{shop.registry.db_name}/{number}"
        url = hook.receiver.url(path)
        if number in DEAD:
            url = "https://localhost:1/"
        id_ = shop.webhook("order.updated", name=str(number), url=url)
        with shop.transaction() as env:
            secret = secret_of(env, id_)
        answers = itertools.repeat(endpoints.serve(number))
        hook.receiver.register(path, secret, answers)
        ids.append(id_)
    with shop.transaction() as env:
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, company_id, event, state, message_id, happened_at,
                next_attempt_at, payload, res_model, res_id, res_name
            )
            SELECT (%s)[1 + number %% %s], 1, 'order.updated', 'pending',
                   'msg_' || (1000000 + number), now() AT TIME ZONE 'UTC',
                   date_trunc('second', now() AT TIME ZONE 'UTC'), '{}',
                   'sale.order', number / %s, 'S'
              FROM generate_series(0, %s) AS number
            """,
            (ids, WEBHOOKS, WEBHOOKS * EACH_ORDER, EVENTS - 1),
        )
    return ids, endpoints


@pytest.mark.timeout(0 if EVENTS > 2000 else 600)
def test_nothing_is_lost_or_sent_twice_at_once_or_out_of_order(shop, webhooks):
    ids, endpoints = webhooks
    dead = [ids[number] for number in DEAD]

    def waiting():
        with shop.transaction() as env:
            return env["nshift.webhook.event"].search_count(
                [("state", "=", "pending"), ("webhook_id", "not in", dead)]
            )

    def work():
        # as the job runner would
        while waiting():
            with shop.transaction() as env:
                env["nshift.webhook.delivery"]._deliver()
            time.sleep(0.1)

    jobs = [threading.Thread(target=work) for _ in range(JOBS)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join()

    assert endpoints.twice_at_once == []
    each = EVENTS // WEBHOOKS
    for number in set(range(WEBHOOKS)) - DEAD:
        accepted = endpoints.accepted[number]
        assert len(accepted) == len(set(accepted)) == each
        by_order = defaultdict(list)
        for id_ in accepted:
            place = int(id_.removeprefix("msg_"))
            by_order[place // (WEBHOOKS * EACH_ORDER)].append(place)
        assert all(places == sorted(places) for places in by_order.values())
    with shop.transaction() as env:
        states = dict(
            env["nshift.webhook.event"]._read_group(
                [("webhook_id", "in", dead)], ["state"], ["__count"]
            )
        )
    assert states == {"pending": each * len(DEAD)}
