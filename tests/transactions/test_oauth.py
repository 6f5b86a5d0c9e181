"""Access tokens, with a real token server: had, used, renewed, and in no table."""

import itertools

import pytest

from dev.receiver import answer

from ..token_server import TokenServer, said

LOGIN = "admin"


@pytest.fixture
def server():
    with TokenServer() as server:
        yield server


@pytest.fixture
def oauth(hook, server):
    """The webhook, whose endpoint takes nothing without a valid token."""
    hook.write(
        authentication="oauth2",
        oauth_token_url=server.url,
        oauth_client_id=server.client_id,
        oauth_client_secret=server.client_secret,
        oauth_scope="orders",
    )
    hook.forget_jobs()
    hook.answers(*itertools.repeat(server.guard, 20))
    return hook


def connection_of(hook):
    """Return what the connection test says: its kind, and its words."""
    with hook.shop.transaction(LOGIN) as env:
        action = env["nshift.webhook"].browse(hook.id).action_test_connection()
    assert action["tag"] == "display_notification"
    return action["params"]["type"], action["params"]["message"]


def failure(hook):
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([], order="id desc", limit=1)
        return event.state, event.failure, event.error


def audited(hook):
    with hook.shop.transaction() as env:
        line = env["nshift.webhook.audit"].search(
            [("webhook_number", "=", hook.id)], limit=1
        )
        return line.action, line.user_id.login, line.new


def test_delivered_with_one_token(oauth, server):
    """Of several messages and jobs in one process."""
    for _ in range(2):
        oauth.shop.order()
        oauth.shop.order()
        oauth.deliver()
    assert oauth.states() == ["delivered"] * 4
    assert len(server.asked) == 1
    assert server.asked[0]["scope"] == "orders"
    assert {request.fault for request in oauth.arrived()} == {None}


def test_renewed_within_the_attempt(oauth, server):
    oauth.shop.order()
    oauth.deliver()
    server.revoke()
    oauth.shop.order()
    oauth.deliver()
    assert oauth.states() == ["delivered"] * 2
    with oauth.shop.transaction() as env:
        events = env["nshift.webhook.event"].search([])
        assert events.mapped("attempt_count") == [1, 1]
    assert len(server.issued) == 2


def test_a_refused_client(oauth, server):
    """The message waits with its reason; when the secret is right, it is sent."""
    oauth.write(oauth_client_secret="wrong-s3cret")
    oauth.shop.order()
    oauth.deliver()
    state, reason, error = failure(oauth)
    assert (state, reason) == ("pending", "token_refused")
    assert error == "localhost answered 401: invalid_client: Unknown client"
    oauth.write(oauth_client_secret=server.client_secret)
    oauth.deliver()
    assert oauth.states() == ["delivered"]
    assert len(oauth.receiver.requests(oauth.path)) == 1


def test_a_failing_token_server_pauses(oauth, server):
    """As an endpoint that is down."""
    server.answers(*[answer(503)] * 20)
    for _ in range(6):
        oauth.shop.order()
    for _ in range(3):
        oauth.make_due()
        oauth.deliver()
    with oauth.shop.transaction() as env:
        webhook = env["nshift.webhook"].browse(oauth.id)
        assert webhook.is_backing_off
        assert webhook.status == "failing"
    assert failure(oauth)[1] == "token_server"
    # one is tried before all the others
    assert len(server.asked) < 10


def test_not_in_any_table(oauth, server):
    """Neither secret nor token, whoever repeats them."""

    def echo(handler):
        words = handler.headers["Authorization"].encode()
        return answer(422, words)(handler)

    def repeat(handler):
        words = f"wrong: {server.client_secret}"
        return said(401, error="invalid_client", error_description=words)(handler)

    oauth.answers(echo)
    oauth.shop.order()
    oauth.deliver()
    oauth.shop.order()
    oauth.deliver()
    connection_of(oauth)
    server.answers(repeat, repeat)
    connection_of(oauth)
    oauth.write(oauth_scope="others")
    oauth.shop.order()
    oauth.deliver()
    assert "•••" in failure(oauth)[2]
    with oauth.shop.transaction() as env:
        env.cr.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for [name] in env.cr.fetchall()]
        for secret in (server.client_secret, *server.issued):
            found = []
            for table in tables:
                env.cr.execute(
                    f'SELECT FROM "{table}" t WHERE position(%s IN t::text) > 0',
                    (secret,),
                )
                if env.cr.rowcount:
                    found.append(table)
            expected = ["nshift_webhook_vault"]
            assert found == (expected if secret == server.client_secret else [])


def test_the_connection_is_tested(oauth, server):
    """It says what was given, in the user's words, and is in the audit log."""
    kind, message = connection_of(oauth)
    assert kind == "success"
    assert message == (
        "localhost gave an access token, valid for 3,600 seconds. Scope: orders"
    )
    assert audited(oauth) == ("token_tested", LOGIN, message)
    server.lifetime = None
    oauth.write(oauth_scope=False)
    kind, message = connection_of(oauth)
    assert message == (
        "localhost gave an access token, and does not say for how long it is valid: "
        "it will be used for 300 seconds."
    )
    assert oauth.receiver.requests(oauth.path) == []


def test_the_connection_fails(oauth, server):
    for given, words in (
        (answer(503), "Token server failed (localhost answered 503). Nothing was sent"),
        (answer(200, b"<html>"), "No access token in the answer (localhost answered"),
        (said(400, error="invalid_scope"), "Access token refused (localhost answered"),
    ):
        server.answers(given)
        kind, message = connection_of(oauth)
        assert kind == "danger"
        assert message.startswith(words)
        assert audited(oauth) == ("token_tested", LOGIN, message)
    oauth.write(request_timeout=1)
    server.delay = 3
    kind, message = connection_of(oauth)
    assert "localhost did not answer in time" in message


def test_a_test_event_has_a_token(oauth, server):
    order_id = oauth.shop.order()
    with oauth.shop.transaction(LOGIN) as env:
        trial = env["nshift.webhook.trial"].create({"webhook_id": oauth.id})
        assert trial.res_id == order_id
    with oauth.shop.transaction(LOGIN) as env:
        env["nshift.webhook.trial"].browse(trial.id).action_send()
    with oauth.shop.transaction(LOGIN) as env:
        seen = env["nshift.webhook.trial"].browse(trial.id)
        assert (seen.response_code, seen.is_good) == (200, True)
