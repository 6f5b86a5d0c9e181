"""How the current state is sent in Odoo's backend, in a real browser."""

from playwright.sync_api import expect

from dev import product
from dev.receiver import answer

from .pages import employee, field, row
from .waiting import eventually


def told(shop, hook):
    return [each.message["data"] for each in shop.receiver.requests(hook.path)]


def dialog(page):
    return page.get_by_role("dialog")


def test_a_new_receiver_gets_what_is_there(shop, log_in, shoot):  # noqa: F811
    made = [shop.order() for _number in range(3)]
    hook = shop.hook("order.updated")
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
    page.get_by_role("button", name="Send current state").click()
    count = dialog(page).locator("[name=count_text]")
    expect(count).to_contain_text("Sales Order: ")
    shoot(page, "all")
    everything = count.inner_text()
    dialog(page).get_by_label("What was made or changed since").check()
    expect(dialog(page).locator("[name=since]").first).to_be_visible()
    shoot(page, "since")
    dialog(page).get_by_label("All that the webhook applies to").check()
    expect(count).to_have_text(everything)
    dialog(page).get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("is sent in the background")).to_be_visible()
    shoot(page, "sent")
    total = int(everything.rpartition(" ")[2].replace(",", ""))
    assert total >= len(made)
    eventually(lambda: len(told(shop, hook)) == total, timeout=60)
    assert {data["reason"] for data in told(shop, hook)} == {"current state"}
    assert set(made) <= {data["order"]["id"] for data in told(shop, hook)}
    page.reload()
    expect(field(page, "load_text")).to_contain_text("recorded from")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    shoot(page, "done")


def test_it_is_seen_and_stopped(shop, log_in, shoot):  # noqa: F811
    shop.order()
    hook = shop.hook("order.updated")
    shop.set_schedule("cron_load", False)
    try:
        page = log_in(product.LOGIN, product.PASSWORD).page
        page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
        page.get_by_role("button", name="Send current state").click()
        dialog(page).get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".alert [name=load_text]")).to_contain_text("0 of ")
        shoot(page, "running")
        page.get_by_role("button", name="Stop", exact=True).click()
        dialog(page).get_by_role("button", name="Stop", exact=True).click()
        expect(field(page, "load_text").last).to_contain_text("stopped at")
        shoot(page, "stopped")
    finally:
        shop.set_schedule("cron_load", True)
    assert told(shop, hook) == []


def test_a_selection_of_orders(shop, log_in, shoot):  # noqa: F811
    first, second = shop.order(), shop.order()
    hook = shop.hook("order.updated")
    names = [
        shop.api.read("sale.order", order, "name")["name"] for order in (first, second)
    ]
    manager = employee(
        shop,
        "statemanager",
        "nshift_webhooks.group_webhook_manager",
        "sales_team.group_sale_salesman_all_leads",
    )
    page = log_in(*manager).page
    page.goto(f"{shop.odoo.url}/odoo/action-sale.action_quotations_with_onboarding")
    page.locator(".o_searchview_facet .o_facet_remove").first.click()
    row(page, names[0]).get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Actions").click()
    shoot(page, "actions")
    page.get_by_role("menuitem").filter(has_text="Send current state").click()
    expect(dialog(page).locator("[name=count_text]")).to_have_text("Sales Order: 1")
    expect(dialog(page).locator("[name=what]")).to_have_count(0)
    shoot(page, "dialog")
    dialog(page).get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("is sent in the background")).to_be_visible()
    [request] = shop.receiver.wait_for(1, hook.path)
    assert request.message["data"]["order"]["id"] == first


def test_an_old_message_is_asked_about(shop, log_in, shoot):  # noqa: F811
    order = shop.order()
    hook = shop.hook("order.updated", answers=[answer(200), answer(200)])
    for text in ("first", "second"):
        shop.api.write("sale.order", order, client_order_ref=text)
    old, _newer = sorted(shop.settled(hook, 2), key=lambda event: event["id"])
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(
        f"{shop.odoo.url}/odoo/action-nshift_webhooks.nshift_webhook_event_action"
        f"/{old['id']}"
    )
    page.get_by_role("button", name="Send again", exact=True).click()
    expect(dialog(page).locator("[name=text]")).to_contain_text(
        "has been told of since"
    )
    shoot(page, "asked")
    dialog(page).get_by_role("button", name="Send current state instead").click()
    expect(page.get_by_text("is sent in the background")).to_be_visible()
    shop.receiver.wait_for(3, hook.path)
    assert [data["order"]["customer_reference"] for data in told(shop, hook)] == [
        "first",
        "second",
        "second",
    ]
    page.get_by_role("button", name="Send again", exact=True).click()
    dialog(page).get_by_role("button", name="Send this old message anyway").click()
    shop.receiver.wait_for(4, hook.path)
    assert told(shop, hook)[-1]["order"]["customer_reference"] == "first"
