"""The description for developers: anybody reads it, and nobody else is asked for it."""

import json
import urllib.error
import urllib.request

import pytest
from openapi_spec_validator import validate
from playwright.sync_api import expect

from dev import browser, product

from .pages import field

PATH = "/webhooks/contract"
PARAMETER = "nshift_webhooks.contract"


def get(shop, path, **headers):
    """Ask as somebody without a log-in; return (status, headers, body)."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{shop.odoo.url}{path}", headers=names)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


@pytest.fixture
def switched_off(shop):
    id_ = shop.api.create("ir.config_parameter", key=PARAMETER, value="off")
    yield
    shop.api.unlink("ir.config_parameter", id_)


@pytest.fixture
def visit(chromium, shop):
    """Open the page; return it, and a list of all that it asks for."""
    contexts = []

    def visit(size, **options):
        context = chromium.new_context(viewport=size, **options)
        contexts.append(context)
        page, asked = context.new_page(), []
        page.set_default_timeout(browser.TIMEOUT)
        page.on("request", lambda request: asked.append(request))
        page.goto(f"{shop.odoo.url}{PATH}")
        return page, asked

    yield visit
    for context in contexts:
        context.close()


def test_document(shop):
    status, headers, body = get(shop, f"{PATH}/1/openapi.json")
    assert status == 200
    document = json.loads(body)
    validate(document)
    assert "order.created" in document["webhooks"]
    told = document["webhooks"]["order.created"]["post"]["description"]
    assert told.startswith("When an order is new")
    assert headers["content-type"] == "application/json"
    assert "public" in headers["cache-control"]
    # nothing of whoever asks
    assert "set-cookie" not in headers
    assert shop.odoo.url.encode() not in body
    again = get(shop, f"{PATH}/1/openapi.json", If_None_Match=headers["etag"])
    assert (again[0], again[2]) == (304, b"")


def test_no_such_version(shop):
    for path in ("0", "0/openapi.json", "1%20/openapi.json", "../1x"):
        assert get(shop, f"{PATH}/{path}")[0] == 404


def test_switched_off(shop, switched_off):
    for path in ("", "/1", "/1/openapi.json"):
        assert get(shop, f"{PATH}{path}")[0] == 404


@pytest.mark.parametrize(
    "size", [browser.SIZE, browser.PHONE], ids=["desktop", "telephone"]
)
def test_page(shop, visit, shoot, size):
    """It shows each type, and nobody but this server is asked for anything."""
    page, asked = visit(size)
    expect(page.get_by_role("heading", name="Verify without a library")).to_be_visible()
    shoot(page, "guide")
    page.goto(f"{shop.odoo.url}{PATH}/1#operation/order_updated")
    page.reload()
    heading = page.get_by_role("heading", name="order.updated")
    expect(heading.first).to_be_in_viewport()
    shoot(page, "type")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if size == browser.SIZE:
        page.get_by_placeholder("Search").fill("shipment.done")
        found = page.locator("[role=search]").get_by_text("shipment.done").first
        expect(found).to_be_visible()
    outside = [each for each in asked if not is_here(shop, each.url)]
    # the logo of the viewer's makers: the browser does not ask for it
    assert {each.url for each in outside} <= {
        "https://cdn.redoc.ly/redoc/logo-mini.svg"
    }
    assert {each.failure for each in outside} <= {"csp"}
    assert any(each.url.endswith("/1/openapi.json") for each in asked)


def is_here(shop, url):
    return url.removeprefix("blob:").startswith(f"{shop.odoo.url}/")


def test_without_javascript(shop, visit):
    page, _asked = visit(browser.SIZE, java_script_enabled=False)
    expect(page.locator("noscript pre")).to_be_visible()
    assert "# Verify without a library" in page.locator("noscript pre").inner_text()
    link = page.locator("noscript a").get_attribute("href")
    assert get(shop, link)[0] == 200


def test_link(shop, log_in, shoot):
    """A webhook's form has the address, and what is set of the form of messages."""
    id_ = shop.hook("order.created").id
    backend = log_in(product.LOGIN, product.PASSWORD)
    page = backend.page
    page.goto(f"{shop.odoo.url}/odoo/nshift.webhook/{id_}")
    page.get_by_role("tab", name="Form of messages").click()
    link = field(page, "contract_url").get_by_role("link")
    expect(link).to_have_attribute("href", f"{shop.odoo.url}{PATH}/1")
    shoot(page, "form")
    page.get_by_label("Thin messages").check()
    page.get_by_label("Compress large messages").check()
    page.get_by_role("button", name="Save manually").click()
    expect(page.get_by_role("button", name="Save manually")).not_to_be_visible()
    names = ["thin_messages", "compress_messages"]
    [found] = shop.api.search("nshift.webhook", [("id", "=", id_)], *names)
    assert (found["thin_messages"], found["compress_messages"]) == (True, True)
