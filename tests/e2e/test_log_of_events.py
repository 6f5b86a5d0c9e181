"""Did it arrive, and if not, why: looked for in a real browser."""

import re

from playwright.sync_api import expect

from dev import product
from dev.receiver import answer

from .pages import cell, field, row

REFUSED = answer(422, b'{"error": "unknown article LAMP-9"}')


def test_what_was_not_received_says_why(shop, log_in, shoot):
    shop.retry_after(3600)
    hook = shop.hook("order.created", "order.updated", answers=[REFUSED])
    order = shop.order()
    shop.receiver.wait_for(1, hook.path)
    shop.api.write("sale.order", order, client_order_ref="PO-7")
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhook-events")
    first, second = row(page, "Order created"), row(page, "Order updated")
    expect(cell(first, "standing")).to_have_text("Will be tried again")
    expect(cell(second, "standing")).to_have_text("Waiting")
    shoot(page, "not-received")
    cell(second, "event").click()
    situation = field(page, "situation")
    expect(situation).to_contain_text("waits until an earlier message")
    shoot(page, "waits")
    page.get_by_role("button", name="Open that message").click()
    expect(situation).to_contain_text("The last try is at")
    expect(situation).to_contain_text("unknown article LAMP-9")
    shoot(page, "refused")
    page.get_by_role("button", name="Do not send").click()
    page.get_by_role("dialog").get_by_role("button", name="Do not send").click()
    expect(situation).to_contain_text("Mitchell Admin decided not to send")


def test_the_events_of_one_webhook_have_an_address(shop, log_in, shoot):
    """A link to them can be sent to a colleague."""
    hook, other = shop.hook("order.created"), shop.hook("order.created")
    shop.order()
    for each in (hook, other):
        shop.settled(each)
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks")
    row(page, hook.path).get_by_role("button", name="Events").click()
    rows = page.locator(".o_data_row")
    expect(rows).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"/webhooks/{hook.id}/events-of-webhook$"))
    page.reload()
    expect(page.locator(".o_facet_value")).to_contain_text(hook.path)
    expect(rows).to_have_count(1)
    shoot(page, "of-one")


def test_from_an_order_to_its_events(shop, log_in, shoot):
    hook = shop.hook("order.created", "order.confirmed", "shipment.created")
    order = shop.order()
    shop.api.call("sale.order", "action_confirm", [order])
    shop.settled(hook, count=3)
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/action-sale.action_orders/{order}")
    button = page.locator("button[name=action_view_nshift_webhook_events]")
    expect(button).to_contain_text("3")
    shoot(page, "order")
    button.click()
    expect(page.locator(".o_data_row")).to_have_count(3)
    shoot(page, "events")
    [found] = shop.api.search("stock.picking", [("sale_id", "=", order)], "id")
    action = "action-stock.action_picking_tree_all"
    page.goto(f"{shop.odoo.url}/odoo/{action}/{found['id']}")
    expect(button).to_contain_text("1")
    button.click()
    expect(page.locator(".o_data_row")).to_have_count(1)
