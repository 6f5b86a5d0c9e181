"""Monitoring reads how webhooks are, from a server with several workers."""

import http.client
import json
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import psutil
import pytest
from playwright.sync_api import expect
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics,
)
from prometheus_client.parser import text_string_to_metric_families as parsed

from dev import product
from dev.receiver import answer

from .waiting import eventually

HEALTH, METRICS = ADDRESSES = "/webhooks/health", "/webhooks/metrics"
PARAMETER = "nshift_webhooks.monitoring_token"


def named(name, labels):
    return name, frozenset(labels.items())


class Answer:
    """What a server has answered."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read().decode()

    @property
    def samples(self):
        """The values by name and labels."""
        return {
            named(sample.name, sample.labels): sample.value
            for family in parsed(self.body)
            for sample in family.samples
        }


def get(shop, path, token=None, method="GET", **headers):
    """Ask on a connection of its own, which any worker may take."""
    host = urllib.parse.urlsplit(shop.odoo.url).netloc
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    if token:
        names["Authorization"] = f"Bearer {token}"
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request(method, path, headers=names)
        return Answer(connection.getresponse())
    finally:
        connection.close()


def make_token(shop):
    model = "nshift.webhook.monitoring.token"
    dialog = shop.api.create(model)
    return shop.api.call(model, "action_make", [dialog])["context"]["default_token"]


def switch_off(shop):
    model = "nshift.webhook.monitoring.token"
    shop.api.call(model, "action_switch_off", [shop.api.create(model)])


@pytest.fixture
def token(shop):
    yield make_token(shop)
    switch_off(shop)


def value(found, name, hook, **labels):
    """A figure of a webhook."""
    labels = {"webhook_id": str(hook.id), "webhook": hook.path} | labels
    return found.samples[named(f"nshift_webhooks_{name}", labels)]


def test_off(shop):
    for path in ADDRESSES:
        assert get(shop, path).status == 404
        assert get(shop, path, "anything").status == 404


def test_off_again(shop):
    token = make_token(shop)
    assert get(shop, METRICS, token).status == 200
    switch_off(shop)
    for path in ADDRESSES:
        assert get(shop, path, token).status == 404


def test_doors(shop, token):
    """No token, a wrong one, or one in the address opens nothing."""
    for path in ADDRESSES:
        for headers in (
            {},
            {"Authorization": ""},
            {"Authorization": "Bearer"},
            {"Authorization": token},
            {"Authorization": f"Basic {token}"},
            {"Authorization": f"Bearer {token[:-1]}"},
            {"Authorization": f"Bearer {token}{'x' * 20_000}"},
            {"Authorization": "Bearer ü".encode()},
            {"Cookie": f"token={token}"},
            {"X_Api_Key": token},
        ):
            refused = get(shop, path, **headers)
            assert (refused.status, refused.body) == (401, ""), headers
            assert refused.headers["WWW-Authenticate"].startswith("Bearer")
            assert "Set-Cookie" not in refused.headers
        for name in ("token", "access_token", "Authorization"):
            assert get(shop, f"{path}?{name}={token}").status == 401
        for method in ("POST", "PUT", "DELETE"):
            assert get(shop, path, token, method=method).status == 405
        assert get(shop, path, token, method="HEAD").status == 200


def test_replaced(shop, token):
    new = make_token(shop)
    # whichever worker answers
    for _request in range(6):
        assert get(shop, HEALTH, token).status == 401
        assert get(shop, HEALTH, new).status == 200


def test_database(shop, token):
    """A header may name the database, and no other than the filter lets through."""
    own = shop.odoo.database.name
    assert get(shop, HEALTH, token, X_Odoo_Database=own).status == 200
    assert get(shop, HEALTH, token, X_Odoo_Database="other").status == 404


def test_answer(shop, token):
    """Nothing is kept of it, and no session is made."""
    for path, media_type in (
        (HEALTH, "application/json"),
        (METRICS, "text/plain; version=0.0.4; charset=utf-8"),
    ):
        found = get(shop, path, token)
        assert found.status == 200
        assert found.headers["Content-Type"] == media_type
        assert found.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in found.headers


def test_sound(shop, token):
    hook = shop.hook(answers=[answer(500)])
    shop.order()
    shop.settled(hook)
    found = get(shop, HEALTH, token)
    told = json.loads(found.body)
    assert (found.status, told["status"], told["reasons"]) == (200, "ok", [])
    assert told["job_runner_seen"]
    [webhook] = told["webhooks"]
    assert webhook == {
        "id": hook.id,
        "name": hook.path,
        "health": "working",
        "waiting": 0,
        "oldest_waiting_seconds": None,
    }


def test_same_from_each_worker(shop, token):
    """What several workers have counted is in one database, and none tells less."""
    hook = shop.hook(answers=[answer(500), answer(404)])
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: shop.order(), range(8)))
    shop.settled(hook, 8)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: get(shop, METRICS, token), range(24)))
    for each in found:
        assert value(each, "delivered_total", hook) == 8
        assert value(each, "attempts_total", hook, **{"class": "5xx"}) == 1
        assert value(each, "attempts_total", hook, **{"class": "4xx"}) == 1
        assert value(each, "duration_seconds_count", hook) == 10
        assert value(each, "failed_total", hook) == 0
        assert value(each, "waiting", hook) == 0


def test_openmetrics(shop, token):
    shop.hook()
    accept = "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.4"
    found = get(shop, METRICS, token, Accept=accept)
    assert found.headers["Content-Type"].startswith("application/openmetrics-text")
    names = {family.name for family in openmetrics(found.body)}
    assert names >= {"nshift_webhooks_delivered", "nshift_webhooks_duration_seconds"}


def test_overdue(shop, token):
    """The address says what the banner says, and is well again when all is."""
    shop.set_schedule("cron_deliver_overdue", False)
    try:
        found = get(shop, HEALTH, token)
        [reason] = json.loads(found.body)["reasons"]
        assert (found.status, reason["code"]) == (503, "schedule")
        banner = shop.api.call("nshift.webhook.runner", "get_trouble")
        assert "is not run" in banner
        overdue = named("nshift_webhooks_overdue", {"reason": "schedule"})
        metrics = get(shop, METRICS, token)
        assert (metrics.status, metrics.samples[overdue]) == (200, 1)
    finally:
        shop.set_schedule("cron_deliver_overdue", True)
    assert get(shop, HEALTH, token).status == 200


def test_nothing_secret(shop, token):
    """Neither the answers nor Odoo's log have the token, a URL or a secret."""
    hook = shop.hook()
    shop.order()
    shop.settled(hook)
    told = [get(shop, path, token).body for path in ADDRESSES]
    get(shop, METRICS, f"{token}x")
    log = shop.odoo.log.read_text(errors="replace")
    for secret in (token, hook.secret, shop.receiver.url(hook.path)):
        assert not any(secret in text for text in told)
    assert token not in log
    kept = shop.execute(
        "SELECT value FROM ir_config_parameter WHERE key = %s", PARAMETER
    )
    assert token not in str(kept)


def test_line_at_start(shop):
    """It is in the log once, though there are several workers."""
    # other tests may have started the server before
    started = psutil.Process(shop.odoo.process.pid).create_time()
    since = f"{datetime.fromtimestamp(started, timezone.utc):%Y-%m-%d %H:%M:%S}"
    lines = [
        line
        for line in shop.odoo.log.read_text(errors="replace").splitlines()
        if f"Webhooks of {shop.odoo.database.name}: " in line and line >= since
    ]
    [line] = lines
    assert " INFO " in line and "All is as it should be" in line


def test_token_in_settings(shop, log_in, shoot):
    """A system administrator makes a token, sees it once, and switches it off."""
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhook-settings")
    words = page.locator("[name=nshift_webhook_monitoring_words]")
    expect(words).to_contain_text("Off: nobody can read them.")
    page.get_by_role("button", name="Token").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It opens nothing else")
    shoot(page, "asked")
    dialog.get_by_role("button", name="Make token").click()
    expect(dialog).to_contain_text("It is not shown again.")
    shown = dialog.locator("[name=token]").inner_text().split()[0]
    shoot(page, "shown")
    assert get(shop, HEALTH, shown).status == 200
    dialog.get_by_role("button", name="Close", exact=True).last.click()
    expect(words).to_contain_text("/webhooks/metrics")
    words.scroll_into_view_if_needed()
    shoot(page, "on")
    page.get_by_role("button", name="Token").click()
    expect(dialog).to_contain_text("There is a token")
    dialog.get_by_role("button", name="Switch off").click()
    expect(words).to_contain_text("Off")
    eventually(lambda: get(shop, HEALTH, shown).status == 404)
