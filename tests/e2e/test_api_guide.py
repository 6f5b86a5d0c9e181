"""The code of docs/API.md runs as it stands there, against a real Odoo."""

import base64
import json
import re
import subprocess

import pytest

from dev import paths

from .test_rpc import client
from .waiting import eventually

__all__ = ["client"]

ANY_SECRET = "whsec_" + base64.b64encode(bytes(24)).decode()
GUIDE = paths.ROOT / "docs" / "API.md"


def blocks(section, language="python"):
    """Return the code of a section, by the words in bold or the text before it."""
    text = GUIDE.read_text(encoding="utf-8")
    [part] = [part for part in text.split("\n## ") if part.startswith(section)]
    return re.findall(rf"```{language}\n(.*?)```", part, re.DOTALL)


class Page:
    """A section whose code is run block by block, in one namespace."""

    def __init__(self, section):
        self._blocks = blocks(section)
        self.names = {"__name__": section}

    def run(self, word):
        """Run the next block, in which a word is: so that none is left out."""
        code = self._blocks.pop(0)
        assert word in code, code
        exec(compile(code, str(GUIDE), "exec"), self.names)  # noqa: S102
        return self.names

    def end(self):
        assert not self._blocks


@pytest.fixture
def environment(shop, monkeypatch):
    monkeypatch.setenv("ODOO_URL", shop.odoo.url)
    # straight to the server: a proxy of the machine is for other hosts
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    return monkeypatch


def test_catching_up(shop, environment):
    hook = shop.hook("order.created", "order.updated", answers=[503] * 9)
    key = shop.api.call("nshift.webhook", "make_catch_up_key", [hook.id])["key"]
    environment.setenv("RECEIVER_KEY", key)
    order_id = shop.order()
    shop.api.write("sale.order", order_id, client_order_ref="changed")
    page = Page("Catching up")
    page.run("def catch_up")
    names = page.run("known = {}")
    told = [event["payload"] for event in shop.events(hook)]
    assert list(names["known"].values()) == [json.loads(each) for each in told]
    shop.order()
    seen = []
    names["catch_up"](names["cursor"], seen.append)
    assert [each["type"] for each in seen] == ["order.created"]
    page.run("read_message")
    page.end()


def test_catching_up_by_hand(shop, environment):
    hook = shop.hook()
    key = shop.api.call("nshift.webhook", "make_catch_up_key", [hook.id])["key"]
    environment.setenv("RECEIVER_KEY", key)
    shop.order()
    [command] = blocks("Catching up", "sh")
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, check=True, timeout=60
    )
    [message] = json.loads(done.stdout)["messages"]
    [event] = shop.events(hook)
    assert message["body"] == event["payload"]


def test_managing(shop, client, environment):
    manager = client(
        "guidemanager",
        "nshift_webhooks.group_webhook_manager",
        "sales_team.group_sale_salesman_all_leads",
    )
    environment.setenv("MANAGER_KEY", manager.key)
    path = "/endpoint/guide"
    environment.setenv("RECEIVER_URL", shop.receiver.url(path))
    shop.receiver.register(path, ANY_SECRET, verifies=False)
    order_id = shop.order()
    page = Page("Managing webhooks")
    page.run("def call")
    webhook = page.run("vals_list")["webhook"]

    def now(*fields):
        return shop.api.read("nshift.webhook", webhook, *fields)

    assert now("name")["name"] == "ERP"
    secret = page.run("def secret")["first_secret"]
    assert secret == shop.api.secret(webhook)
    result = page.run("nshift.webhook.trial")["result"]
    assert (result["is_good"], result["response_code"]) == (True, 200), result
    state = page.run("action_pause")["state"]
    assert state == {"id": webhook, "status": "paused", "waiting_count": 0}
    assert now("name", "status") == {
        "id": webhook,
        "name": "ERP, orders",
        "status": "working",
    }
    assert page.run("action_rotate")["second_secret"] != secret
    assert now("replaced_until")["replaced_until"]

    def delivered(count):
        def arrived():
            events = shop.api.search(
                "nshift.webhook.event", [("webhook_id", "=", webhook)], "state"
            )
            states = [event["state"] for event in events]
            return states == ["delivered"] * count

        eventually(arrived)

    shop.api.write("sale.order", order_id, client_order_ref="1")
    delivered(1)
    names = page.run("action_send_again")
    assert len(names["events"]) == 1
    assert names["asked"] is None
    delivered(1)
    shop.api.write("sale.order", order_id, client_order_ref="2")
    delivered(2)
    progress = page.run("load.dialog")["progress"]
    assert progress["load_text"]
    made = page.run("make_catch_up_key")["made"]
    assert made["expires_at"].endswith("Z")
    assert not now("catch_up_until")["catch_up_until"]
    page.run("action_delete")
    domain = [("id", "=", webhook), ("active", "in", [True, False])]
    assert not shop.api.search("nshift.webhook", domain, "id")
    page.end()


def test_old_messages_are_asked_about(shop, client, environment):
    """The question is answered as the guide says."""
    hook = shop.hook("order.created", "order.updated")
    order_id = shop.order()
    shop.api.write("sale.order", order_id, client_order_ref="changed")
    shop.settled(hook, 2)
    manager = client("guideasked", "nshift_webhooks.group_webhook_manager")
    environment.setenv("MANAGER_KEY", manager.key)
    page = Page("Managing webhooks")
    names = page.run("def call")
    names["webhook"] = hook.id
    code = next(each for each in blocks("Managing") if "action_send_again" in each)
    code = code.replace("limit=100", "limit=1")
    exec(compile(code, str(GUIDE), "exec"), names)  # noqa: S102
    assert names["asked"]["res_model"] == "nshift.webhook.resend"
    eventually(lambda: len(shop.events(hook)) == 3)
    assert json.loads(shop.events(hook)[-1]["payload"])["data"]["reason"] == (
        "current state"
    )


def test_errors_say_what_to_do(shop, client, environment):
    hook = shop.hook()
    manager = client("guideerrors", "nshift_webhooks.group_webhook_manager")
    environment.setenv("MANAGER_KEY", manager.key)
    call = Page("Managing webhooks").run("def call")["call"]
    for model, method, ids, arguments, said in (
        ("", "write", [hook.id], {"vals": {"url": "http://x.example"}}, "422: .*https"),
        ("", "make_catch_up_key", [hook.id], {"days": 0}, "422: .*1 to 365"),
        ("", "action_pause", [10**6], {}, "404: .*does not exist"),
        ("", "no_such_method", [hook.id], {}, "404: .*no_such_method"),
        ("", "_rotate_keys", [hook.id], {}, "403: .*rivate"),
        (".health", "search_read", [], {"domain": []}, "403: .*not allowed"),
        (".nothing", "search_read", [], {"domain": []}, "404: .*nothing"),
    ):
        with pytest.raises(RuntimeError, match=f"(?is){said}"):
            pytest.fail(f"{call(f'nshift.webhook{model}', method, ids, **arguments)}")
    enable = call(
        "nshift.webhook.enable", "create", vals_list=[{"webhook_id": hook.id}]
    )
    with pytest.raises(RuntimeError, match="422: .*neither paused nor stopped"):
        call("nshift.webhook.enable", "action_send", enable)
    environment.setenv("MANAGER_KEY", "wrong")
    call = Page("Managing webhooks").run("def call")["call"]
    with pytest.raises(RuntimeError, match="401: "):
        call("nshift.webhook", "search", domain=[])
