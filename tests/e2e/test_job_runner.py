"""Real servers whose job runner does not do its work: they send, and say so."""

import contextlib
import re
import time

import psutil
import requests
from playwright.sync_api import expect

from dev import browser, odoo_config, paths, postgres, template
from dev.product import LOGIN, PASSWORD, wait_for_job_runner

from ..passing_time import pass_time
from .waiting import eventually

CHANNEL = "root.nshift_webhooks"
LONG_JOB_S = 600
SCHEDULED = (
    "id = (SELECT res_id FROM ir_model_data WHERE module = 'nshift_webhooks' "
    "AND name = 'cron_deliver_overdue')"
)


def pass_minute(shop):
    """Let a minute pass, and the scheduled action run."""
    database = shop.odoo.database
    with contextlib.closing(database.connection.connect(database.name)) as connection:
        pass_time(connection.cursor, minutes=1, seconds=5)
    shop.execute(
        "UPDATE ir_cron SET lastcall = NULL, "
        "nextcall = now() AT TIME ZONE 'UTC' - INTERVAL '1 second' "
        f"WHERE {SCHEDULED}",
    )

    def has_run():
        # a worker that has just started may have missed the last one
        database.connection.execute(
            "SELECT pg_notify('cron_trigger', %s)", database.name
        )
        return shop.execute(
            f"SELECT id FROM ir_cron WHERE {SCHEDULED} AND lastcall IS NOT NULL"
        )

    eventually(has_run, timeout=60)


def waiting(shop):
    """The addon's jobs that are not done."""
    return shop.execute(
        "SELECT id FROM queue_job WHERE channel = %s "
        "AND state IN ('pending', 'enqueued', 'started')",
        CHANNEL,
    )


def trouble(shop):
    return shop.api.call("nshift.webhook.runner", "get_trouble")


def activities(shop):
    return shop.api.search(
        "mail.activity", [("res_model", "=", "nshift.webhook")], "summary"
    )


def check_sent_late(shop, cause):
    """An order is sent by the scheduled action, and managers are told why.

    :param cause: what they are told
    """
    # of a former test's server
    shop.execute("DELETE FROM nshift_webhook_runner")
    shop.close_hooks()
    hook = shop.hook()
    shop.order()
    time.sleep(1)
    assert shop.events(hook)[0]["state"] == "pending"
    pass_minute(shop)
    [event] = shop.settled(hook)
    assert event["state"] == "delivered"
    pass_minute(shop)
    assert "events are sent late" in trouble(shop)
    assert cause in trouble(shop)
    assert [each["summary"] for each in activities(shop)] == [
        "Job runner does not answer"
    ]
    shop.order()
    pass_minute(shop)
    assert [
        (each["state"], each["attempt_count"]) for each in shop.settled(hook, 2)
    ] == [("delivered", 1)] * 2


def test_runner_not_loaded(serve, database):
    shop = serve(database, options={"server_wide_modules": "base,rpc,web"})
    check_sent_late(shop, "add “queue_job” to “server_wide_modules”")


def test_no_places_nor_workers(serve, database):
    shop = serve(database, channels="root:0", workers=0)
    check_sent_late(shop, "gives it no places")


def test_places_taken(serve, database):
    shop = serve(database, channels="root:1")
    wait_for_job_runner(shop.odoo)
    run_long_job(shop)
    check_sent_late(shop, "Other jobs take its places: <queue.job>._test_job (1)")


def run_long_job(shop):
    """Have a job of another addon take one of the runner's places."""
    session = requests.Session()
    session.trust_env = False
    params = {"db": shop.odoo.database.name, "login": LOGIN, "password": PASSWORD}
    session.post(
        f"{shop.odoo.url}/web/session/authenticate",
        json={"params": params},
        timeout=60,
    ).raise_for_status()
    session.get(
        f"{shop.odoo.url}/queue_job/create_test_job?job_duration={LONG_JOB_S}",
        timeout=60,
    ).raise_for_status()
    eventually(
        lambda: shop.execute(
            "SELECT id FROM queue_job WHERE method_name = '_test_job' "
            "AND state = 'started'",
        )
    )


def test_runner_stopped(shop, chromium):
    """The banner is above lists and forms until the runner goes on."""
    log = shop.odoo.log.read_text(errors="replace")
    pid = re.findall(r" (\d+) INFO .* database connections ready", log)[-1]
    runner = psutil.Process(int(pid))
    runner.suspend()
    try:
        check_sent_late(shop, "It works for this database, but")
        with contextlib.closing(
            browser.Backend(chromium, shop.odoo.url, LOGIN, PASSWORD)
        ) as backend:
            check_banners(shop, backend.page)
            assert backend.errors == []
    finally:
        runner.resume()
    eventually(lambda: not waiting(shop))
    pass_minute(shop)
    assert trouble(shop) is None
    shop.execute("DELETE FROM nshift_webhook_runner")


def check_banners(shop, page):
    banner = page.locator(".o_nshift_webhooks_trouble")
    for action in ("nshift_webhook_action", "nshift_webhook_event_action"):
        page.goto(f"{shop.odoo.url}/odoo/action-nshift_webhooks.{action}")
        expect(page.locator(".o_list_view")).to_be_visible()
        expect(banner).to_contain_text("The job runner has not answered since")
        for facet in page.locator(".o_facet_remove").all():
            facet.click()
        page.locator(".o_data_row").first.locator("td").nth(1).click()
        expect(page.locator(".o_form_view")).to_be_visible()
        expect(banner).to_contain_text("events are sent late, once a minute")
        folder = paths.ENV_DIR / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"job-runner-{action}.png")


def test_installed_while_running(serve, receiver):
    """From Apps, into a server whose job runner does not know the database.

    The runner looks for databases when it starts, and passes by those in which
    queue_job has not put its trigger yet.
    """
    with (
        postgres.running() as connection,
        template.temporary_database(connection, addon=False) as database,
    ):
        [[trigger]] = connection.execute(
            "SELECT pg_get_triggerdef(oid) FROM pg_trigger "
            "WHERE tgname = 'queue_job_notify'",
            database=database.name,
        )
        connection.execute(
            "DROP TRIGGER queue_job_notify ON queue_job", database=database.name
        )
        shop = serve(database)
        wait_for_job_runner(shop.odoo)
        connection.execute(trigger, database=database.name)
        shop.install()
        check_sent_late(shop, "before queue_job was installed here: restart Odoo")
        shop.odoo.kill()


def test_code_taken_away(serve, database):
    """A job that waits when the addon leaves the addons path fails, once."""
    shop = serve(database, channels="root:0")
    shop.close_hooks()
    shop.hook()
    shop.execute("DELETE FROM queue_job WHERE channel = %s", CHANNEL)
    shop.order()
    assert waiting(shop)
    folders = ",".join(
        str(folder) for folder in odoo_config.addons_path() if folder != paths.ADDONS
    )
    shop.odoo.kill()
    shop = serve(database, options={"addons_path": folders})
    eventually(lambda: not waiting(shop))
    assert shop.execute(
        "SELECT DISTINCT state FROM queue_job WHERE channel = %s", CHANNEL
    ) == [("failed",)]
