"""What tests of the current state do with it."""

import json

import pytest

from .conftest import as_told


def send(shop, webhook_id, **chosen):
    """Have a webhook's current state sent: recorded by the scheduled action, see run.

    :param chosen: ``since``, or ``chosen``: ids by model
    """
    with shop.transaction() as env:
        return env["nshift.webhook"].browse(webhook_id)._send_current_state(**chosen)


def run(shop):
    """Run the scheduled action, once."""
    with shop.transaction() as env:
        env["nshift.webhook.load"]._run()


def later(shop):
    """Let the time pass until what was put off is tried again, and run the action."""
    with shop.transaction() as env:
        env.cr.execute(
            "UPDATE nshift_webhook_load_part SET next_at = next_at - interval '1 hour'"
        )
    run(shop)


def load_of(shop, webhook_id):
    """Return (state, total, looked at, told, failed) of a webhook's latest load."""
    with shop.transaction() as env:
        load = env["nshift.webhook"].browse(webhook_id)._latest_load()
        return (
            load.state,
            load.total,
            load.done_count,
            load.told_count,
            load.failed_count,
        )


def messages(shop, webhook_id=None):
    """Return the messages in the log, the oldest first."""
    domain = [("webhook_id", "=", webhook_id)] if webhook_id else []
    with shop.transaction() as env:
        events = env["nshift.webhook.event"].search(domain, order="id")
        return [json.loads(event.payload) for event in events if event.payload]


def check_faithful(shop, webhook_id):
    """Check that no older state comes after a newer one, and that the last is right."""
    last, numbers = {}, {}
    for message in messages(shop, webhook_id):
        data = message["data"]
        id_ = data["order"]["id"]
        assert data["sequence"] > numbers.get(id_, 0), "in the order of the log"
        numbers[id_] = data["sequence"]
        last[id_] = data["order"]
    with shop.transaction() as env:
        for id_, told in last.items():
            order = env["sale.order"].browse(id_)
            assert told == as_told(order)["order"]
    return last


@pytest.fixture(autouse=True)
def no_older_orders(shop):
    """Whatever other tests have left is not what a webhook is for."""
    with shop.transaction() as env:
        channel = env["sale.channel"].create({"name": "Tests of the current state"})
    shop.channel = channel.id


def follow(shop, event="order.updated", **values):
    return shop.webhook(event, sale_channel_ids=[(4, shop.channel)], **values)


def orders(shop, count=3, **values):
    return [
        shop.order(sale_channel_id=shop.channel, **values) for _number in range(count)
    ]


def told_ids(shop, webhook_id, subject="order"):
    return [each["data"][subject]["id"] for each in messages(shop, webhook_id)]


def parts_of(monkeypatch, count):
    from odoo.addons.nshift_webhooks.models import nshift_webhook_load

    monkeypatch.setattr(nshift_webhook_load, "BATCH", count)
