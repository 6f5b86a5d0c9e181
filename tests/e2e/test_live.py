"""New answers show as they come, without a reload: Odoo's bus in a real browser."""

import pytest
import requests
from playwright.sync_api import expect

from dev import browser, product
from dev.receiver import answer

from .conftest import DELAYS, Shop
from .pages import cell, employee, row
from .test_overview import PAGE, card

REFUSED = answer(422, b'{"error": "unknown article LAMP-9"}')


@pytest.fixture(scope="module")
def open_shop():
    """One process, whose port has the bus, too: else a proxy leads there."""
    with product.running(options={"workers": 0}) as running:
        running.api.create("ir.config_parameter", key=DELAYS, value="1")
        shop = Shop(running)
        yield shop
        shop.close_windows()


def test_a_list_shows_new_answers(shop, log_in, shoot):
    hook = shop.hook("order.created", "order.updated")
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}/events-of-webhook")
    expect(page.locator(".o_nocontent_help")).to_be_visible()
    order = shop.order()
    expect(cell(row(page, "Order created"), "standing")).to_have_text("Received")
    # what somebody has selected is left as it is, until it is selected no more
    page.locator(".o_data_row .o_list_record_selector input").check()
    shop.api.write("sale.order", order, client_order_ref="PO-7")
    shop.settled(hook, count=2)
    page.wait_for_timeout(7000)
    expect(page.locator(".o_data_row")).to_have_count(1)
    expect(page.locator(".o_data_row_selected")).to_have_count(1)
    page.locator(".o_data_row .o_list_record_selector input").uncheck()
    expect(page.locator(".o_data_row")).to_have_count(2)
    shoot(page, "list")


def test_an_event_and_its_webhook_show_what_came(shop, log_in, shoot):
    shop.retry_after(3, 3600)
    hook = shop.hook(answers=[REFUSED, REFUSED])
    shop.order()
    shop.receiver.wait_for(1, hook.path)
    [event] = shop.events(hook)
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    page.goto(f"{shop.odoo.url}/odoo/webhook-events/{event['id']}")
    situation = page.locator(".o_field_widget[name=situation]")
    expect(situation).to_contain_text("unknown article")
    expect(page.locator("[name=attempt_ids] .o_data_row")).to_have_count(2)
    expect(situation).to_contain_text("The last try is at")
    shoot(page, "event")
    page.goto(f"{shop.odoo.url}/odoo/{PAGE}")
    expect(card(page, hook.path)).to_contain_text("0 received, 2 failed")
    shop.receiver.register(hook.path, hook.secret)
    page.wait_for_timeout(1000)
    shop.api.call("nshift.webhook.event", "action_send_again", [event["id"]])
    expect(card(page, hook.path)).to_contain_text("1 received, 2 failed")
    shoot(page, "overview")


def test_a_webhooks_form_shows_how_far_it_is(shop, log_in, shoot):
    """With what others have it do: the current state, of which nothing is sent yet,
    and what is sent again.
    """
    shop.order()
    hook = shop.hook("order.updated")
    shop.api.call("nshift.webhook", "action_pause", [hook.id])
    page = log_in(product.LOGIN, product.PASSWORD).page
    page.goto(f"{shop.odoo.url}/odoo/webhooks/{hook.id}")
    expect(page.get_by_role("alert")).to_contain_text("Paused since")
    text = page.locator(".o_field_widget[name=load_text]").last
    expect(text).to_be_hidden()
    dialog = shop.api.create("nshift.webhook.load.dialog", webhook_id=hook.id)
    shop.api.call("nshift.webhook.load.dialog", "action_start", [dialog])
    expect(text).to_contain_text("recorded from")
    shoot(page, "state")
    # what somebody is typing is left as it is
    name = page.get_by_label("Name", exact=True)
    name.fill("Being renamed")
    shop.api.call("nshift.webhook", "action_enable", [hook.id])
    dialog = shop.api.create("nshift.webhook.enable", webhook_id=hook.id)
    shop.api.call("nshift.webhook.enable", "action_send", [dialog])
    shop.settled(hook)
    page.wait_for_timeout(7000)
    expect(name).to_have_value("Being renamed")
    page.locator(".o_form_button_cancel").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator(".o_field_widget[name=last_delivery]")).to_have_text("Received")
    shoot(page, "received")


def peek(shop, login, password):
    """Return what a user's browser hears of answers, by Odoo's way without a socket."""
    session = requests.Session()
    session.trust_env = False

    def post(path, **params):
        response = session.post(
            f"{shop.odoo.url}{path}", json={"jsonrpc": "2.0", "params": params}
        )
        return response.json()["result"]

    database = shop.odoo.database.name
    post("/web/session/authenticate", db=database, login=login, password=password)
    found = post(
        "/websocket/peek_notifications",
        channels=["nshift_webhooks"],
        last=0,
        is_first_poll=True,
    )
    heard = [each["message"] for each in found["notifications"]]
    return [
        message["payload"]
        for message in heard
        if message["type"] == "nshift_webhooks.news"
    ]


def test_who_may_hear(shop):
    """Who may see a company's events, and nobody else."""
    theirs = shop.api.create("res.company", name="Another company")
    user = "nshift_webhooks.group_webhook_user"
    reader = employee(shop, "hears", user)
    stranger = employee(shop, "hears_others", user)
    seller = employee(shop, "hears_nothing", "sales_team.group_sale_manager")
    [found] = shop.api.search("res.users", [("login", "=", stranger[0])], "id")
    shop.api.write(
        "res.users", found["id"], company_ids=[(6, 0, [theirs])], company_id=theirs
    )
    hook = shop.hook()
    shop.order()
    shop.settled(hook)
    mine = {"webhook_ids": [hook.id]}
    assert mine in peek(shop, *reader)
    assert mine in peek(shop, product.LOGIN, product.PASSWORD)
    assert peek(shop, *stranger) == peek(shop, *seller) == []


def test_on_a_telephone(shop, chromium, shoot):
    hook = shop.hook(answers=[REFUSED])
    shop.retry_after(3600)
    shop.order()
    shop.receiver.wait_for(1, hook.path)
    backend = browser.Backend(chromium, shop.odoo.url, product.LOGIN, product.PASSWORD)
    page = backend.page
    page.set_viewport_size(browser.PHONE)
    page.goto(f"{shop.odoo.url}/odoo/webhook-events")
    found = page.locator(".o_kanban_record:not(.o_kanban_ghost)")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("Will be tried again")
    expect(found.locator("i.fa-repeat")).to_be_visible()
    expect(found).to_contain_text("422")
    shoot(page, "events")
    found.click()
    expect(page.locator(".o_field_widget[name=situation]")).to_be_visible()
    assert not backend.errors
    backend.close()


def test_a_graph_and_a_table(shop, log_in, shoot):
    hook = shop.hook("order.created", "order.updated")
    order = shop.order()
    shop.api.write("sale.order", order, client_order_ref="PO-7")
    shop.settled(hook, count=2)
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    backend.open_app("Webhooks")
    page.get_by_role("menuitem", name="Analysis").click()
    expect(page.locator(".o_graph_renderer canvas")).to_be_visible()
    expect(page.locator(".o_facet_value")).to_contain_text("Last 7 days")
    page.wait_for_timeout(1500)
    shoot(page, "graph")
    page.locator(".o_cp_switch_buttons .o_pivot, button.o_pivot").click()
    table = page.locator(".o_pivot table")
    expect(table).to_contain_text("Received")
    page.locator(".o_pivot_buttons button, .o_pivot_measures_list").first.click()
    measures = page.locator(".o-dropdown--menu .dropdown-item")
    expect(measures.first).to_be_visible()
    shoot(page, "pivot")
    named = [text.strip() for text in measures.all_inner_texts()]
    assert named == ["Average duration (ms)", "Count"]
