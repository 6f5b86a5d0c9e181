"""Messages that are sent in another form than whole, over real HTTPS."""

import json

from dev.receiver import answer


def sent(hook):
    """The (whole, thin) messages of the log, oldest first."""
    with hook.shop.transaction() as env:
        events = env["nshift.webhook.event"].search([], order="id")
        return [(event.payload, event.thin_payload) for event in events]


def test_thin(hook):
    """Each attempt sends the bytes of the one before, whatever is set meanwhile."""
    hook.write(thin_messages=True)
    order_id = hook.shop.order()
    hook.answers(answer(500), answer(500), answer(200))
    hook.deliver()
    hook.write(thin_messages=False)
    hook.make_due()
    hook.deliver()
    with hook.shop.transaction() as env:
        env["ir.config_parameter"].set_param("web.base.url", "https://new.example")
        event = env["nshift.webhook.event"].search([("state", "=", "pending")])
        event.action_send_again()
    hook.deliver()
    first, second, third = hook.arrived()
    assert first.body == second.body == third.body
    assert [request.fault for request in (first, second, third)] == [None] * 3
    [(whole, thin)] = sent(hook)
    assert first.body == thin.encode()
    assert json.loads(whole)["data"]["order"]["lines"]
    data = first.message["data"]
    assert (data["order"]["id"], data["sequence"]) == (order_id, 1)
    assert first.headers["webhook-type"] == first.message["type"] == "order.created"
    assert first.headers["webhook-api-version"] == first.message["api_version"]
    # from now on
    hook.shop.order()
    hook.deliver()
    assert hook.arrived()[-1].message["data"]["order"]["lines"]
    assert "webhook-environment" not in first.headers


def test_current_state(hook):
    """Of the current state, too, and of what is built later."""
    hook.told_of("order.updated")
    hook.write(thin_messages=True)
    order_id = hook.shop.order()
    with hook.shop.transaction() as env:
        env["sale.order"].browse(order_id).client_order_ref = "changed"
    hook.deliver()
    [request] = hook.arrived()
    assert set(request.message["data"]) == {"order", "reason", "sequence", "link"}


def test_compressed(hook):
    """What is large is compressed, and its signature that of the log's message."""
    hook.write(compress_messages=True)
    with hook.shop.transaction() as env:
        env["ir.config_parameter"].set_param("nshift_webhooks.environment", "staging")
    hook.shop.order()
    hook.shop.order(note="<p>" + "Ærø " * 5000 + "</p>")
    hook.deliver()
    small, large = sorted(hook.arrived(), key=lambda request: len(request.body))
    assert (small.fault, large.fault) == (None, None)
    assert "content-encoding" not in small.headers
    assert large.headers["content-encoding"] == "gzip"
    assert large.headers["webhook-environment"] == "staging"
    assert int(large.headers["content-length"]) < len(large.body) / 5
    assert {small.body, large.body} == {whole.encode() for whole, _thin in sent(hook)}
