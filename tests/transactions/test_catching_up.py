"""Receivers read the list of their webhook's messages: none is missed, however
transactions overlap.
"""

import json
import random
from contextlib import ExitStack

import pytest

from .conftest import new_order
from .unbuilt import DELAYS, later


class Reader:
    """A receiver of a webhook: each call is a transaction of its own, as over HTTP."""

    def __init__(self, shop, webhook_id):
        self._shop = shop
        self.webhook_id = webhook_id
        with shop.transaction() as env:
            env["nshift.webhook"].browse(webhook_id).make_catch_up_key(1)
            reader = env["nshift.webhook.reader"].search(
                [("webhook_id", "=", webhook_id)]
            )
            self._login = reader.user_id.login

    def call(self, method, *args, **kwargs):
        with self._shop.transaction(self._login) as env:
            return getattr(env["nshift.webhook"], method)(*args, **kwargs)

    def page(self, cursor=None, **arguments):
        return self.call("catch_up", cursor, **arguments)

    def ids(self, cursor=None, limit=100):
        """Read to the end; returns the messages' ids, and the cursor."""
        ids, more = [], True
        while more:
            page = self.page(cursor, limit=limit)
            assert len(page["messages"]) <= limit
            ids += [each["id"] for each in page["messages"]]
            cursor, more = page["cursor"], page["more"]
        return ids, cursor


@pytest.fixture
def reader(shop):
    return Reader(shop, shop.webhook("order.created", "order.updated"))


@pytest.fixture
def open_transaction(shop):
    """Begin a transaction that ends when the test says so."""
    from odoo import SUPERUSER_ID, api

    with ExitStack() as stack:

        def begin():
            cr = shop.registry.cursor()
            stack.callback(lambda: cr.closed or cr.close())
            return api.Environment(cr, SUPERUSER_ID, {})

        yield begin


def write_order(env):
    """Make an order and have its event written, without a commit; returns its ID."""
    order = new_order(env)
    env.cr.flush()
    [event] = env["nshift.webhook.event"].search([("res_id", "=", order.id)])
    return event.message_id


def log(shop):
    """The log's message IDs, oldest first, and their messages."""
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="id")
        return {event.message_id: event.payload for event in events}


def test_the_whole_list(shop, reader):
    for _ in range(3):
        shop.order()
    sent = log(shop)
    page = reader.page(limit=2)
    assert [each["id"] for each in page["messages"]] == list(sent)[:2]
    assert page["more"]
    for each in page["messages"]:
        assert each["body"] == sent[each["id"]]
        message = json.loads(each["body"])
        assert {name: each[name] for name in ("id", "type", "timestamp")} == {
            name: message[name] for name in ("id", "type", "timestamp")
        }
        assert (each["status"], each["missing"]) == ("waiting", None)
    rest, cursor = reader.ids(page["cursor"])
    assert rest == list(sent)[2:]
    assert reader.ids(cursor)[0] == []
    shop.order()
    assert reader.ids(cursor)[0] == list(log(shop))[3:]


def test_one_message_by_its_id(shop, reader):
    from odoo.exceptions import UserError

    shop.order()
    [(message_id, body)] = log(shop).items()
    found = reader.call("read_message", message_id)
    assert found == reader.page()["messages"][0]
    assert found["body"] == body
    other = Reader(shop, shop.webhook("order.deleted"))
    for who, what in ((other, message_id), (reader, "msg_x"), (reader, "\0")):
        with pytest.raises(UserError, match="no message of this ID"):
            who.call("read_message", what)


def test_what_is_committed_later_is_read_later(shop, reader, open_transaction):
    slow = open_transaction()
    first = write_order(slow)
    shop.order()
    read, cursor = reader.ids()
    assert read == list(log(shop))
    slow.cr.commit()
    assert reader.ids(cursor)[0] == [first]


def test_an_open_transaction_holds_up_nothing(shop, reader, open_transaction):
    slow, undone = open_transaction(), open_transaction()
    first = write_order(slow)
    write_order(undone)
    cursor, read = None, []
    for _ in range(5):
        shop.order()
        ids, cursor = reader.ids(cursor, limit=1)
        read += ids
    assert read == list(log(shop))
    undone.cr.rollback()
    slow.cr.commit()
    ids, cursor = reader.ids(cursor)
    assert ids == [first]
    assert reader.ids(cursor)[0] == []


def test_an_open_transaction_is_waited_for_that_began_last(
    shop, reader, open_transaction
):
    """None has ended that began after it: PostgreSQL's snapshots do not name it."""
    first, last = open_transaction(), open_transaction()
    first.cr.execute("SELECT pg_current_xact_id()")
    insert(last, reader.webhook_id, "msg_late")
    insert(first, reader.webhook_id, "msg_early")
    first.cr.commit()
    read, cursor = reader.ids()
    assert read == ["msg_early"]
    for _ in range(3):
        ids, cursor = reader.ids(cursor)
        assert ids == []
    last.cr.commit()
    assert reader.ids(cursor)[0] == ["msg_late"]


def test_what_appears_late_is_read_in_parts(shop, reader, open_transaction):
    slow, slower = open_transaction(), open_transaction()
    late = [write_order(slow) for _ in range(3)]
    later_still = write_order(slower)
    late += [write_order(slow) for _ in range(2)]
    shop.order()
    _ids, cursor = reader.ids()
    slow.cr.commit()
    page = reader.page(cursor, limit=2)
    assert [each["id"] for each in page["messages"]] == late[:2]
    slower.cr.commit()
    ids, cursor = reader.ids(page["cursor"], limit=2)
    assert set(ids) == {*late[2:], later_still}
    shop.order()
    assert len(reader.ids(cursor)[0]) == 1


SEEDS = range(20)


@pytest.mark.parametrize("seed", SEEDS)
def test_none_is_missed(shop, reader, open_transaction, seed):
    """Transactions that overlap in any way, and a receiver that reads in between."""
    chance = random.Random(seed)
    open_, written, committed, read, cursor = [], {}, set(), [], None
    for number in range(60):
        act = chance.choice(["begin", "write", "write", "write", "end", "read", "read"])
        if act == "begin" and len(open_) < 4:
            env = open_transaction()
            open_.append(env)
            written[env] = []
        elif act == "write" and open_:
            env = chance.choice(open_)
            message = f"msg_{seed}_{number}"
            insert(env, reader.webhook_id, message)
            written[env].append(message)
        elif act == "end" and open_:
            env = open_.pop(chance.randrange(len(open_)))
            if chance.random() < 0.8:
                env.cr.commit()
                committed.update(written[env])
            env.cr.close()
        elif act == "read":
            page = reader.page(cursor, limit=chance.choice([1, 2, 5, 100]))
            read += [each["id"] for each in page["messages"]]
            cursor = page["cursor"]
            if chance.random() < 0.2:
                ids, cursor = reader.ids(cursor)
                read += ids
                assert set(read) == committed
    for env in open_:
        env.cr.close()
    ids, cursor = reader.ids(cursor, limit=3)
    read += ids
    assert set(read) == committed
    # what was committed while late ones were read in parts is read twice
    assert len(read) - len(committed) <= 3, read
    assert reader.ids(cursor)[0] == []


def insert(env, webhook_id, message_id, **values):
    """Write an event, as the outbox does; returns its number."""
    values = {
        "webhook_id": webhook_id,
        "event": "order.created",
        "state": "pending",
        "message_id": message_id,
        "happened_at": env.cr.now(),
        "payload": "{}",
        "payload_size": 2,
        "res_model": "sale.order",
        "res_id": 1,
    } | values
    [id_] = env["nshift.webhook.event"]._insert([values])
    return id_


def test_a_record_is_told_in_its_sequence(shop, reader):
    order_id = shop.order()
    for number in range(4):
        with shop.transaction() as env:
            env["sale.order"].browse(order_id).client_order_ref = str(number)
    cursor, sequences, more = None, [], True
    while more:
        page = reader.page(cursor, limit=2)
        cursor, more = page["cursor"], page["more"]
        sequences += [
            json.loads(each["body"])["data"]["sequence"] for each in page["messages"]
        ]
    assert sequences == [1, 2, 3, 4, 5]


def test_what_is_built_later_is_read_when_it_is_built(shop, reader, trouble):
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param(DELAYS, "60,60")
    with trouble(event="order.created"):
        shop.order()
    shop.order()
    unbuilt, built = log(shop)
    ids, cursor = reader.ids()
    assert ids == [built]
    later(shop)
    page = reader.page(cursor)
    [message] = page["messages"]
    assert (message["id"], message["body"]) == (unbuilt, log(shop)[unbuilt])
    assert message["body"]
    assert reader.ids(page["cursor"])[0] == []
    assert reader.ids()[0] == [built, unbuilt]


def test_what_is_never_built_is_told_as_missing(shop, reader, trouble):
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param(DELAYS, "60")
    with trouble(event="order.created"):
        shop.order()
        ids, cursor = reader.ids()
        assert ids == []
        for _ in range(2):
            later(shop)
    [message] = reader.page(cursor)["messages"]
    assert (message["body"], message["missing"]) == (None, "not_built")
    assert message["status"] == "given_up"
    # and once more, when somebody has it built
    page = reader.page(cursor)
    with shop.transaction() as env:
        env["nshift.webhook.event"].search([]).action_send_again()
    [message] = reader.page(page["cursor"])["messages"]
    assert message["body"]
    assert message["status"] == "waiting"


@pytest.mark.parametrize(
    ("values", "status", "missing"),
    [
        ({"state": "delivered"}, "received", "wiped"),
        ({"state": "failed"}, "given_up", None),
        ({"state": "failed", "failure": "size"}, "given_up", "too_large"),
        ({"state": "cancelled"}, "not_sent", None),
        ({"state": "superseded"}, "replaced", None),
        ({"state": "pending", "received_at": "2026-01-01"}, "received", None),
    ],
)
def test_what_became_of_it(shop, reader, values, status, missing):
    if missing:
        values = values | {"payload": None, "is_wiped": missing == "wiped"}
    with shop.transaction() as env:
        insert(env, reader.webhook_id, "msg_1", **values)
    [message] = reader.page()["messages"]
    assert (message["status"], message["missing"]) == (status, missing)
    assert bool(message["body"]) == (not missing)


def test_large_messages_come_in_small_pages(shop, reader):
    with shop.transaction() as env:
        for number in range(5):
            large = {"payload": "x" * 4_000_000, "payload_size": 4_000_000}
            insert(env, reader.webhook_id, f"msg_{number}", **large)
    page = reader.page()
    assert len(page["messages"]) == 2
    assert page["more"]
    assert len(reader.ids()[0]) == 5


@pytest.mark.parametrize(
    "state", ["paused_at", "stopped_at"], ids=["paused", "stopped"]
)
def test_it_goes_on_while_nothing_is_sent(shop, reader, state):
    with shop.transaction() as env:
        env["nshift.webhook"].browse(reader.webhook_id)._write_health(
            **{state: "2026-01-01 00:00:00"}
        )
    shop.order()
    assert len(reader.ids()[0]) == 1


def test_a_list_begins_at_a_moment(shop, reader):
    from datetime import datetime, timedelta

    begin = datetime(2026, 1, 1)
    with shop.transaction() as env:
        for day in range(30):
            at = begin + timedelta(days=day)
            insert(env, reader.webhook_id, f"msg_{day}", happened_at=at)
    for since, first in (
        ("2026-01-10T12:00:00Z", 10),
        ("2026-01-10T00:00:00+00:00", 9),
        # an hour before, and no more
        ("2026-01-10T01:30:00+00:30", 9),
        ("2026-01-10T01:00:01Z", 10),
        ("2025-01-01T00:00:00Z", 0),
        ("0001-01-01T12:00:00Z", 0),
    ):
        found = reader.page(since=since)["messages"]
        assert [each["id"] for each in found] == [
            f"msg_{day}" for day in range(first, 30)
        ], since
    page = reader.page(since="2027-01-01T00:00:00Z")
    assert page["messages"] == []
    shop.order()
    assert len(reader.ids(page["cursor"])[0]) == 1


WRONG = [
    pytest.param({"cursor": "x"}, "cursor is none", id="no cursor"),
    pytest.param({"cursor": "ä\ud800"}, "cursor is none", id="no ASCII"),
    pytest.param({"cursor": 7}, "cursor is none", id="a number"),
    pytest.param({"cursor": ""}, "cursor is none", id="empty"),
    pytest.param({"limit": 0}, "1 to 1,?000", id="no messages"),
    pytest.param({"limit": 1001}, "1 to 1,?000", id="too many"),
    pytest.param({"limit": True}, "1 to 1,?000", id="a truth"),
    pytest.param({"limit": "5"}, "1 to 1,?000", id="a text"),
    pytest.param({"since": "2026-01-01T00:00:00"}, "time zone", id="no zone"),
    pytest.param({"since": "yesterday"}, "ISO 8601", id="no moment"),
    pytest.param({"since": 5}, "ISO 8601", id="no text"),
    pytest.param({"since": "0001-01-01T00:00:00Z"}, "ISO 8601", id="no year"),
    pytest.param({"cursor": "x", "since": "y"}, "not both", id="both"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG)
def test_wrong_arguments_are_named(reader, arguments, said):
    from odoo.exceptions import UserError

    with pytest.raises(UserError, match=said):
        reader.page(**arguments)


def test_a_cursor_is_of_one_list_and_unchanged(shop, reader):
    from odoo.exceptions import UserError

    shop.order()
    _ids, cursor = reader.ids()
    other = Reader(shop, shop.webhook("order.created"))
    changed = cursor[:90] + ("A" if cursor[90] != "A" else "B") + cursor[91:]
    for who, what in ((other, cursor), (reader, changed), (reader, cursor[:-4])):
        with pytest.raises(UserError, match="cursor is none of this webhook's list"):
            who.page(what)


@pytest.mark.parametrize("again", [0, 5], ids=["fewer messages", "other messages"])
def test_a_restored_backup_is_noticed(shop, reader, again):
    from odoo.exceptions import UserError

    shop.order()
    _ids, before = reader.ids()
    [[last]] = sql(shop, "SELECT last_value FROM nshift_webhook_event_id_seq")
    for _ in range(3):
        shop.order()
    _ids, cursor = reader.ids(before)
    sql(shop, "DELETE FROM nshift_webhook_event WHERE id > %s RETURNING 1", last)
    sql(shop, "SELECT setval('nshift_webhook_event_id_seq', %s)", last)
    for _ in range(again):
        shop.order()
    with pytest.raises(UserError, match="restored from a backup"):
        reader.page(cursor)
    assert len(reader.ids(before)[0]) == again


def sql(shop, statement, *values):
    with shop.registry.cursor() as cr:
        cr.execute(statement, values)
        return cr.fetchall()


def test_numbers_of_another_server_do_no_harm(shop, reader, open_transaction):
    """A dump has the numbers of the transactions of the server that it is from."""
    slow = open_transaction()
    late = write_order(slow)
    shop.order()
    _ids, cursor = reader.ids()
    slow.cr.commit()
    for _ in range(3):
        shop.order()
    far = "(placed_by::text::bigint + 1000000)::text::xid8"
    sql(shop, f"UPDATE nshift_webhook_event SET placed_by = {far} RETURNING 1")
    # a new receiver
    assert reader.ids(limit=2)[0] == list(log(shop))
    # one of before, whose cursor has those numbers, too
    cursor = moved(shop, reader, cursor, 1_000_000)
    ids, cursor = reader.ids(cursor)
    assert set(ids) >= {late, *list(log(shop))[2:]}
    shop.order()
    assert reader.ids(cursor)[0] == list(log(shop))[5:]


def moved(shop, reader, cursor, far):
    """Return a cursor as a server would give it whose numbers are higher."""
    from odoo.addons.nshift_webhooks.position import Position, Snapshot

    with shop.transaction() as env:
        sign = env["nshift.webhook"].browse(reader.webhook_id)._sign_position
        position = Position.decode(cursor, sign)
        lowest, following, running, unused = position.snapshot
        there = Snapshot(
            lowest + far,
            following + far,
            tuple(number + far for number in running),
            unused + far,
        )
        return position._replace(snapshot=there).encode(sign)


def test_messages_of_a_former_company_are_not_told(shop, reader):
    shop.order()
    with shop.transaction() as env:
        other = env["res.company"].search([("name", "=", "Elsewhere")]) or env[
            "res.company"
        ].create({"name": "Elsewhere"})
        webhook = env["nshift.webhook"].browse(reader.webhook_id)
        webhook.company_id = other
        mine = insert(env, webhook.id, "msg_other", company_id=other.id)
        assert mine
    assert reader.ids()[0] == ["msg_other"]
    [[former]] = sql(
        shop,
        "SELECT message_id FROM nshift_webhook_event WHERE company_id <> %s",
        other.id,
    )
    from odoo.exceptions import UserError

    with pytest.raises(UserError):
        reader.call("read_message", former)


def test_a_copy_tells_nothing(shop, reader):
    from odoo.exceptions import UserError

    shop.order()
    home = "nshift_webhooks.home_database"
    with shop.transaction() as env:
        env["ir.config_parameter"].set_param(home, "another")
    try:
        for method, argument in (("catch_up", None), ("read_message", "x")):
            with pytest.raises(UserError, match="copy of another database"):
                reader.call(method, argument)
    finally:
        with shop.transaction() as env:
            env["nshift.webhook.home"]._settle()


def test_only_receivers_read(shop, reader):
    from odoo.exceptions import AccessError

    for login in ("admin", "demo"):
        with (
            shop.transaction(login) as env,
            pytest.raises(AccessError, match="receiver's key"),
        ):
            env["nshift.webhook"].catch_up()
