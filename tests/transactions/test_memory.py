"""However much waits, a delivery job has few bytes of it in memory."""

from .hook import Hook

WEBHOOKS = 20
MESSAGES = 8
BYTES = 1_000_000


def test_large_messages(hook, monkeypatch):
    """Of 160 MB, no more is in memory than all webhooks share, and all arrives."""
    from odoo.addons.nshift_webhooks.delivery.dispatcher import (
        MOST_BYTES,
        OWN_BYTES,
        SHARED_BYTES,
    )
    from odoo.addons.nshift_webhooks.store import Store

    hooks = [hook] + [
        Hook(hook.shop, hook.receiver, "order.created") for _ in range(WEBHOOKS - 1)
    ]
    for _ in range(MESSAGES):
        hook.shop.order()
    with hook.shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_event SET payload = "
            "jsonb_set(payload::jsonb, '{data,order,filling}', "
            "to_jsonb(repeat('x', %s)))::text, payload_size = %s",
            (BYTES, BYTES),
        )
    lanes, sizes = {}, []
    refill = Store.refill

    def watched(store, lane):
        refill(store, lane)
        lanes[lane.webhook_id] = lane
        sizes.append([each.size for each in lanes.values()])

    monkeypatch.setattr(Store, "refill", watched)
    hook.deliver()
    assert {state for each in hooks for state in each.states()} == {"delivered"}
    assert max(map(sum, sizes)) <= SHARED_BYTES + WEBHOOKS * OWN_BYTES
    assert max(map(max, sizes)) <= MOST_BYTES
    assert all(len(each.arrived()) == MESSAGES for each in hooks)
