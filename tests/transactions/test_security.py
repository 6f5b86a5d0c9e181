"""Promise 6, and what signs and goes with a message, as they are delivered."""

import base64
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook

from dev.receiver import answer

from .hook import secret_of

HOSTS = "nshift_webhooks.internal_hosts"


@pytest.fixture
def allow(hook):
    """Say to which hosts inside webhooks may go; then again to the receiver's."""

    def allow(hosts):
        with hook.shop.transaction() as env:
            env["ir.config_parameter"].set_param(HOSTS, hosts)

    yield allow
    allow("localhost")


def webhook(env, hook):
    return env["nshift.webhook"].browse(hook.id)


def test_an_address_inside_is_not_called_until_it_is_allowed(hook, allow):
    allow(False)
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.state, event.failure) == ("pending", "address")
        assert "under “Internal hosts”" in event.advice
        assert "not public" in event.error
        assert "127.0.0.1" not in event.error and "::1" not in event.error
        assert event.attempt_ids.address in ("127.0.0.1", "::1")
    assert hook.receiver.requests(hook.path) == []
    allow("127.0.0.0/8, ::1/128")
    with hook.shop.transaction() as env:
        webhook(env, hook).action_try_now()
    hook.deliver()
    assert hook.states() == ["delivered"]
    with hook.shop.transaction() as env:
        assert webhook(env, hook).internal_address in ("127.0.0.1", "::1")
        assert webhook(env, hook).is_internal


def test_both_secrets_sign_while_one_is_replaced(hook):
    old = hook.secret
    with hook.shop.transaction() as env:
        webhook(env, hook)._rotate_keys(24)
        new = secret_of(env, hook.id)
    assert new != old
    # the receiver, which knows the old one only, accepts it; so does one with the new
    hook.shop.order()
    hook.deliver()
    [request] = hook.arrived()
    assert request.fault is None
    assert Webhook(new).verify(request.body, request.headers)
    assert len(request.headers["webhook-signature"].split(" ")) == 2
    # the time is over, also if nothing has wiped the old one yet
    with hook.shop.transaction() as env:
        found = webhook(env, hook)
        found._write_health(replaced_until=found.replaced_until - timedelta(hours=25))
    hook.shop.order()
    hook.deliver()
    [_first, request] = hook.arrived()
    assert request.fault
    assert Webhook(new).verify(request.body, request.headers)
    assert len(request.headers["webhook-signature"].split(" ")) == 1


def test_a_secret_that_is_replaced_at_once_signs_no_more(hook):
    with hook.shop.transaction() as env:
        webhook(env, hook)._rotate_keys(0)
        new = secret_of(env, hook.id)
    hook.shop.order()
    hook.deliver()
    [request] = hook.arrived()
    assert request.fault
    assert Webhook(new).verify(request.body, request.headers)


def test_a_key_pair_signs_besides_the_secret(hook):
    hook.write(has_key_pair=True)
    with hook.shop.transaction() as env:
        public_key = webhook(env, hook).public_key
    hook.shop.order()
    hook.deliver()
    [request] = hook.arrived()
    assert request.fault is None
    [_secret, (version, signature)] = [
        each.split(",") for each in request.headers["webhook-signature"].split(" ")
    ]
    assert version == "v1a"
    signed = f"{request.message_id}.{request.headers['webhook-timestamp']}."
    Ed25519PublicKey.from_public_bytes(
        base64.b64decode(public_key.removeprefix("whpk_"))
    ).verify(base64.b64decode(signature), signed.encode() + request.body)


def test_headers_go_with_each_message_and_nowhere_else(hook):
    with hook.shop.transaction() as env:
        webhook(env, hook).header_ids = [
            (0, 0, {"name": "Authorization", "value": "Bearer s3cret"}),
            (0, 0, {"name": "X-Tenant", "value": "acme"}),
        ]
    hook.answers(answer(500, b"who are you"), answer(200))
    hook.shop.order()
    hook.deliver()
    hook.make_due()
    hook.deliver()
    for request in hook.arrived():
        assert request.headers["authorization"] == "Bearer s3cret"
        assert request.headers["x-tenant"] == "acme"
        assert request.fault is None
    with hook.shop.transaction() as env:
        for model in ("nshift.webhook.event", "nshift.webhook.attempt"):
            assert "s3cret" not in str(env[model].search([]).read())


def test_what_is_delivered_is_wiped(hook):
    hook.write(wipe_messages=True)
    hook.answers(answer(200, b"thanks"))
    hook.shop.order()
    hook.deliver()
    assert hook.states() == ["delivered"]
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.payload, event.is_wiped) == (False, True)
        assert event.attempt_ids.response_code == 200
        assert not event.attempt_ids.response_body


def test_the_configuration_file(hook, tmp_path, monkeypatch, caplog):
    """Its section has settings of several lines; one that is broken harms no job."""
    from odoo.tools import config

    from odoo.addons.nshift_webhooks.configuration import network

    path = tmp_path / "odoo.conf"
    monkeypatch.setitem(config.options, "config", str(path))
    path.write_text(
        "[nshift_webhooks]\nproxy = http://me:50%25@proxy.example:3128\n"
        "client_certificates =\n"
        "    api.example.com /etc/a.pem\n"
        "    # renewed each year\n"
        "    b.example.com /etc/b.pem /etc/b.key\n"
    )
    found = network()
    assert (found.proxy.host, found.proxy.port) == ("proxy.example", 3128)
    assert found.client_certificates == {
        "api.example.com": ("/etc/a.pem", None),
        "b.example.com": ("/etc/b.pem", "/etc/b.key"),
    }
    path.write_text("[nshift_webhooks]\nproxy = http://me:sesame@p:1\nproxy = x\n")
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.state, event.failure) == ("pending", "configuration")
        assert "sesame" not in event.error + caplog.text


def test_a_wrong_file_of_authorities(hook, tmp_path, monkeypatch, caplog):
    """It is told, harms only who needs it, and nothing is lost."""
    from odoo.tools import config

    authorities = tmp_path / "authorities.pem"
    authorities.write_text("nonsense")
    path = tmp_path / "odoo.conf"
    path.write_text(f"[nshift_webhooks]\nca_file = {authorities}\n")
    monkeypatch.setitem(config.options, "config", str(path))
    hook.shop.order()
    hook.deliver()
    with hook.shop.transaction() as env:
        event = env["nshift.webhook.event"].search([])
        assert (event.state, event.failure) == ("pending", "configuration")
        assert "ca_file" in event.error
        assert str(tmp_path) not in event.error
    assert f"{authorities} in the section [nshift_webhooks]" in caplog.text
    monkeypatch.undo()
    hook.make_due()
    hook.deliver()
    assert hook.states() == ["delivered"]
