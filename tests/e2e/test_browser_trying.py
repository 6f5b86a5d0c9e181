"""How a webhook is tried in Odoo's backend, in a real browser."""

from playwright.sync_api import expect

from dev import browser, product
from dev.receiver import answer

from .pages import field


def dialog(page):
    return page.get_by_role("dialog")


def press(page, name):
    dialog(page).get_by_role("button", name=name, exact=True).click()


def choose_record(page, name):
    entry = dialog(page).locator("[name=res_id] input")
    entry.fill(name)
    page.locator(".o-autocomplete--dropdown-item", has_text=name).first.click()


def test_a_webhook_is_tried(shop, log_in, shoot):
    """Choose an order, look at the message, send it, read the answer."""
    first, latest = shop.order(), shop.order(client_order_ref="PO 7")
    names = {
        order: shop.api.read("sale.order", order, "name")["name"]
        for order in (first, latest)
    }
    hook = shop.hook(
        "order.created",
        "shipment.created",
        answers=[answer(200, b"ok"), answer(422, b"unknown customer\nadd it first")],
        active=False,
        order_domain="[('client_order_ref', '!=', False)]",
    )
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
    page.get_by_role("button", name="Send test event").click()
    expect(dialog(page).locator("[name=res_id] input")).to_have_value(names[latest])
    expect(dialog(page).locator("[name=hint]")).to_have_count(0)
    shoot(page, "dialog")

    choose_record(page, names[first])
    expect(dialog(page).locator("[name=hint]")).to_contain_text(
        f"would not be told of “{names[first]}”: it does not meet"
    )
    press(page, "Preview")
    shown = dialog(page).locator("[name=message]")
    expect(shown).to_contain_text('"type": "order.created"')
    expect(shown).to_contain_text(names[first])
    shoot(page, "preview")
    press(page, "Hide message")
    expect(shown).to_have_count(0)
    assert shop.receiver.requests(hook.path) == []

    press(page, "Send test event")
    result = dialog(page).locator("[name=result].alert")
    expect(result).to_contain_text("Answered 200 · Received")
    expect(result).to_contain_text("counts as received")
    shoot(page, "received")
    [request] = shop.receiver.wait_for(1, hook.path)
    assert request.fault is None
    assert request.message["data"]["order"]["id"] == first
    assert request.message["data"]["test"] is True

    press(page, "Send test event")
    failed = dialog(page).locator("[name=failed_result]")
    expect(failed).to_contain_text("Answered 422 · Refused")
    answered = dialog(page).locator("[name=response_body]")
    expect(answered).to_have_text("unknown customer add it first")
    shoot(page, "refused")
    page.set_viewport_size(browser.PHONE)
    shoot(page, "telephone")
    page.set_viewport_size(browser.SIZE)

    dialog(page).locator("footer").get_by_role("button", name="Close").click()
    page.reload()
    page.get_by_role("tab", name="Audit log").click()
    expect(field(page, "audit_ids")).to_contain_text("Answered 422 · Refused")
    shoot(page, "audit")
    assert shop.events(hook) == []


def test_a_webhook_is_saved_when_it_is_tried(shop, log_in, shoot):
    """Also a new one: what was entered is where the message goes."""
    shop.order()
    path = "/endpoint/new"
    shop.receiver.register(path, "whsec_" + "A" * 32, [])
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks/new")
    page.get_by_label("Name", exact=True).fill("New one")
    page.get_by_label("URL").fill(shop.receiver.url(path))
    types = field(page, "type_ids").locator("input")
    types.fill("Order created")
    page.get_by_role("option", name="Order created").first.click()
    page.get_by_role("button", name="Send test event").click()
    press(page, "Send test event")
    # the receiver does not know the new secret yet
    expect(dialog(page).locator("[name=failed_result]")).to_contain_text("Answered 401")
    shoot(page, "unknown")
    [webhook] = shop.api.search("nshift.webhook", [("name", "=", "New one")], "url")
    assert webhook["url"] == shop.receiver.url(path)
