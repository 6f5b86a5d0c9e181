"""Access tokens by client credentials, from a real token server over HTTPS."""

import base64
import itertools
import json
import re
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime

import pytest
from delivery import oauth
from delivery.guard import Guard
from delivery.health import Health, Verdict, verdict_of
from delivery.http import Head
from delivery.network import Network
from delivery.oauth import Client, Tokens
from delivery.sender import Endpoint, Message, Sender
from delivery.signature import new_secret
from delivery.transport import Reply
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st

from dev import certificate, ports
from dev.receiver import Receiver, answer, drop, endless_body

from ..token_server import TokenServer, said
from .hostile import HostileServer, attacks

MESSAGE = Message("msg_1", b'{"name":"order"}')


@pytest.fixture(scope="module")
def receiver():
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def server():
    with TokenServer() as server:
        yield server


@pytest.fixture
def client(server):
    return Client(server.url, server.client_id, server.client_secret)


@pytest.fixture
def make_sender():
    """Make senders that share tokens, as all of a process do."""
    tokens = Tokens()
    network = Network(str(certificate.ensure().authority))

    def make(allowed="localhost"):
        return Sender(Guard.parse(allowed), network, tokens)

    return make


@pytest.fixture
def sender(make_sender):
    with make_sender() as sender:
        yield sender


@pytest.fixture
def register(receiver, server, client):
    """Make an endpoint that takes what has a valid token."""

    def register(answers=None):
        path, secret = f"/{uuid.uuid4()}", new_secret()
        receiver.register(path, secret, answers or itertools.repeat(server.guard))
        endpoint = Endpoint(receiver.url(path), (secret,), client=client)
        requests[endpoint.url] = lambda count: receiver.wait_for(count, path)
        return endpoint

    requests = {}
    register.requests = lambda endpoint, count: requests[endpoint.url](count)
    return register


@pytest.fixture
def endpoint(register):
    return register()


def with_client(endpoint, **values):
    return replace(endpoint, client=replace(endpoint.client, **values))


def outcome(answer):
    return answer.response_code, answer.failure


def test_a_message_carries_the_token(sender, endpoint, server, register):
    assert outcome(sender.send(endpoint, MESSAGE)) == (200, None)
    [request] = register.requests(endpoint, 1)
    assert request.fault is None
    assert request.headers["authorization"] == f"Bearer {server.issued[0]}"
    assert server.ways == ["basic"]
    assert server.asked == [
        {
            "grant_type": "client_credentials",
            "client_id": server.client_id,
            "client_secret": server.client_secret,
        }
    ]


def test_what_providers_want_besides(sender, endpoint, server, client):
    """ID and secret in the body, a scope (Microsoft), an audience (Auth0)."""
    wanted = replace(
        client, in_body=True, scope="api://shop/.default x", audience="https://a/?b=c"
    )
    answer_ = sender.send(replace(endpoint, client=wanted), MESSAGE)
    assert outcome(answer_) == (200, None)
    assert server.ways == ["post"]
    [asked] = server.asked
    assert asked["scope"] == "api://shop/.default x"
    assert asked["audience"] == "https://a/?b=c"
    assert asked["client_secret"] == server.client_secret


def test_the_standards_example():
    """Of RFC 6749, section 2.3.1, and with what its appendix B encodes."""
    example = Client("https://x.example/", "s6BhdRkqt3", "gX1fBat3bV")
    assert oauth._basic(example) == "czZCaGRSa3F0MzpnWDFmQmF0M2JW"
    unusual = Client("https://x.example/", " %&+", "a:b")
    assert base64.b64decode(oauth._basic(unusual)) == b"+%25%26%2B:a%3Ab"


def test_one_token_for_all(make_sender, endpoint, server, register):
    """However many threads and senders need one at once, one request is made for it."""
    server.delay = 0.3
    with make_sender() as one, make_sender() as other, ThreadPoolExecutor(20) as pool:
        sent = pool.map(
            lambda number: (one, other)[number % 2].send(endpoint, MESSAGE), range(20)
        )
        assert {outcome(answer_) for answer_ in sent} == {(200, None)}
    assert len(server.asked) == 1
    assert len(register.requests(endpoint, 20)) == 20


def test_a_shared_failure(make_sender, endpoint, server):
    """Neither does each of those who wait ask anew when there is none."""
    server.delay = 0.3
    server.answers(*[answer(503)] * 9)
    with make_sender() as one, ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda _n: one.send(endpoint, MESSAGE), range(8)))
    assert {outcome(answer_) for answer_ in sent} == {(None, "token_server")}
    assert len(server.asked) == 1


def test_another_server_has_another_token(sender, endpoint, server):
    """One that refuses its own does not have others' thrown away."""
    port = ports.free_port()
    sender.send(endpoint, MESSAGE)
    with Receiver(port) as other:
        secret = new_secret()
        other.register("/", secret, itertools.repeat(answer(401)))
        refusing = replace(endpoint, url=other.url("/"), keys=(secret,))
        for _ in range(2):
            assert outcome(sender.send(refusing, MESSAGE)) == (401, "status")
    assert len(server.issued) == 3
    sender.send(endpoint, MESSAGE)
    assert len(server.issued) == 3


@pytest.mark.parametrize(
    ("expires_in", "good_for"),
    [
        (3600, 3570),
        ("3600", 3570),
        (20, 10),
        (1, 0.5),
        # nobody says, or nothing that can be: careful
        (None, 300),
        (0, 300),
        (-5, 300),
        (10**30, 300),
        (True, 300),
        (float("nan"), 300),
        ("soon", 300),
        ([1], 300),
    ],
)
def test_for_how_long_it_is_used(sender, client, server, expires_in, good_for):
    server.answers(
        said(200, access_token="a", token_type="bearer", expires_in=expires_in)
    )
    with oauth.deadline(5, 1):
        token = sender._fetch(client)
    assert token.used_until - time.monotonic() == pytest.approx(good_for, abs=2)


def test_a_new_one_before_it_ends(sender, endpoint, server):
    server.lifetime = 1
    sender.send(endpoint, MESSAGE)
    sender.send(endpoint, MESSAGE)
    assert len(server.issued) == 1
    time.sleep(0.6)
    assert outcome(sender.send(endpoint, MESSAGE)) == (200, None)
    assert len(server.issued) == 2


def test_a_revoked_token(sender, endpoint, server, register):
    """The message is sent again at once with a new one, as the same attempt."""
    sender.send(endpoint, MESSAGE)
    server.revoke()
    answer_ = sender.send(endpoint, MESSAGE)
    assert outcome(answer_) == (200, None)
    _first, refused, again = register.requests(endpoint, 3)
    assert (refused.status, again.status) == (401, 200)
    assert refused.headers["webhook-attempt"] == again.headers["webhook-attempt"]
    assert refused.headers["webhook-signature"] == again.headers["webhook-signature"]
    assert again.headers["authorization"] == f"Bearer {server.issued[1]}"


def test_many_learn_of_a_revocation(sender, endpoint, server):
    """All that were on their way with the old token have one new one."""
    sender.send(endpoint, MESSAGE)
    server.revoke()
    server.delay = 0.2
    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(lambda _n: sender.send(endpoint, MESSAGE), range(8)))
    assert {outcome(answer_) for answer_ in sent} == {(200, None)}
    assert len(server.issued) == 2


def test_one_renewal_only(sender, register, server):
    """A token that is refused at once is the endpoint's own matter, or a wrong scope:
    that attempt has failed, and the next one tries with another token.
    """
    endpoint = register([server.guard, *[answer(401, b"no")] * 3])
    sender.send(endpoint, MESSAGE)
    answer_ = sender.send(endpoint, MESSAGE)
    assert outcome(answer_) == (401, "status")
    assert (len(register.requests(endpoint, 3)), len(server.issued)) == (3, 2)
    assert verdict_of(answer_) is Verdict.UNCLEAR
    sender.send(endpoint, MESSAGE)
    # it has never been accepted, so that it is not renewed
    assert (len(register.requests(endpoint, 4)), len(server.issued)) == (4, 3)


def test_the_owners_authorization_gives_way(sender, endpoint, register):
    own = replace(endpoint, headers=(("AUTHORIZATION", "Basic x"), ("X-Key", "k")))
    assert outcome(sender.send(own, MESSAGE)) == (200, None)
    [request] = register.requests(own, 1)
    assert request.headers["authorization"].startswith("Bearer ")
    assert request.headers["x-key"] == "k"


def invalid(code, description=None, status=400):
    return said(status, error=code, error_description=description)


def wrong(**values):
    return said(200, **{"access_token": "a", "token_type": "Bearer"} | values)


@pytest.mark.parametrize(
    ("given", "failure", "words"),
    [
        (invalid("invalid_client", "No such", 401), "token_refused", "nt: No such"),
        (invalid("invalid_scope"), "token_refused", "answered 400: invalid_scope"),
        (invalid("x", status=200), "token_refused", "answered 200: x"),
        (answer(401, b"<html>"), "token_refused", "localhost answered 401"),
        (answer(400), "token_refused", "answered 400"),
        (answer(403), "token_refused", "answered 403"),
        (answer(404, b"<html>"), "token_answer", "answered 404"),
        (answer(302, Location="https://e/"), "token_answer", "answered 302"),
        (answer(200, b"<html>"), "token_answer", "no JSON object"),
        (answer(200, b"[" * 9999), "token_answer", "no JSON object"),
        (answer(200, b"\xff\xfe"), "token_answer", "no JSON object"),
        (answer(200, b'"token"'), "token_answer", "no JSON object"),
        (answer(204), "token_answer", "no JSON object"),
        (said(200, token_type="Bearer"), "token_answer", "without an access_token"),
        (wrong(access_token=""), "token_answer", "without an access_token"),
        (wrong(access_token=["x"]), "token_answer", "without an access_token"),
        (wrong(token_type="mac"), "token_answer", "not Bearer"),
        (wrong(token_type=None), "token_answer", "not Bearer"),
        (wrong(token_type={}), "token_answer", "not Bearer"),
        (wrong(access_token="a\r\nX-Evil: 1"), "token_answer", "cannot be sent"),
        (wrong(access_token="a\0"), "token_answer", "cannot be sent"),
        (wrong(access_token="a b"), "token_answer", "cannot be sent"),
        (wrong(access_token="Æ"), "token_answer", "cannot be sent"),
        (wrong(access_token="a" * 7001), "token_answer", "more than 7000"),
        (wrong(padding="x" * 20_000), "token_answer", "no JSON object"),
        (answer(503), "token_server", "answered 503"),
        (answer(429), "token_server", "answered 429"),
        (invalid("server_error", status=500), "token_server", "500: server_error"),
        (drop, "token_server", "localhost: "),
        (endless_body, "token_answer", "no JSON object"),
    ],
)
def test_answers_without_a_token(
    sender, endpoint, server, register, given, failure, words
):
    """Each is a failed attempt with its own reason, and the message waits."""
    server.answers(given)
    answer_ = sender.send(endpoint, MESSAGE)
    assert outcome(answer_) == (None, failure)
    assert words in answer_.error
    assert (answer_.response_body, answer_.retry_after) == (None, None)
    # as of an endpoint that is down
    assert verdict_of(answer_) is Verdict.DOWN
    # nothing came, and the next attempt asks anew
    assert outcome(sender.send(endpoint, MESSAGE)) == (200, None)
    assert len(register.requests(endpoint, 1)) == 1


def test_a_failing_token_server_pauses(sender, endpoint):
    """After some failures the endpoint is left alone, like one that is down."""
    unknown = with_client(endpoint, client_secret="wrong")
    answers = [sender.send(unknown, MESSAGE) for _ in range(5)]
    assert {each.failure for each in answers} == {"token_refused"}
    now = datetime(2026, 1, 2, 3, 4, 5)
    assert Health().after(answers, now).is_backing_off(now)


def test_gone_is_not_the_endpoint(sender, endpoint, server):
    """A token server's 410 does not give up the webhook."""
    server.answers(answer(410))
    answer_ = sender.send(endpoint, MESSAGE)
    assert outcome(answer_) == (None, "token_answer")
    assert Health().stop_reason([answer_]) is None


def test_a_slow_token_server(sender, endpoint, server):
    """It has no more time than the request."""
    server.delay = 5
    began = time.monotonic()
    answer_ = sender.send(replace(endpoint, timeout=1), MESSAGE)
    assert time.monotonic() - began < 4.5
    assert outcome(answer_) == (None, "token_server")
    assert answer_.error == "localhost did not answer in time."


def test_who_waits_has_their_own_time(sender, endpoint, server):
    server.delay = 3
    with ThreadPoolExecutor(2) as pool:
        patient = pool.submit(sender.send, endpoint, MESSAGE)
        time.sleep(0.3)
        hasty = sender.send(replace(endpoint, timeout=1), MESSAGE)
    assert (hasty.failure, hasty.duration_ms < 2500) == ("token_server", True)
    assert patient.result().failure is None


def test_who_waits_for_somebody_hasty(sender, endpoint, server):
    """Another webhook's short time-out is not theirs."""
    server.delay = 2
    with ThreadPoolExecutor(2) as pool:
        hasty = pool.submit(sender.send, replace(endpoint, timeout=1), MESSAGE)
        time.sleep(0.3)
        patient = sender.send(endpoint, MESSAGE)
    assert (hasty.result().failure, patient.failure) == ("token_server", None)


def test_no_token_server(sender, endpoint):
    url = f"https://localhost:{ports.free_port()}/token"
    answer_ = sender.send(with_client(endpoint, token_url=url), MESSAGE)
    assert outcome(answer_) == (None, "token_server")
    assert "refused" in answer_.error


@pytest.mark.parametrize("url", ["http://localhost/", "https://", "https://a@b/"])
def test_a_token_url_that_is_none(sender, endpoint, url):
    answer_ = sender.send(with_client(endpoint, token_url=url), MESSAGE)
    assert outcome(answer_) == (None, "token_server")
    assert "proper HTTPS address" in answer_.error


def test_no_secret(sender, endpoint, server):
    """Nobody is asked without one."""
    answer_ = sender.send(with_client(endpoint, client_secret=""), MESSAGE)
    assert outcome(answer_) == (None, "token_refused")
    assert server.asked == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0x7f.1", "[::1]"])
def test_a_token_server_inside(make_sender, endpoint, client, server, host):
    """It is refused like an endpoint inside, at the moment of connecting."""
    url = server.url.replace("localhost", host)
    with make_sender(allowed="else.example") as sender:
        with oauth.deadline(5, 1) as limits:
            with pytest.raises(oauth.TokenFailed, match="not public") as caught:
                sender._fetch(replace(client, token_url=url))
    # which address it is only system administrators see
    assert limits.inside in ("127.0.0.1", "::1")
    words = "The host has an address that is not public."
    assert str(caught.value) == f"{host.strip('[]')}: {words}"
    assert server.asked == []


def test_an_untrusted_token_server(client, server):
    with Sender(Guard.parse("localhost"), Network(), Tokens()) as sender:
        with oauth.deadline(5, 1), pytest.raises(oauth.TokenFailed, match="issuer"):
            sender._fetch(client)
    assert server.asked == []


_plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
_anything = _plain | st.lists(_plain, max_size=1)


@settings(max_examples=100, deadline=None, database=None)
@given(
    status=st.integers(200, 599),
    said=st.fixed_dictionaries(
        {},
        optional={
            "access_token": st.text("ab~!", min_size=1) | _anything,
            "token_type": st.sampled_from(["Bearer", "bearer", "mac"]) | _anything,
            "expires_in": st.integers(-5, 10**12) | st.text("0123") | _anything,
            "scope": _anything,
            "error": _anything,
            "error_description": _anything,
        },
    )
    | _anything,
)
def test_any_answer(status, said):
    """There is a token that can be sent, or a reason that can be shown."""
    client = Client("https://x.example/", "id", "s3cret")
    reply = Reply(Head(status, "", {}, True), json.dumps(said).encode())
    try:
        token = oauth._token_of(client, "x.example", reply)
    except oauth.TokenFailed as error:
        assert str(error).isprintable()
        assert len(str(error)) < 400
    else:
        assert status < 300
        assert re.fullmatch("[!-~]{1,7000}", token.value)
        assert token.scope.isprintable()
        assert token.used_until > time.monotonic()
        assert token.lifetime is None or token.lifetime > 0


@settings(
    max_examples=20,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
)
@given(attack=attacks)
def test_a_hostile_token_server(attack):
    """Whatever it does: in time, and nothing but a reason."""
    network = Network(str(certificate.ensure().authority))
    with closing(HostileServer()) as server:
        server.play(attack)
        client = Client(server.endpoint.url, "id", "s3cret")
        began = time.monotonic()
        with oauth.deadline(0.5, 1), suppress(oauth.TokenFailed):
            oauth.fetch_token(client, Guard.parse("localhost"), network)
        assert time.monotonic() - began < 5


def echo_all(handler):
    said = str(handler.headers).encode()
    return answer(400, said, Location=handler.headers["Authorization"])(handler)


def test_secrets_that_are_repeated(sender, register, server, client, caplog):
    """Whatever an endpoint or token server says of them is not kept."""
    caplog.set_level("DEBUG")
    secrets = [server.client_secret, oauth._basic(client)]
    answers = [sender.send(register([echo_all] * 3), MESSAGE)]
    secrets += server.issued
    assert "Bearer •••" in answers[0].response_body
    for way in (client, replace(client, in_body=True)):
        for secret in secrets[:2]:
            long = f"{'x' * 290}{secret}"
            for words in (secret, long):
                server.answers(invalid("invalid_client", f"{words} is wrong", 401))
                endpoint = replace(register(), client=replace(way, scope=words[:5]))
                answers.append(sender.send(endpoint, MESSAGE))
                assert "invalid_client" in answers[-1].error
    kept = f"{answers} {caplog.text} {client} {replace(endpoint, client=client)}"
    for secret in secrets:
        assert secret not in kept
        assert secret[:8] not in kept


def test_what_is_not_shown(sender, endpoint, server):
    server.answers(invalid("invalid_client", "a\x1b[31m\u202eb\nc" + "x" * 999, 401))
    error = sender.send(endpoint, MESSAGE).error
    assert error.startswith("localhost answered 401: invalid_client: a\ufffd[31m")
    assert "\u202e" not in error
    assert "b c" in error
    assert len(error) < 400
