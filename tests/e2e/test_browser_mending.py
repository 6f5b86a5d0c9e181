"""How messages are sent again, or deleted, in Odoo's backend, in a real browser."""

import pytest
from playwright.sync_api import expect

from dev import product

from .pages import act, cell, field, row
from .waiting import eventually


def dialog(page):
    return page.get_by_role("dialog")


@pytest.fixture
def given_up(shop):
    """Return a webhook three of whose messages were given up."""
    hook = shop.hook(name="Parcels to the carrier")
    for _number in range(3):
        shop.order()
    events = sorted(shop.settled(hook, 3), key=lambda event: event["id"])
    for event, code in zip(events, (503, 503, 404), strict=True):
        shop.execute(
            "UPDATE nshift_webhook_event SET state = 'failed', failure = 'status', "
            "response_code = %s, received_at = NULL, attempt_count = 10 WHERE id = %s",
            code,
            event["id"],
        )
    return hook


@pytest.fixture
def schedule(shop):
    """Have nothing done in the background that a person asks for."""
    shop.set_schedule("cron_load", False)
    yield
    shop.set_schedule("cron_load", True)


def open_webhook(shop, page, hook):
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")


def open_events(shop, page, hook):
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
    page.locator("button[name=action_view_events]").click()
    expect(row(page, "Order created").first).to_be_visible()


def test_all_of_one_reason(shop, given_up, log_in, shoot):  # noqa: F811
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_webhook(shop, page, given_up)
    page.get_by_role("button", name="Send again …").click()
    count = dialog(page).locator("[name=count_text]")
    expect(count).to_have_text("3")
    shoot(page, "dialog")
    dialog(page).locator("[name=reason] input").click()
    page.get_by_text("Refused (404): 1").click()
    expect(count).to_have_text("1")
    shoot(page, "reason")
    dialog(page).get_by_role("button", name="Send again", exact=True).click()
    expect(page.get_by_text("One message is sent again in the back")).to_be_visible()
    shop.receiver.wait_for(4, given_up.path)
    page.reload()
    expect(field(page, "load_text").last).to_contain_text("Received: 1")
    shoot(page, "done")
    # the others
    page.get_by_role("button", name="Send again …").click()
    expect(count).to_have_text("2")
    dialog(page).get_by_role("button", name="Send again", exact=True).click()
    shop.receiver.wait_for(6, given_up.path)

    def is_over():
        page.reload()
        expect(field(page, "load_text").last).to_contain_text("Messages were sent")
        return page.get_by_role("button", name="Send again …").count() == 0

    eventually(is_over)


def test_it_is_followed_and_stopped(shop, given_up, schedule, log_in, shoot):  # noqa: F811
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_webhook(shop, page, given_up)
    page.get_by_role("button", name="Send again …").click()
    dialog(page).get_by_role("button", name="Send again", exact=True).click()
    text = page.locator(".alert [name=load_text]")
    expect(text).to_contain_text("0 of 3")
    shoot(page, "running")
    page.get_by_role("button", name="Stop", exact=True).click()
    shoot(page, "asked")
    dialog(page).get_by_role("button", name="Stop", exact=True).click()
    expect(field(page, "load_text").last).to_contain_text("stopped that at")
    expect(page.get_by_role("button", name="Send again …")).to_be_visible()
    shoot(page, "stopped")
    assert len(shop.receiver.requests(given_up.path)) == 3


def test_from_the_overview(shop, given_up, log_in, shoot):  # noqa: F811
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks-overview")
    expect(page.get_by_role("button", name="Send again …")).to_be_visible()
    shoot(page, "card")
    page.get_by_role("button", name="Send again …").click()
    expect(dialog(page)).to_contain_text("Parcels to the carrier")
    dialog(page).get_by_role("button", name="Send again", exact=True).click()
    shop.receiver.wait_for(6, given_up.path)


def test_what_is_selected(shop, given_up, log_in, shoot):  # noqa: F811
    shop.order()
    shop.receiver.wait_for(4, given_up.path)
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_events(shop, page, given_up)
    page.locator("thead .o_list_record_selector input").check()
    page.get_by_role("button", name="Send again …").click()
    expect(dialog(page).locator("[name=count_text]")).to_have_text("3")
    expect(dialog(page).locator("[name=left_text]")).to_have_text("Received: 1.")
    shoot(page, "dialog")
    dialog(page).get_by_role("button", name="Send again", exact=True).click()
    expect(page.get_by_text("Messages that are sent again: 3.")).to_be_visible()
    shop.receiver.wait_for(7, given_up.path)


def test_deleting_says_what_is_lost(shop, log_in, shoot):  # noqa: F811
    hook = shop.hook(name="Slow")
    shop.api.call("nshift.webhook", "action_pause", [hook.id])
    for _number in range(3):
        shop.order()
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_events(shop, page, hook)
    expect(row(page, "Order created")).to_have_count(3)
    for number in range(2):
        row(page, "Order created").nth(number).locator("input").first.check()
    act(page, "Delete")
    expect(dialog(page)).to_contain_text("Delete 2 events?")
    expect(dialog(page)).to_contain_text("never be sent: 2.")
    shoot(page, "list")
    dialog(page).get_by_role("button", name="Keep").click()
    expect(row(page, "Order created")).to_have_count(3)
    act(page, "Delete")
    dialog(page).get_by_role("button", name="Delete", exact=True).click()
    expect(row(page, "Order created")).to_have_count(1)
    cell(row(page, "Order created"), "event").click()
    expect(field(page, "message_id")).to_be_visible()
    act(page, "Delete")
    expect(dialog(page)).to_contain_text("Delete “Order created: S")
    expect(dialog(page)).to_contain_text("will never be sent")
    shoot(page, "form")
    dialog(page).get_by_role("button", name="Delete", exact=True).click()
    domain = [("webhook_id", "=", hook.id), ("action", "=", "events_deleted")]

    def noted():
        lines = shop.api.search("nshift.webhook.audit", domain, "old")
        return sorted(line["old"] for line in lines)

    eventually(lambda: noted() == ["1 waiting", "2 waiting"])
    # back where it was opened
    expect(page.locator(".o_form_view")).to_have_count(0)
    expect(row(page, "Order created")).to_have_count(0)
