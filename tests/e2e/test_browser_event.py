"""One event, looked at in a real browser: what changed, its attempts, its message."""

import json
import subprocess

from playwright.sync_api import expect

from dev import browser, certificate, product
from dev.receiver import answer

from .pages import employee, field

PAGE = (
    b"<html><body><h1>No such article</h1>" + b"<p>row</p>\n" * 150 + b"</body></html>"
)


def tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def open_event(page, shop, event):
    page.goto(f"{shop.odoo.url}/odoo/webhook-events/{event['id']}")
    expect(field(page, "message_id")).to_have_text(event["message_id"])


def updated(shop, **values):
    """An order that is made and then changed, and its two events."""
    hook = shop.hook("order.created", "order.updated", **values)
    order = shop.order(client_order_ref="<b>PO 1</b>")
    [line] = shop.api.search("sale.order.line", [("order_id", "=", order)], "id")
    shop.settled(hook)
    change = {"order_line": [(1, line["id"], {"product_uom_qty": 3})]}
    shop.api.write("sale.order", order, client_order_ref="PO 2", **change)
    return hook, order, shop.settled(hook, count=2)


def test_what_changed(shop, log_in, shoot):
    _hook, _order, (created, changed) = updated(shop)
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_event(page, shop, created)
    expect(page.get_by_role("tab", name="What changed")).to_have_count(0)
    expect(page.get_by_role("button", name="Event before")).to_have_count(0)
    page.get_by_role("button", name="Event after").click()
    expect(field(page, "message_id")).to_have_text(changed["message_id"])
    tab(page, "What changed")
    rows = field(page, "difference").locator("tbody tr")
    reference = rows.filter(has_text="Customer reference")
    expect(reference.locator("td")).to_have_text(["<b>PO 1</b>", "PO 2"])
    quantity = rows.filter(has_text="› quantity").first
    expect(quantity.locator("td")).to_have_text(["1.00", "3.00"])
    expect(quantity).to_contain_text("Lines ›")
    shoot(page, "desktop")
    page.set_viewport_size(browser.PHONE)
    page.reload()
    tab(page, "What changed")
    rows.last.scroll_into_view_if_needed()
    shoot(page, "telephone")
    page.set_viewport_size(browser.SIZE)
    page.reload()
    page.get_by_role("button", name="Event before").click()
    expect(field(page, "message_id")).to_have_text(created["message_id"])


def test_attempts(shop, log_in, shoot):
    """Each in a line, or a card on a telephone; the whole answer on a click."""
    answers = [answer(404, PAGE), answer(500, b"{}"), answer(200, b"thanks")]
    hook = shop.hook(answers=answers)
    shop.order()
    [event] = shop.settled(hook)
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_event(page, shop, event)
    rows = field(page, "attempt_ids").locator(".o_data_row")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("Received")
    expect(rows.first.locator("i.fa-check")).to_be_visible()
    expect(rows.last).to_contain_text("Refused")
    expect(rows.last.locator("i.fa-times")).to_be_visible()
    expect(rows.last).to_contain_text("No such article")
    assert rows.last.bounding_box()["height"] < 60
    shoot(page, "desktop")
    rows.last.locator("td").first.click()
    whole = page.get_by_role("dialog").locator("[name=response_body]")
    expect(whole).to_contain_text("<h1>No such article</h1><p>row</p>")
    assert whole.bounding_box()["height"] < 500
    shoot(page, "answer")
    page.set_viewport_size(browser.PHONE)
    page.reload()
    cards = field(page, "attempt_ids").locator(".o_kanban_record:not(.o_kanban_ghost)")
    expect(cards).to_have_count(3)
    expect(cards.last).to_contain_text("Refused")
    expect(cards.last).to_contain_text("404")
    expect(cards.last).to_contain_text("No such article")
    cards.last.scroll_into_view_if_needed()
    assert cards.last.bounding_box()["width"] <= 390
    shoot(page, "telephone")
    page.set_viewport_size(browser.SIZE)


def test_the_message(shop, log_in, shoot, tmp_path):
    """Copied as it is shown, and downloaded as it is sent."""
    _hook, _order, (_created, event) = updated(shop)
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_event(page, shop, event)
    tab(page, "Message")
    shown = field(page, "payload_display")
    expect(shown).to_contain_text('"type": "order.updated"')
    box = shown.bounding_box()
    assert box["height"] < 600 and box["width"] > 1000
    search = page.get_by_label("Search the message")
    search.fill("previous")
    expect(shown.locator(".ace_selection").first).to_be_visible()
    expect(shown.locator(".ace_content")).to_contain_text('"previous"')
    shoot(page, "found")
    search.fill("nowhere in it")
    expect(shown).to_contain_text("Not found")
    shown.get_by_role("button", name="Copy").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == event["payload_display"]
    with page.expect_download() as download:
        shown.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == f"{event['message_id']}.json"
    download.value.save_as(tmp_path / "message")
    assert (tmp_path / "message").read_bytes() == event["payload"].encode()
    page.set_viewport_size(browser.PHONE)
    page.reload()
    tab(page, "Message")
    expect(shown).to_contain_text('"type"')
    shown.scroll_into_view_if_needed()
    shoot(page, "telephone")
    page.set_viewport_size(browser.SIZE)


def test_a_message_of_600_kb(shop, log_in, shoot):
    _hook, _order, (_created, event) = updated(shop)
    message = json.loads(event["payload"])
    line = message["data"]["order"]["lines"][0]
    message["data"]["order"]["lines"] = [line] * 1100
    payload = json.dumps(message)
    assert len(payload) > 600_000
    shop.execute(
        "UPDATE nshift_webhook_event SET payload = %s WHERE id = %s",
        payload,
        event["id"],
    )
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_event(page, shop, event)
    tab(page, "Message")
    shown = field(page, "payload_display")
    expect(shown).to_contain_text('"type": "order.updated"')
    # drawn is what is in sight
    assert shown.locator(".ace_line").count() < 100
    shoot(page, "long")
    page.get_by_label("Search the message").fill('"sequence": 2')
    expect(shown.locator(".ace_content")).to_contain_text('"sequence": 2')


def test_the_request_and_its_command(shop, log_in, shoot):
    """What is shown is what was sent; what the command sends is the same message."""
    key = {"name": "X-Key", "value": "s3cret-value"}
    hook, _order, (_created, event) = updated(shop, header_ids=[(0, 0, key)])
    [*_others, request] = shop.receiver.requests(hook.path)
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_event(page, shop, event)
    tab(page, "Request")
    head = field(page, "request_head")
    shown = dict(
        line.lower().split(": ", 1) for line in head.inner_text().splitlines()[1:]
    )
    assert shown.keys() == request.headers.keys()
    differ = {name for name in shown if shown[name] != request.headers[name].lower()}
    # the page is drawn in the second of the attempt, or later
    assert differ - {"webhook-timestamp"} == {
        "webhook-attempt",
        "webhook-signature",
        "x-key",
    }
    shoot(page, "request")
    page.set_viewport_size(browser.PHONE)
    page.reload()
    tab(page, "Request")
    head.scroll_into_view_if_needed()
    shoot(page, "request-telephone")
    page.set_viewport_size(browser.SIZE)

    shop.receiver.register("/elsewhere", hook.secret)
    page.reload()
    page.get_by_role("button", name="As a command").click()
    dialog = page.get_by_role("dialog")
    dialog.locator("[name=url] input").fill(shop.receiver.url("/elsewhere"))
    dialog.get_by_role("button", name="Make the command").click()
    dialog.get_by_role("button", name="Copy").click()
    command = page.evaluate("navigator.clipboard.readText()")
    shoot(page, "command")
    assert hook.secret not in command
    trust = {"CURL_CA_BUNDLE": str(certificate.ensure().authority)}
    subprocess.run(["bash", "-c", command], env=trust, check=True, timeout=60)
    [again] = shop.receiver.wait_for(1, "/elsewhere")
    assert (again.fault, again.body) == (None, request.body)
    assert again.message_id == request.message_id
    page.set_viewport_size(browser.PHONE)
    shoot(page, "command-telephone")
    page.set_viewport_size(browser.SIZE)
    dialog.get_by_role("button", name="Close").last.click()


def test_the_way_from_a_shipment(shop, log_in, shoot):
    """To itself and to its order, for whoever may see them."""
    hook = shop.hook("shipment.created")
    order = shop.order()
    shop.api.call("sale.order", "action_confirm", [order])
    [event] = shop.settled(hook)
    name = shop.api.read("sale.order", order, "name")["name"]
    page = log_in(product.LOGIN, product.PASSWORD).page
    open_event(page, shop, event)
    buttons = page.locator(".oe_stat_button")
    expect(buttons).to_have_text([event["res_name"], name])
    shoot(page, "shipment")
    buttons.last.click()
    expect(page.get_by_role("radio", name="Sales Order")).to_be_checked()

    reader = employee(shop, "eventreader", "nshift_webhooks.group_webhook_user")
    page = log_in(*reader).page
    open_event(page, shop, event)
    expect(page.locator(".oe_stat_button")).to_have_count(0)
    expect(page.get_by_role("button", name="As a command")).to_have_count(0)
    tab(page, "Request")
    expect(page.get_by_text("headers are for managers to see")).to_be_visible()
    shoot(page, "reader")
