"""The current state is sent while people work on the same orders."""

import os
import random
import threading
import time

import pytest

from .loading import check_faithful, load_of, run, send

#: ``NSHIFT_LOAD_SECONDS=60`` has people at work for longer.
SECONDS = float(os.environ.get("NSHIFT_LOAD_SECONDS", 3))
ORDERS = 12
PEOPLE = 3
#: How often their current state is sent at least.
LOADS = 3


class Person(threading.Thread):
    """Changes orders, once more after a conflict, as Odoo has it.

    :param shop: the shop
    :param ids: of the orders
    :param end: an event that is set when it ends
    """

    def __init__(self, shop, ids, end):
        super().__init__()
        self.shop, self.ids, self.end = shop, ids, end
        self.saved = self.again = 0
        self.errors = []

    def run(self):
        try:
            while not self.end.is_set():
                self.save(random.choice(self.ids), str(random.random()))
        except Exception as error:
            self.errors.append(error)

    def save(self, id_, text):
        from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

        for _try in range(20):
            try:
                with self.shop.transaction() as env:
                    order = env["sale.order"].browse(id_)
                    order.client_order_ref = text
                    if random.random() < 0.3:
                        # as at each savepoint, its number is counted before the end
                        env.cr.flush()
                        time.sleep(random.random() / 20)
                    order.order_line.name = text
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                self.again += 1
            else:
                self.saved += 1
                return
        raise AssertionError("Odoo would have given up")


@pytest.mark.parametrize("size", [1, 5])
def test_no_older_state_comes_after_a_newer_one(shop, monkeypatch, size):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_load

    monkeypatch.setattr(nshift_webhook_load, "BATCH", size)
    ids = [shop.order() for _number in range(ORDERS)]
    webhook = shop.webhook("order.updated")
    end = threading.Event()
    people = [Person(shop, ids, end) for _number in range(PEOPLE)]
    for person in people:
        person.start()
    sent, until = 0, time.monotonic() + SECONDS
    while time.monotonic() < until or sent < LOADS:
        if load_of(shop, webhook)[0] != "running":
            send(shop, webhook, chosen={"sale.order": ids})
            sent += 1
        with shop.transaction() as env:
            env.cr.execute("UPDATE nshift_webhook_load_part SET next_at = NULL")
        run(shop)
    end.set()
    for person in people:
        person.join()
    assert not [error for person in people for error in person.errors]
    assert sum(person.saved for person in people) > 10
    assert check_faithful(shop, webhook).keys() == set(ids)
