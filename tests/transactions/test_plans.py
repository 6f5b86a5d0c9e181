"""How the database finds what is due, with a million events in the log."""

import threading

import pytest

from dev import postgres, template

from .conftest import Shop

EVENTS = 1_000_000
WEBHOOKS = 20


@pytest.fixture(scope="module")
def full(registry):
    """A shop of its own with a long history, and a little that waits."""
    from odoo import sql_db
    from odoo.modules.registry import Registry

    with (
        postgres.running() as connection,
        template.temporary_database(connection) as database,
    ):
        shop = Shop(Registry(database.name))
        with shop.transaction() as env:
            webhooks = env["nshift.webhook"].create(
                [
                    {"name": str(number), "url": "https://example.com/"}
                    | {"event": "order.updated"}
                    for number in range(WEBHOOKS)
                ]
            )
            env.cr.execute(
                """
                INSERT INTO nshift_webhook_event (
                    webhook_id, company_id, event, state, message_id, happened_at,
                    last_attempt_at, next_attempt_at, payload, res_model, res_id
                )
                SELECT %s + number %% %s, 1, 'order.updated',
                       CASE WHEN waits THEN 'pending' ELSE 'delivered' END,
                       'msg_' || number, past, past,
                       CASE WHEN waits THEN past END, '{}', 'sale.order', number / 5
                  FROM generate_series(1, %s) AS number,
                       LATERAL (SELECT number %% 997 = 0,
                                       timestamp '2026-01-01'
                                       + number * interval '20 seconds')
                         AS at (waits, past)
                """,
                (min(webhooks.ids), WEBHOOKS, EVENTS),
            )
        connection.execute("VACUUM ANALYZE", database=database.name)
        yield shop, webhooks.ids
        Registry.delete(database.name)
        sql_db.close_db(database.name)


@pytest.fixture
def store(full):
    from odoo.addons.nshift_webhooks.store import Store

    shop, webhook_ids = full
    with shop.transaction() as env:
        yield Store(env), env, webhook_ids


def indexes(env, act):
    """Return the indexes by which an action finds events.

    Fails if one of its queries reads all of them.
    """
    queries = []

    def note(cr, *_args):
        query = cr._obj.query.decode()
        if "nshift_webhook_event" in query and "SELECT" in query:
            queries.append(query)

    thread = threading.current_thread()
    thread.query_hooks = [note]
    try:
        act()
    finally:
        del thread.query_hooks
    assert queries
    found = set()

    def walk(node, query):
        if node.get("Relation Name") == "nshift_webhook_event":
            assert node["Node Type"] != "Seq Scan", query
        if node.get("Index Name", "").startswith("nshift_webhook_event"):
            found.add(node["Index Name"])
        for child in node.get("Plans", ()):
            walk(child, query)

    for query in queries:
        env.cr.execute(f"EXPLAIN (FORMAT JSON) {query}")
        [[[plan]]] = env.cr.fetchall()
        walk(plan["Plan"], query)
    return found


DUE = "nshift_webhook_event_due_index"
ORDER = "nshift_webhook_event_order_index"
LATEST = "nshift_webhook_event_latest_attempt_index"


def test_which_webhooks_have_something_due(store):
    store, env, webhook_ids = store
    assert len(store._next_due()) == len(webhook_ids)
    assert indexes(env, store._next_due) == {DUE, ORDER}


@pytest.mark.parametrize("ordering", ["record", "latest", "none"])
def test_what_is_due_for_one_webhook(store, ordering):
    from odoo.addons.nshift_webhooks.delivery.lane import Lane

    store, env, webhook_ids = store
    env["nshift.webhook"].browse(webhook_ids[0]).ordering = ordering
    env.flush_all()
    lane = Lane(webhook_ids[0], sender=None)
    assert indexes(env, lambda: store.refill(lane)) == {DUE, ORDER}
    assert lane.waiting > 0


def test_the_latest_events_of_a_webhook(store):
    _store, env, webhook_ids = store
    events = env["nshift.webhook.event"]
    domain = [("webhook_id", "=", webhook_ids[0])]
    assert indexes(env, lambda: events.search(domain, limit=80))


def test_the_latest_delivery_of_each_webhook(store):
    _store, env, webhook_ids = store
    webhooks = env["nshift.webhook"].browse(webhook_ids)
    assert indexes(env, lambda: webhooks.mapped("last_delivery")) == {LATEST}
