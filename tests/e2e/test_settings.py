"""A system administrator sets up webhooks for all, in a real browser."""

import pytest
from playwright.sync_api import expect

from dev import browser, product

from .pages import field
from .waiting import eventually

DELAYS = "nshift_webhooks.retry_delays"
HOSTS = "nshift_webhooks.internal_hosts"


def parameter(shop, key):
    """The value of a system parameter; None if it is not set."""
    found = shop.api.search("ir.config_parameter", [("key", "=", key)], "value")
    return found[0]["value"] if found else None


@pytest.fixture(autouse=True)
def hosts(shop):
    """The hosts inside that are allowed; in the end, those that were before."""
    before = parameter(shop, HOSTS)
    yield before
    [found] = shop.api.search("ir.config_parameter", [("key", "=", HOSTS)])
    shop.api.write("ir.config_parameter", found["id"], value=before)


def test_settings(shop, hosts, log_in, shoot):
    shop.retry_after(60, 3600)
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    backend.open_app("Settings")
    page.locator(".settings_tab").get_by_text("Webhooks", exact=True).click()
    schedule = page.get_by_label("Retry schedule")
    expect(schedule).to_have_value("60,3600")
    words = field(page, "nshift_webhook_retry_delays_words")
    expect(words).to_contain_text("3 attempts over about 61 minutes")
    shoot(page, "opened")

    # what it means, or what is wrong with it, is said at once
    schedule.fill("60,3600,7200")
    schedule.press("Tab")
    expect(words).to_contain_text("4 attempts over about 3 hours")
    inside = page.get_by_label("Internal hosts")
    inside.fill(f"{hosts}, https://erp.internal/")
    inside.press("Tab")
    expect(field(page, "nshift_webhook_internal_hosts_fault")).to_contain_text(
        "“https://erp.internal/” cannot be"
    )
    shoot(page, "wrong")
    page.get_by_role("button", name="Save", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("neither ranges nor URLs")
    shoot(page, "refused")
    dialog.get_by_role("button", name="Close").last.click()
    assert parameter(shop, DELAYS) == "60,3600"

    inside.fill(f"{hosts}, erp.internal")
    page.get_by_role("button", name="Save", exact=True).click()
    eventually(lambda: parameter(shop, HOSTS) == f"{hosts}, erp.internal")
    assert parameter(shop, DELAYS) == "60,3600,7200"
    # Odoo reads the page anew when it has been saved
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_hidden()

    page.goto(f"{shop.odoo.url}/odoo/webhook-settings")
    expect(schedule).to_have_value("60,3600,7200")
    shoot(page, "saved")
    page.get_by_role("button", name="Audit log").click()
    line = page.locator(".o_data_row", has_text="erp.internal").first
    expect(line).to_contain_text("System parameter changed")
    page.go_back()
    page.get_by_role("button", name="Choose further fields").click()
    expect(page.locator(".o_breadcrumb")).to_contain_text("Further fields")


def test_settings_on_a_telephone(shop, log_in, shoot):
    page = log_in(product.LOGIN, product.PASSWORD).page
    size = page.viewport_size
    page.set_viewport_size(browser.PHONE)
    try:
        page.goto(f"{shop.odoo.url}/odoo/webhook-settings")
        expect(page.get_by_label("Retry schedule")).to_be_visible()
        shoot(page, "top")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= browser.PHONE["width"]
        page.get_by_role("button", name="Audit log").scroll_into_view_if_needed()
        shoot(page, "end")
    finally:
        page.set_viewport_size(size)
