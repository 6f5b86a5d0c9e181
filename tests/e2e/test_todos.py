"""What is told of a webhook's trouble is found, and leads to the webhook."""

from playwright.sync_api import expect

from dev import product
from dev.receiver import answer

from .pages import employee, row


def test_given_up_is_told(shop, log_in, shoot):
    hook = shop.hook(name="Orders to the ERP", answers=[answer(422)] * 9)
    shop.order()
    [event] = shop.settled(hook)
    assert event["state"] == "failed"
    shop.look_for_trouble()
    backend = log_in(product.LOGIN, product.PASSWORD)
    backend.open()
    page = backend.page
    page.locator(".o-mail-ActivityMenu-counter").click()
    shoot(page, "activities")
    page.locator(".o-mail-ActivityGroup", has_text="Webhook").first.click()
    expect(row(page, "Orders to the ERP")).to_be_visible()
    shoot(page, "webhooks")
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
    todo = page.locator(".o-mail-Activity")
    expect(todo).to_contain_text("Messages given up: 1 (Orders to the ERP)")
    todo.scroll_into_view_if_needed()
    shoot(page, "todo")
    todo.get_by_role("link", name="Orders to the ERP").click()
    expect(page.get_by_label("Name")).to_have_value("Orders to the ERP")


def test_responsible_sees_webhooks(shop, log_in, shoot):
    """Whoever may not see webhooks is not offered as responsible."""
    employee(shop, "outsider", "base.group_user")
    employee(shop, "overseer", "nshift_webhooks.group_webhook_user")
    hook = shop.hook()
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
    responsible = page.get_by_label("Responsible")
    responsible.fill("Overseer")
    expect(page.get_by_role("option", name="Overseer", exact=True)).to_be_visible()
    shoot(page, "offered")
    responsible.fill("Outsider")
    expect(page.get_by_role("option", name='Invite "Outsider"')).to_be_visible()
    expect(page.get_by_role("option", name="Outsider", exact=True)).to_have_count(0)
    responsible.fill("")
