"""From a change of an order to the endpoint and back, through real processes."""

import itertools
import json
import time

import pytest
import requests

from dev import paths, ports, product
from dev.api import ApiError
from dev.receiver import Receiver, answer, drop, endless_body

from ..under_way import counted
from .waiting import eventually

# One pixel, as the portal's signature pad sends it.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


def test_an_order_arrives_signed_as_the_bytes_that_odoo_shows(shop):
    hook = shop.hook()
    before = time.time()
    order = shop.order(client_order_ref="Größe 5 & “more”")
    [request] = shop.receiver.wait_for(1, hook.path)

    assert request.fault is None
    assert request.headers["content-type"] == "application/json"
    assert before - 1 <= int(request.headers["webhook-timestamp"]) <= time.time()
    [event] = shop.settled(hook)
    assert request.body == event["payload"].encode()
    assert request.message_id == event["message_id"] == request.message["id"]
    assert request.message["type"] == "order.created"
    told = request.message["data"]["order"]
    assert told["name"] == shop.api.read("sale.order", order, "name")["name"]
    assert told["customer_reference"] == "Größe 5 & “more”"

    assert (event["state"], event["response_code"]) == ("delivered", 200)
    assert (event["attempt_count"], event["next_attempt_at"]) == (1, False)
    [attempt] = shop.attempts(event)
    assert event["last_attempt_at"] == attempt["attempted_at"]


def test_each_kind_of_event_arrives(shop):
    hooks = [
        shop.hook(event)
        for event in (
            "order.created",
            "order.updated",
            "order.deleted",
            "shipment.created",
        )
    ]
    kept, deleted = shop.order(), shop.order()
    shop.api.call("sale.order", "action_confirm", [kept])
    shop.api.unlink("sale.order", deleted)
    names = [
        [
            (each.message["type"], sorted(each.message["data"]))
            for each in shop.receiver.wait_for(count, hook.path)
        ]
        for hook, count in zip(hooks, (2, 1, 1, 1), strict=True)
    ]
    assert names == [
        [("order.created", ["order", "reason", "sequence"])] * 2,
        [("order.updated", ["order", "previous", "reason", "sequence"])],
        [("order.deleted", ["order", "reason", "sequence"])],
        [("shipment.created", ["reason", "sequence", "shipment"])],
    ]


@pytest.mark.parametrize("event", ["order.created", "shipment.created"])
def test_the_example_in_the_documentation_has_what_a_message_has(shop, event):
    hook = shop.hook(event)
    channel = shop.api.create("sale.channel", name=event)
    carrier = shop.api.ref("delivery.free_delivery_carrier")
    # with the company's tax, as the demo's
    product_id = shop.api.create("product.product", name="Chair")
    order = shop.order(
        sale_channel_id=channel,
        carrier_id=carrier,
        order_line=[(0, 0, {"product_id": product_id})],
    )
    shop.api.call("sale.order", "action_confirm", [order])
    [request] = shop.receiver.wait_for(1, hook.path)
    example = paths.ADDON / "contract" / "examples" / f"{event}.json"
    assert alike(request.message, json.loads(example.read_text()))


def test_the_example_of_an_update_has_what_an_update_has(shop):
    hook = shop.hook("order.updated")
    product_id = shop.api.create("product.product", name="Chair")
    order = shop.order(
        sale_channel_id=shop.api.create("sale.channel", name="example"),
        carrier_id=shop.api.ref("delivery.free_delivery_carrier"),
        order_line=[(0, 0, {"product_id": product_id})],
    )
    shop.api.write("sale.order", order, client_order_ref="PO-1042")
    [request] = shop.receiver.wait_for(1, hook.path)
    example = paths.ADDON / "contract" / "examples" / "order.updated.json"
    told, shown = (
        {name: value for name, value in message["data"].items() if name != "previous"}
        for message in (request.message, json.loads(example.read_text()))
    )
    assert alike(told, shown)
    assert request.message["data"]["previous"] == {"customer_reference": None}


def alike(one, other):
    """Whether two messages have the same properties where both have something."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            alike(part, other[name]) for name, part in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return all(alike(each, part) for each in one for part in other)
    # null, or a value
    return not (isinstance(one, list) or isinstance(other, list))


def test_a_retry_carries_the_same_id_and_the_same_bytes(shop):
    shop.retry_after(2)
    hook = shop.hook(answers=[answer(500, b"Out of paper")])
    order = shop.order()
    shop.receiver.wait_for(1, hook.path)
    # the retry still tells what was true when it happened
    shop.api.write("sale.order", order, client_order_ref="later")
    first, second = shop.receiver.wait_for(2, hook.path)

    assert (first.status, second.status) == (500, 200)
    assert first.fault is second.fault is None
    assert first.message_id == second.message_id
    assert first.body == second.body
    # Odoo keeps times in whole seconds
    assert second.received_at - first.received_at > 0.9
    [event] = shop.settled(hook)
    assert (event["state"], event["response_code"]) == ("delivered", 200)
    assert event["attempt_count"] == 2
    assert [
        (each["response_code"], each["response_body"] or "", each["failure"])
        for each in shop.attempts(event)
    ] == [(500, "Out of paper", "status"), (200, "", False)]


def test_many_slow_endpoints(shop):
    """16 webhooks of 16 requests at a time, within a worker's memory limit."""
    most = []
    slow = counted(answer(200, delay=6), most)
    hooks = [shop.hook(answers=[slow] * 16, parallel_requests=16) for _ in range(16)]
    values = [shop.order_values()] * 16
    shop.api.call("sale.order", "create", vals_list=values)
    for hook in hooks:
        assert [
            (event["state"], event["attempt_count"]) for event in shop.settled(hook, 16)
        ] == [("delivered", 1)] * 16
    assert max(most) > 200
    assert "start new thread" not in shop.odoo.log.read_text(errors="replace")


def test_an_event_has_failed_after_the_last_delay(shop):
    shop.retry_after(1, 1)
    hook = shop.hook(answers=itertools.repeat(answer(503)))
    shop.order()
    [event] = shop.settled(hook)
    assert (event["state"], event["response_code"]) == ("failed", 503)
    assert (event["attempt_count"], event["next_attempt_at"]) == (3, False)
    shown = shop.api.read("nshift.webhook", hook.id, "last_delivery")
    assert shown["last_delivery"] == "failed"
    time.sleep(2)
    assert len(shop.receiver.requests(hook.path)) == 3


def test_a_failed_event_is_sent_again_under_its_id(shop):
    shop.retry_after(1)
    hook = shop.hook(answers=[answer(500), answer(500)])
    shop.order()
    [event] = shop.settled(hook)
    assert event["state"] == "failed"
    shop.api.call("nshift.webhook.event", "action_send_again", [event["id"]])
    attempts = shop.receiver.wait_for(3, hook.path)
    assert len({(each.message_id, each.body) for each in attempts}) == 1
    [event] = shop.settled(hook)
    assert (event["state"], event["attempt_count"]) == ("delivered", 3)


def test_a_wrong_secret_is_refused(shop):
    hook, other = shop.hook(), shop.hook("order.updated")
    shop.receiver.register(hook.path, other.secret)
    shop.order()
    [request, *_] = shop.receiver.wait_for(1, hook.path)
    assert request.fault == "No matching signature found"
    assert request.status == 401
    eventually(lambda: shop.events(hook)[0]["response_code"] == 401)


def test_a_redirect_is_not_followed(shop):
    shop.retry_after(1)
    elsewhere = shop.hook("order.updated")
    location = shop.receiver.url(elsewhere.path)
    hook = shop.hook(answers=itertools.repeat(answer(307, Location=location)))
    shop.order()
    [event] = shop.settled(hook)
    assert (event["state"], event["failure"]) == ("failed", "redirect")
    assert (event["response_code"], event["error"]) == (307, location)
    assert shop.receiver.requests(elsewhere.path) == []


def test_an_endpoint_that_is_down_gets_its_events_when_it_is_back(shop):
    shop.retry_after(*[1] * 20)
    with Receiver(ports.free_port()) as late:
        url = late.url("/late")
        late.stop()
        hook = shop.hook(url=url)
        shop.order()
        eventually(lambda: shop.events(hook)[0]["failure"] == "connection")
        late.register("/late", hook.secret)
        late.start()
        late.wait_for(1)
    [event] = shop.settled(hook)
    assert event["state"] == "delivered"
    attempts = shop.attempts(event)
    assert [each["failure"] for each in attempts[:-1]] == ["connection"] * (
        event["attempt_count"] - 1
    )


def test_a_connection_that_breaks_off_is_tried_again(shop):
    hook = shop.hook(answers=[drop])
    shop.order()
    [event] = shop.settled(hook)
    first, second = shop.attempts(event)
    assert (first["failure"], first["response_code"]) == ("broken", 0)
    assert (second["failure"], second["response_code"]) == (False, 200)


def test_an_endless_answer_is_cut_off(shop):
    hook = shop.hook(answers=[endless_body])
    shop.order()
    [event] = shop.settled(hook)
    [attempt] = shop.attempts(event)
    assert (event["state"], attempt["response_code"]) == ("delivered", 200)
    assert len(attempt["response_body"]) == 2048


def test_a_slow_endpoint_holds_up_no_other_webhook_and_is_tried_again(shop):
    slow = shop.hook(answers=[answer(200, delay=20)])
    quick = shop.hook()
    shop.order()
    shop.receiver.wait_for(1, quick.path)
    [event] = shop.events(slow)
    assert shop.attempts(event) == [], "the slow one's request is still on its way"
    [event] = shop.settled(slow)
    assert event["state"] == "delivered"
    first, second = shop.attempts(event)
    assert (first["failure"], second["response_code"]) == ("timeout", 200)


def test_what_is_rolled_back_is_not_told(shop):
    hook = shop.hook()
    updated = shop.hook("order.updated")
    order = shop.order()
    shop.receiver.wait_for(1, hook.path)
    # the second of the two cannot be saved, so neither is
    broken = shop.order_values(partner_id=False)
    with pytest.raises(ApiError):
        shop.api.call("sale.order", "create", vals_list=[shop.order_values(), broken])
    with pytest.raises(ApiError):
        shop.api.write("sale.order", order, client_order_ref="never", partner_id=False)
    last = shop.order()
    name = shop.api.read("sale.order", last, "name")["name"]
    second = shop.receiver.wait_for(2, hook.path)[1]
    assert second.message["data"]["order"]["name"] == name
    assert len(shop.settled(hook)) == 2
    assert shop.events(updated) == []


def test_one_order_waits_for_its_retry_and_no_other_does(shop):
    shop.retry_after(3)
    hook = shop.hook("order.updated", answers=[answer(500)])
    troubled, other = shop.order(), shop.order()
    shop.api.write("sale.order", troubled, client_order_ref="one")
    shop.receiver.wait_for(1, hook.path)
    shop.api.write("sale.order", troubled, client_order_ref="two")
    shop.api.write("sale.order", other, client_order_ref="other")
    arrived = [
        (each.message["data"]["order"]["customer_reference"], each.status)
        for each in shop.receiver.wait_for(4, hook.path)
    ]
    assert arrived == [("one", 500), ("other", 200), ("one", 200), ("two", 200)]


def test_a_webhook_for_one_channel_hears_of_no_other(shop):
    mine = shop.api.create("sale.channel", name="Mine")
    theirs = shop.api.create("sale.channel", name="Theirs")
    hook = shop.hook(sale_channel_ids=[mine])
    every = shop.hook()
    for channel in (theirs, False, mine):
        shop.order(sale_channel_id=channel)

    def channels(requests):
        told = [each.message["data"]["order"]["channel"] for each in requests]
        return [channel and channel["name"] for channel in told]

    # several orders are sent at a time
    told = channels(shop.receiver.wait_for(3, every.path))
    assert sorted(told, key=str) == ["Mine", None, "Theirs"]
    assert len(shop.settled(hook)) == 1
    assert channels(shop.receiver.wait_for(1, hook.path)) == ["Mine"]


def test_an_archived_webhook_is_silent(shop):
    hook = shop.hook(active=False)
    witness = shop.hook()
    shop.order()
    shop.receiver.wait_for(1, witness.path)
    assert shop.events(hook) == []


def test_orders_of_a_user_who_sees_no_webhook_are_told(shop):
    hook = shop.hook()
    shop.api.create(
        "res.users",
        name="Sales person",
        login="sales",
        password="sales-password",
        group_ids=[shop.api.ref("sales_team.group_sale_salesman")],
    )
    sales = product.sign_in(shop.odoo, "sales", "sales-password")
    with pytest.raises(ApiError) as refusal:
        sales.search("nshift.webhook", [], "name")
    assert refusal.value.status == 403
    order = sales.create("sale.order", **shop.order_values())
    [request] = shop.receiver.wait_for(1, hook.path)
    told = request.message["data"]["order"]
    assert (told["id"], told["salesperson"]) == (order, "Sales person")


def test_a_customer_who_signs_in_the_portal_is_told_as_an_update(shop):
    hook = shop.hook("order.updated")
    shipments = shop.hook("shipment.created")
    order = shop.order(require_signature=True, require_payment=False)
    shop.api.call("sale.order", "action_quotation_sent", [order])
    shop.receiver.wait_for(1, hook.path)
    # the link that the customer gets by e-mail; nobody is logged in
    link = shop.api.call("sale.order", "get_portal_url", [order])
    path, _, query = link.partition("?")
    token = dict(pair.split("=") for pair in query.split("&"))["access_token"]
    answered = requests.post(
        f"{shop.odoo.url}{path}/accept",
        json={
            "params": {
                "access_token": token,
                "name": "Customer",
                "signature": SIGNATURE,
            }
        },
        timeout=60,
    ).json()
    assert answered["result"]["force_refresh"] is True
    told = shop.receiver.wait_for(2, hook.path)[-1].message["data"]["order"]
    assert (told["id"], told["state"]) == (order, "sale")
    [shipment] = shop.receiver.wait_for(1, shipments.path)
    assert shipment.message["data"]["shipment"]["orders"][0]["id"] == order
