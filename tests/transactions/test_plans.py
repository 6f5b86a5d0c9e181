"""How the database finds what is due, with 200,000 events in the log."""

import ast
import threading
from datetime import datetime, timedelta
from functools import partial

import pytest
from lxml import etree
from psycopg2.extensions import ISOLATION_LEVEL_AUTOCOMMIT

from dev import postgres, template

from .conftest import Shop, type_ids

EVENTS = 200_000
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
                    | {"type_ids": type_ids(env, "order.updated")}
                    for number in range(WEBHOOKS)
                ]
            )
            env.cr.execute(
                """
                INSERT INTO nshift_webhook_event (
                    webhook_id, company_id, event, state, message_id, happened_at,
                    last_attempt_at, next_attempt_at, payload, res_model, res_id,
                    received_at, failure, response_code, res_name
                )
                SELECT %s + number %% %s, 1, 'order.updated',
                       CASE WHEN waits THEN 'pending'
                            WHEN failed THEN 'failed' ELSE 'delivered' END,
                       'msg_' || number, past, past,
                       CASE WHEN waits THEN past END, '{}', 'sale.order', number / 5,
                       CASE WHEN NOT waits AND NOT failed THEN past END,
                       CASE WHEN failed THEN 'status' END,
                       CASE WHEN failed THEN 422 ELSE 200 END, 'S' || number / 5
                  FROM generate_series(1, %s) AS number,
                       LATERAL (SELECT number %% 997 = 0, number %% 991 = 0,
                                       timestamp '2026-01-01'
                                       + number * interval '20 seconds')
                         AS at (waits, failed, past)
                """,
                (min(webhooks.ids), WEBHOOKS, EVENTS),
            )
            # it keeps index entries of what is gone for as long as it looks at a table
            env.cr.execute(
                "ALTER TABLE nshift_webhook_event SET (autovacuum_enabled = false)"
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


def queries_of(act):
    """Return an action's queries for events."""
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
    return queries


def indexes(env, act):
    """Return the indexes by which an action finds events.

    Fails if one of its queries reads all of them.
    """
    found = set()

    def walk(node, query):
        if node.get("Relation Name") == "nshift_webhook_event":
            assert node["Node Type"] != "Seq Scan", query
        if node.get("Index Name", "").startswith("nshift_webhook_event"):
            found.add(node["Index Name"])
        for child in node.get("Plans", ()):
            walk(child, query)

    for query in queries_of(act):
        env.cr.execute(f"EXPLAIN (FORMAT JSON) {query}")
        [[[plan]]] = env.cr.fetchall()
        walk(plan["Plan"], query)
    return found


DUE = "nshift_webhook_event_due_index"
ORDER = "nshift_webhook_event_order_index"
LATEST = {
    "nshift_webhook_event_latest_attempt_index",
    "nshift_webhook_event_received_index",
    "nshift_webhook_event_wiped_index",
}
AFTER = "nshift_webhook_event_after_index"
WAITING = "nshift_webhook_event_waiting_index"


def test_which_webhooks_have_something_due(store):
    store, env, webhook_ids = store
    assert len(store._next_due()) == len(webhook_ids)
    assert indexes(env, store._next_due) == {DUE}


@pytest.mark.parametrize("ordering", ["record", "latest", "none"])
def test_what_is_due_for_one_webhook(store, ordering):
    from odoo.addons.nshift_webhooks.delivery.lane import Lane

    store, env, webhook_ids = store
    env["nshift.webhook"].browse(webhook_ids[0]).ordering = ordering
    env.flush_all()
    lane = Lane(webhook_ids[0], sender=None)
    found = indexes(env, lambda: store.refill(lane))
    assert found >= ({DUE} if ordering == "none" else {DUE, ORDER})
    assert lane.waiting > 0


def test_what_waits_for_messages_on_its_order(store):
    from odoo.addons.nshift_webhooks.store import line

    _store, env, _webhook_ids = store
    ids = env["nshift.webhook.event"].search([], limit=100).ids
    for settle in (line.let_forward, line.let_successors_forward):
        found = indexes(env, lambda settle=settle: settle(env, ids))
        assert found >= {AFTER, ORDER}


#: Events that wait behind others of a webhook whose endpoint is dead.
BACKLOG = 20_000


@pytest.fixture
def backlog(full):
    """A dead endpoint's webhook: the first event of each order was tried already, and
    20,000 changes of one order wait, too.
    """
    from odoo.addons.nshift_webhooks.store import Store

    shop, webhook_ids = full
    with shop.transaction() as env:
        webhook = env["nshift.webhook"].create(
            {"name": "Dead", "url": "https://example.com/"}
            | {"type_ids": type_ids(env, "order.updated")}
        )
        env.cr.execute(
            """
            INSERT INTO nshift_webhook_event (
                webhook_id, company_id, event, state, message_id, happened_at,
                next_attempt_at, attempt_count, payload, res_model, res_id
            )
            SELECT %s, 1, 'order.updated', 'pending', 'dead_' || number,
                   timestamp '2026-01-01',
                   CASE WHEN tried THEN now() + interval '1 day'
                        ELSE timestamp '2026-01-01' END,
                   CASE WHEN tried THEN 1 END, '{}', 'sale.order', record
              FROM generate_series(2, %s) AS number,
                   LATERAL (SELECT CASE WHEN number <= %s THEN number / 2 ELSE -1 END,
                                   number %% 2 = 0 AND number <= %s
                                   OR number = %s + 1) AS at (record, tried)
             ORDER BY number
            """,
            (webhook.id, 2 * BACKLOG, BACKLOG, BACKLOG, BACKLOG),
        )
    with shop.transaction() as env:
        yield Store(env), webhook.id
    with shop.transaction() as env:
        env.cr.execute(
            "DELETE FROM nshift_webhook_event WHERE webhook_id = %s", (webhook.id,)
        )
        env["nshift.webhook"].browse(webhook.id).unlink()
    with shop.registry.cursor() as cr:
        # as autovacuum would: else all that look from the newest on pass over these
        cr.connection.set_isolation_level(ISOLATION_LEVEL_AUTOCOMMIT)
        cr.execute("VACUUM nshift_webhook_event")


def pages(env, act):
    """Return how many pages an action's queries for events read."""
    read = 0
    for query in queries_of(act):
        env.cr.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}")
        [[[plan]]] = env.cr.fetchall()
        read += plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    return read


def test_what_waits_behind_costs_nothing(backlog, full):
    """It is looked at once, and then only passed over: it was 100,000 pages a look."""
    from odoo.addons.nshift_webhooks.delivery.lane import Lane
    from odoo.addons.nshift_webhooks.store import BATCH

    store, webhook_id = backlog
    shop, _webhook_ids = full
    lane = Lane(webhook_id, sender=None)
    for _look in range(2 * BACKLOG // BATCH):
        store.refill(lane)
    assert dict(store._next_due())[webhook_id] > datetime.now()
    assert lane.waiting == 0
    # the index remembers what one look has found to be gone
    store._next_due()
    with shop.transaction() as env:
        waiting = env["nshift.webhook.event"].search_count(
            [("webhook_id", "=", webhook_id), ("state", "=", "pending")]
        )
        assert waiting == 2 * BACKLOG - 1
        assert pages(env, store._next_due) < 1000
        assert pages(env, lambda: store.refill(lane)) < 1000


def test_the_latest_events_of_a_webhook(store):
    _store, env, webhook_ids = store
    events = env["nshift.webhook.event"]
    domain = [("webhook_id", "=", webhook_ids[0])]
    assert indexes(env, lambda: events.search(domain, limit=80))


def test_the_events_of_an_order(store):
    """Whatever a text finds, the log is not read for it."""
    _store, env, _webhook_ids = store
    events = env["nshift.webhook.event"]
    found = env["sale.order"].search([], limit=1)
    for text in ("S99999", "S12345", "msg_77", found.name, found.partner_id.name):
        domain = [("about", "ilike", text)]
        assert pages(env, lambda domain=domain: events.search(domain, limit=80)) < 1000


@pytest.mark.parametrize(
    "name",
    "not_received pending retried failed cancelled redirected refused broken "
    "unanswered slow".split(),
)
def test_what_people_look_for_in_the_log(store, name):
    """A filter reads what it finds, and not what was received."""
    _store, env, _webhook_ids = store
    view = env.ref("nshift_webhooks.nshift_webhook_event_view_search")
    [node] = etree.fromstring(view.arch).xpath(f"//filter[@name='{name}']")
    domain = ast.literal_eval(node.get("domain"))
    events = env["nshift.webhook.event"]
    for act in (
        lambda: events.search(domain, limit=80),
        lambda: events.search_count(domain, limit=10001),
    ):
        assert indexes(env, act)
        assert pages(env, act) < 1000


def test_how_much_happened_in_some_time(store):
    _store, env, _webhook_ids = store
    events = env["nshift.webhook.event"]
    [newest] = events.search([], limit=1)
    domain = [("happened_at", ">=", newest.happened_at - timedelta(hours=3))]
    count = partial(events.search_count, domain)
    assert count() > 500
    assert indexes(env, count) == {"nshift_webhook_event_happened_index"}


def test_a_texts_messages_are_not_all_read(store, monkeypatch):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_text

    _store, env, webhook_ids = store
    monkeypatch.setattr(nshift_webhook_text, "MOST_READ", 1000)
    events = env["nshift.webhook.event"]
    for others in ([], [("webhook_id", "=", webhook_ids[0])]):
        domain = [("payload", "ilike", "nowhere"), *others]
        for act in (
            partial(events.search, domain, limit=80),
            partial(events.search_count, domain),
        ):
            assert pages(env, act) < 2000


def test_how_many_events_a_webhook_has(store, monkeypatch):
    """They are counted up to a number: it was all of them, each time."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_figures

    _store, env, webhook_ids = store
    webhook = env["nshift.webhook"].browse(webhook_ids[0]).with_context(lang="en_US")
    assert webhook.event_count_text == "10,000"
    monkeypatch.setattr(nshift_webhook_figures, "MOST_COUNTED", 500)
    env.invalidate_all()
    assert webhook.event_count_text == "500+"
    env.invalidate_all()
    assert pages(env, lambda: webhook.event_count_text) < 1000


def test_the_latest_delivery_of_each_webhook(store):
    _store, env, webhook_ids = store
    webhooks = env["nshift.webhook"].browse(webhook_ids)
    assert indexes(env, lambda: webhooks.mapped("last_delivery")) == LATEST


def test_what_is_removed(store):
    """What stays is not passed over: neither what is new, nor what is kept longer."""
    _store, env, webhook_ids = store
    parameters = env["ir.config_parameter"]
    parameters.set_param("nshift_webhooks.keep_messages_days", "1")
    webhooks = env["nshift.webhook"].browse(webhook_ids)
    webhooks[1:].write({"has_own_retention": True, "keep_received_days": 0})
    env.flush_all()
    events = env["nshift.webhook.event"]

    def act():
        assert events._remove_some(events) > 200

    found = indexes(env, act)
    assert found >= {
        "nshift_webhook_event_received_index",
        "nshift_webhook_event_wiped_index",
        "nshift_webhook_event_ended_at_index",
    }
    env.cr.rollback()


@pytest.fixture
def in_bulk(full):
    """The current state is being sent for one webhook, and something else is due."""
    shop, webhook_ids = full
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event SET is_bulk = TRUE, load_id = 1, "
            "payload_size = 2 WHERE id IN (SELECT id FROM nshift_webhook_event "
            "WHERE webhook_id = %s AND state = 'pending' LIMIT 5)",
            (webhook_ids[-1],),
        )
    yield webhook_ids[-1]
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event SET is_bulk = NULL, load_id = NULL "
            "WHERE is_bulk"
        )


def test_what_is_sent_in_bulk(store, in_bulk):
    from odoo.addons.nshift_webhooks.delivery.lane import Lane

    store, env, _webhook_ids = store
    lane = Lane(in_bulk, sender=None)
    lane.share(threads=1, room=1000, room_for_one=1000)
    found = indexes(env, lambda: store.refill(lane))
    assert found >= {DUE, ORDER, "nshift_webhook_event_bulk_index"}
    assert lane.waiting and lane.bulk_waiting
    load = env["nshift.webhook.load"]
    assert indexes(env, lambda: load._go_on(in_bulk)) == {
        "nshift_webhook_event_bulk_index"
    }
    assert indexes(env, load.browse(1)._waiting_events) == {
        "nshift_webhook_event_load_index"
    }


def test_which_messages_are_old(store):
    _store, env, webhook_ids = store
    domain = [("webhook_id", "=", webhook_ids[0])]
    events = env["nshift.webhook.event"].search(domain, limit=80)
    assert "nshift_webhook_event_record_index" in indexes(env, events._newer)


def test_what_waits_for_each_webhook(store):
    """It is counted in an index that only has what waits, however long the log is."""
    _store, env, webhook_ids = store
    webhooks = env["nshift.webhook"].browse(webhook_ids)
    assert indexes(env, lambda: webhooks.mapped("waiting_text")) == {WAITING}
    assert all(webhooks.mapped("waiting_text"))


#: What the overview's cards show.
CARDS = (
    "name health health_text waiting_text success_text response_text week_graph "
    "week_text condition_text channel_names is_backing_off status host"
).split()


def open_overview(env):
    """Read what a browser asks for."""
    env.invalidate_all()
    return env["nshift.webhook"].web_search_read(
        [("active", "in", [True, False])],
        {name: {} for name in CARDS},
        order="urgency, name, id",
    )


def test_the_overview(store):
    """It reads little of the log: what waits and is due, and the latest attempts."""
    _store, env, webhook_ids = store
    assert len(open_overview(env)["records"]) == len(webhook_ids)
    assert indexes(env, lambda: open_overview(env)) == {WAITING, DUE, *LATEST}
    # what waits is read, and nothing of the 200,000
    assert pages(env, lambda: open_overview(env)) < 1000
    webhook = env["nshift.webhook"].browse(webhook_ids[0])
    webhook._write_health(failing_since="2026-01-01")
    assert indexes(env, lambda: open_overview(env)) == {WAITING, DUE, *LATEST}


def test_the_overview_beside_a_backlog(backlog, full):
    """Of 40,000 that wait for one webhook, only as many are counted as are shown."""
    _store, webhook_id = backlog
    shop, _webhook_ids = full
    with shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(webhook_id)
        assert "more than 500" in webhook.waiting_text
        env.invalidate_all()
        assert pages(env, lambda: webhook.waiting_text) < 1000


def test_what_monitoring_is_told(store):
    """What waits is counted, and what is due looked for; the log is not read."""
    _store, env, webhook_ids = store
    state = env["nshift.webhook.monitoring"]._state
    assert [webhook.id for webhook in state().webhooks] == webhook_ids
    assert indexes(env, state) == {WAITING, DUE, *LATEST}
    assert pages(env, state) < 1000


def test_monitoring_beside_a_backlog(backlog, store, monkeypatch):
    """Of 40,000 that wait for one webhook, only a number is counted."""
    from odoo.addons.nshift_webhooks.models import nshift_webhook_monitoring

    monkeypatch.setattr(nshift_webhook_monitoring, "MOST_WAITING", 500)
    _store, env, _webhook_ids = store
    _backlog, webhook_id = backlog
    state = env["nshift.webhook.monitoring"]._state
    waiting = {webhook.id: webhook.waiting for webhook in state().webhooks}
    assert waiting[webhook_id] == 501
    assert pages(env, state) < 1000


def test_trouble_that_is_told(backlog, store):
    """Each minute, a hundred of what waits for each webhook are looked at.

    It locks webhooks, so its transaction ends before they are deleted.
    """
    _store, env, _webhook_ids = store
    incidents = env["nshift.webhook.incident"]
    # of the health's table, too
    assert WAITING in indexes(env, incidents._find_troubles)
    assert pages(env, incidents._find_troubles) < 1000


def test_the_events_before_and_after(store):
    """Those of the record are read, and not the log in the order of its ids."""
    _store, env, webhook_ids = store
    domain = [("webhook_id", "=", webhook_ids[0])]
    for event in env["nshift.webhook.event"].search(domain, limit=3):
        found = indexes(env, event._neighbours)
        assert "nshift_webhook_event_record_index" in found
        assert pages(env, event._neighbours) < 100


def test_the_list_of_a_webhooks_messages(store):
    """A page costs the same wherever in the list it is, and so does a moment."""
    _store, env, webhook_ids = store
    webhook = env["nshift.webhook"].browse(webhook_ids[3])
    webhook.make_catch_up_key()
    reader = webhook.with_user(env["nshift.webhook.reader"]._of(webhook))
    middle = "2026-01-20T00:00:00Z"
    cursor = reader.catch_up(since=middle, limit=1000)["cursor"]
    message_id = f"msg_{EVENTS // 2 // WEBHOOKS * WEBHOOKS + 3}"
    assert reader.read_message(message_id)["body"]
    place, own = "nshift_webhook_event_place_index", "nshift_webhook_event_pkey"
    for act, expected in (
        (reader.catch_up, {place, own}),
        (partial(reader.catch_up, since=middle), {place, own}),
        (partial(reader.catch_up, cursor), {place, own}),
        (
            partial(reader.read_message, message_id),
            {"nshift_webhook_event_message_hash_unique", own},
        ),
    ):
        assert indexes(env, act) == expected
        assert pages(env, act) < 1500
