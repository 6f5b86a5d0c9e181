"""The current state is sent while people work on the same orders."""

import os
import random
import threading
import time

import pytest

from .loading import (  # noqa: F401
    check_faithful,
    follow,
    later,
    load_of,
    messages,
    no_older_orders,
    orders,
    run,
    send,
    told_ids,
)
from .unbuilt import edit

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


def test_who_was_at_work_before_is_let_end(shop, registry, monkeypatch):
    """They may not know a webhook that is new, and so tell nothing of what they do."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    monkeypatch.setattr(nshift_webhook_loading, "OLDER_S", 0.3)
    [order_id] = orders(shop, 1)
    with shop.transaction() as env:
        order = env["sale.order"].browse(order_id)
        order.client_order_ref = "before"
        order.flush_recordset()
        webhook = follow(shop)
        send(shop, webhook)
        run(shop)
        assert messages(shop) == []
        # another process, which does not know it yet
        monkeypatch.setattr(
            registry["nshift.webhook.outbox"], "_audience", lambda self, _: None
        )
    assert messages(shop) == []
    run(shop)
    assert check_faithful(shop, webhook)[order_id]["customer_reference"] == "before"


def test_what_everybody_knows_begins_at_once(shop):
    [order_id] = orders(shop, 1)
    webhook = follow(shop)
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook SET write_date = write_date - interval '1 hour'"
        )
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref  # noqa: B018
        send(shop, webhook)
        run(shop)
        assert told_ids(shop, webhook) == [order_id]


def test_nobody_is_waited_for_for_ever(shop, monkeypatch):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_loading

    monkeypatch.setattr(nshift_webhook_loading, "OLDER_S", 0.3)
    [order_id] = orders(shop, 1)
    webhook = follow(shop)
    with shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref  # noqa: B018
        send(shop, webhook)
        run(shop)
        assert messages(shop) == []
        with shop.transaction() as other:
            other.cr.execute(
                "UPDATE nshift_webhook_load "
                "SET started_at = started_at - interval '2 minutes'"
            )
        run(shop)
        assert told_ids(shop, webhook) == [order_id]


def test_a_change_while_the_records_are_read(shop, registry, monkeypatch):
    """It is committed before the messages: these are on what it has made of it."""
    first, changed, last = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    outbox = registry["nshift.webhook.outbox"]
    sound = outbox._snapshots
    texts = iter(["new"])

    def snapshots(self, *args):
        found = sound(self, *args)
        # not in the user's own
        if text := next(texts, None):
            edit(shop, changed, text)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "_snapshots", snapshots)
        run(shop)
    told = check_faithful(shop, webhook)
    assert told.keys() == {first, changed, last}
    assert told[changed]["customer_reference"] == "new"
    assert load_of(shop, webhook) == ("done", 3, 3, 3, 0)


def test_a_change_that_has_begun_before_the_messages(shop):
    """Odoo runs it again: then it comes after them."""
    from psycopg2.errors import SerializationFailure

    [order_id] = orders(shop, 1)
    webhook = follow(shop)
    send(shop, webhook)
    with pytest.raises(SerializationFailure), shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "first try"
        run(shop)
    edit(shop, order_id, "again")
    assert check_faithful(shop, webhook)[order_id]["customer_reference"] == "again"
    assert len(messages(shop, webhook)) == 2


def test_nobody_is_waited_for_and_nobody_waits(shop):
    """Of an order that somebody is saving, it is told when that is done."""
    first, held, last = orders(shop)
    webhook = follow(shop)
    send(shop, webhook)
    with shop.transaction() as env:
        env["sale.order"].browse(held).client_order_ref = "slowly"
        # the settlement: its number is counted from here on
        env.cr.flush()
        run(shop)
        assert told_ids(shop, webhook) == [first, last]
        assert load_of(shop, webhook)[:3] == ("running", 3, 2)
        # without a lock on what was not told
        edit(shop, first, "at once")
    later(shop)
    told = check_faithful(shop, webhook)
    assert told[held]["customer_reference"] == "slowly"
    assert load_of(shop, webhook) == ("done", 3, 3, 3, 0)
