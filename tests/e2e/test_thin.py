"""A thin message leads to the whole one, for whoever has the webhook's key."""

import json
import urllib.request


def test_link(shop):
    hook = shop.hook(thin_messages=True)
    shop.order()
    [event] = shop.settled(hook)
    [request] = shop.receiver.wait_for(1, hook.path)
    assert request.body == event["thin_payload"].encode()
    made = shop.api.call("nshift.webhook", "make_catch_up_key", [hook.id])
    asked = urllib.request.Request(
        request.message["data"]["link"],
        json.dumps({"message_id": request.message_id}).encode(),
        {
            "Authorization": f"bearer {made['key']}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(asked, timeout=60) as answer:
        whole = json.load(answer)["body"]
    assert whole == event["payload"]
    assert json.loads(whole)["data"]["order"]["lines"]
