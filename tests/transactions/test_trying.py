"""A test message: sent like a real one, with the answer on the spot, and no trace of it
where real ones have theirs.
"""

import pytest

from dev.receiver import answer, drop

from .goods import new_product, new_sale
from .hook import Hook

LOGIN = "admin"
#: What a test must leave as it is.
UNTOUCHED = (
    "nshift_webhook",
    "nshift_webhook_event",
    "nshift_webhook_attempt",
    "nshift_webhook_health",
    "nshift_webhook_flight",
    "nshift_webhook_sequence",
    "queue_job",
)


class Dialog:
    """Whoever tries a webhook: each step in a transaction of its own, as in a browser.

    :param hook: the webhook
    """

    def __init__(self, hook, login=LOGIN):
        self.hook = hook
        self.login = login
        with self.transaction() as env:
            action = env["nshift.webhook"].browse(hook.id).action_test()
            model = env[action["res_model"]].with_context(**action["context"])
            self.id = model.create({}).id

    def transaction(self):
        return self.hook.shop.transaction(self.login)

    def send(self):
        with self.transaction() as env:
            env["nshift.webhook.trial"].browse(self.id).action_send()

    def check_signature(self):
        with self.transaction() as env:
            env["nshift.webhook.trial"].browse(self.id).action_check_signature()

    def seen(self, *names):
        with self.transaction() as env:
            [values] = env["nshift.webhook.trial"].browse(self.id).read(names)
            return tuple(values[name] for name in names)


@pytest.fixture
def order(hook):
    """An order, of which the webhook was told long ago."""
    order_id = hook.shop.order()
    hook.deliver()
    hook.forget_jobs()
    return order_id


@pytest.fixture
def dialog(hook, order):
    return Dialog(hook)


def rows(shop):
    """Return what the tables have that a test must leave as they are."""
    with shop.transaction() as env:
        found = {}
        for table in UNTOUCHED:
            env.cr.execute(
                # what a test is for
                "SELECT (to_jsonb(t) - '{tested_at,forgery}'::text[])::text "
                f"FROM {table} t ORDER BY 1"
            )
            found[table] = env.cr.fetchall()
        return found


def test_signed_and_marked(hook, order, dialog):
    """The receiver verifies it like any other, and sees that it is a test."""
    dialog.send()
    real, test = hook.receiver.wait_for(2, hook.path)
    assert test.fault is None
    assert test.headers["webhook-attempt"] == "1"
    assert test.headers.keys() == real.headers.keys()
    data = test.message["data"]
    assert (data["test"], data["sequence"], data["reason"]) == (True, 0, "created")
    assert data["order"] == real.message["data"]["order"]
    assert "test" not in real.message["data"]
    assert test.message["id"] == test.message_id != real.message_id
    code, failure, result = dialog.seen("response_code", "failure", "result")
    assert (code, failure) == (200, False)
    assert result.startswith("Answered 200 · Received · ")
    assert dialog.seen("message_id") == (test.message_id,)


def test_headers_and_rotated_keys(hook, dialog):
    """It has the webhook's own headers, and all signatures of the moment."""
    with hook.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook.id)
        webhook.header_ids = [(0, 0, {"name": "X-Key", "value": "s3cret"})]
        webhook.has_key_pair = True
        webhook._rotate_keys(24)
    dialog.send()
    test = hook.receiver.wait_for(2, hook.path)[-1]
    # the receiver still has the secret from before
    assert test.fault is None
    assert test.headers["x-key"] == "s3cret"
    signatures = test.headers["webhook-signature"].split()
    schemes = sorted(each.partition(",")[0] for each in signatures)
    assert schemes == ["v1", "v1", "v1a", "v1a"]
    with hook.shop.transaction() as env:
        lines = env["nshift.webhook.audit"].search([("webhook_id", "=", hook.id)])
        assert "s3cret" not in str(lines.read())


def test_leaves_no_trace(hook, dialog, subtests):
    """Whatever the answer: no event, no number, no job, no pause, no stop."""
    before = rows(hook.shop)
    for code in (200, 302, 400, 404, 410, 429, 500, 503):
        with subtests.test(code=code):
            hook.answers(*[answer(code, b"said\nmore")] * 3)
            for _time in range(3):
                dialog.send()
            assert rows(hook.shop) == before
            with hook.shop.transaction() as env:
                webhook = env["nshift.webhook"].browse(hook.id)
                assert webhook.status == "working"
                lines = env["nshift.webhook.audit"].search(
                    [("webhook_id", "=", hook.id), ("action", "=", "tested")],
                    order="id desc",
                    limit=3,
                )
                assert lines.user_id.login == LOGIN
                assert all(str(code) in line.new for line in lines)
                assert hook.secret not in str(lines.read())


def steps(hook):
    with hook.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook.id)
        return bool(webhook.tested_at), webhook.forgery


def test_whether_the_receiver_verifies_signatures(hook, dialog):
    """One that does refuses what is signed with another secret."""
    dialog.send()
    assert steps(hook) == (True, False)
    before = rows(hook.shop)
    dialog.check_signature()
    forged = hook.receiver.wait_for(3, hook.path)[-1]
    assert forged.fault
    assert forged.message["data"]["test"] is True
    result, advice, is_good = dialog.seen("result", "advice", "is_good")
    assert result.startswith("Answered 401 · Refused, as it must be · ")
    assert "verifies signatures" in advice
    assert is_good
    assert steps(hook) == (True, "refused")
    dialog.send()
    assert dialog.seen("response_code", "is_forged", "is_good") == (200, False, True)
    assert rows(hook.shop) == before


def test_a_receiver_that_verifies_nothing(hook, dialog):
    hook.answers(verifies=False)
    dialog.check_signature()
    result, advice, is_good = dialog.seen("result", "advice", "is_good")
    assert "Answered 200 · Accepted, though" in result
    assert "in your name" in advice
    assert not is_good
    assert steps(hook) == (False, "accepted")
    with hook.shop.transaction() as env:
        line = env["nshift.webhook.audit"].search([("action", "=", "tested")], limit=1)
        assert "with a wrong signature" in line.subject
        assert "Accepted" in line.new


def test_what_says_nothing_of_signatures(hook, dialog):
    hook.answers(answer(404), verifies=False)
    dialog.check_signature()
    result, advice, is_good = dialog.seen("result", "advice", "is_good")
    assert result.startswith("Answered 404 · ")
    assert "as it must be" not in result
    assert not is_good
    assert advice
    assert steps(hook) == (False, False)


def test_same_words_as_the_log(hook, dialog):
    """A failure is told as for a real message."""
    hook.answers(answer(422, b"no such customer"), answer(422))
    dialog.send()
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction(LOGIN) as env:
        event = env["nshift.webhook.event"].search([], limit=1)
        failed = event.response_code, event.failure, event.advice
    assert dialog.seen("response_code", "failure", "advice") == failed
    assert dialog.seen("response_body") == ("no such customer",)


def test_nothing_arrives(hook, dialog, subtests):
    """Also what the guard refuses: the form would not have taken some of these."""
    arrived = len(hook.receiver.requests())
    for url, failure in {
        "https://nowhere.invalid/": "dns",
        "https://10.1.2.3/": "address",
        "http://example.com/": "url",
        "https://localhost:1/": "connection",
    }.items():
        with subtests.test(url):
            with hook.shop.transaction() as env:
                env.cr.execute(
                    "UPDATE nshift_webhook SET url = %s WHERE id = %s",
                    (url, hook.id),
                )
            dialog.send()
            code, found, advice = dialog.seen("response_code", "failure", "advice")
            assert (code, found) == (0, failure)
            assert advice
            assert len(hook.receiver.requests()) == arrived


def test_broken_connection(hook, dialog):
    hook.answers(drop, drop)
    dialog.send()
    assert dialog.seen("failure") == ("broken",)


def test_waits_no_longer_than_the_webhook(hook, dialog):
    hook.write(request_timeout=1)
    hook.answers(answer(200, delay=5))
    dialog.send()
    failure, duration = dialog.seen("failure", "duration_ms")
    assert failure == "timeout"
    assert 900 <= duration < 15_000


@pytest.fixture
def under_way(hook, dialog):
    """A test whose answer does not come until the test ends."""
    with hook.under_way(dialog.send):
        yield dialog
    assert dialog.seen("response_code") == (200,)


def test_locks_nothing(hook, under_way):
    """Whoever alters, writes or sends need not wait for the receiving system."""
    with hook.shop.transaction() as env:
        env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'nshift_webhook%' "
            "OR tablename IN ('sale_order', 'stock_picking')"
        )
        tables = [table for [table] in env.cr.fetchall()]
        env.cr.execute("SET LOCAL lock_timeout = '3s'")
        for table in tables:
            env.cr.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")


def test_deliveries_go_on(hook, under_way):
    """What happens meanwhile is sent meanwhile, and the webhook can be changed."""
    hook.shop.order()
    hook.deliver()
    assert hook.states()[-1] == "delivered"
    hook.write(name="other")


def test_two_at_once(hook, under_way):
    other = Dialog(hook)
    other.send()
    assert other.seen("response_code") == (200,)
    assert other.seen("message_id") != under_way.seen("message_id")


def test_deleted_meanwhile(hook, dialog):
    """The webhook may go while its test is under way."""
    from odoo.exceptions import UserError

    said = []

    def send():
        with pytest.raises(UserError) as caught:
            dialog.send()
        said.append(str(caught.value))

    with hook.under_way(send), hook.shop.transaction() as env:
        env["nshift.webhook"].browse(hook.id).unlink()
    assert said == ["The webhook was deleted while the test message was on its way."]


@pytest.mark.parametrize(
    "values", [{"active": False}, {"paused_at": "2026-01-01"}], ids=["off", "paused"]
)
def test_before_it_is_switched_on(hook, dialog, values):
    with hook.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(hook.id)
        if "active" in values:
            webhook.write(values)
        else:
            webhook._write_health(**values)
    before = rows(hook.shop)
    dialog.send()
    assert dialog.seen("response_code") == (200,)
    assert rows(hook.shop) == before


def test_a_shipment(shop, receiver, hook):
    """It is built as a shipment, the latest that has not been cancelled."""
    with shop.transaction() as env:
        orders = [new_sale(env, new_product(env, stock=2)) for _number in range(2)]
        for order in orders:
            order.action_confirm()
        shipped, cancelled = (order.picking_ids for order in orders)
        cancelled.action_cancel()
        name = shipped.name
    dialog = Dialog(Hook(shop, receiver, "shipment.done"))
    dialog.send()
    [request] = receiver.wait_for(1, dialog.hook.path)
    assert request.fault is None
    assert request.message["type"] == "shipment.done"
    assert request.message["data"]["shipment"]["name"] == name
    assert request.message["data"]["test"] is True


def test_a_copy_of_the_database(hook, dialog):
    from odoo.exceptions import UserError

    with hook.shop.transaction() as env:
        env["ir.config_parameter"].set_param("nshift_webhooks.home_database", "x y")
    try:
        arrived = len(hook.receiver.requests())
        with pytest.raises(UserError, match="a copy of “y”"):
            dialog.send()
        assert len(hook.receiver.requests()) == arrived
    finally:
        with hook.shop.transaction() as env:
            env["nshift.webhook.home"]._settle()
